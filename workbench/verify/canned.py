"""The bank of eight canned designs: what solves a benchmark without thought is recorded (mechanics §6.8).

They are trusted geometry, plain slabs of PLA fixed to a fixture, judged by trials alone that end once the goal is met.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from OCP.gp import gp_Ax3, gp_Dir, gp_Pnt, gp_Trsf
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import AssemblyBundle, Attachment, Body, Fastener, Pose, ProcessName, Role, SceneBundle
from schemas.catalogue import Catalogue
from schemas.jobs import Draws
from workbench.convert import convert
from workbench.convert.groups import fixed_bodies
from workbench.judge.static.spawns import list_spawns
from workbench.judge.trial.draws import draw_trials
from workbench.judge.trial.trial_model import compile_model
from workbench.judge.trial.trials import RunOptions, run_set
from workbench.kernel.arrays import Floats
from workbench.kernel.frames import read_zone
from workbench.kernel.loading import LoadedBundle, Solid
from workbench.kernel.overlaps import make_box
from workbench.reasons import Refused

TRIALS, MUST_PASS = 16, 15
THICK_MM, CLEAR_MM, WALL_MM, STEP_MM = 3.0, 5.0, 20.0, 2.0
NO_HASH = "0" * 64


@dataclass(frozen=True)
class Surroundings:
    """Where a canned design goes: the build zone, what it must keep clear of (boxes), the spawn and the goal."""

    build: Floats
    clear: tuple[Floats, ...]
    spawn: Floats
    goal: Floats

    @property
    def heading(self) -> Floats:
        """Return the horizontal direction from spawn to goal."""
        way = (self.goal.mean(axis=0) - self.spawn.mean(axis=0)) * [1.0, 1.0, 0.0]
        length = float(np.linalg.norm(way))
        return np.array([1.0, 0.0, 0.0]) if length < 1e-6 else np.asarray(way / length)

    @property
    def start(self) -> Floats:
        """Return the point of the build zone nearest below the spawn, behind its middle."""
        reach = float(np.ptp(self.spawn[:, :2], axis=0).max())
        below = self.spawn.mean(axis=0) - self.heading * reach
        below[2] = self.spawn[0, 2] - CLEAR_MM
        return np.asarray(np.clip(below, self.build[0] + THICK_MM, self.build[1] - THICK_MM))

    def is_free(self, point: Floats) -> bool:
        """Say whether a point lies in the build zone and clear of everything."""
        inside = bool(((point >= self.build[0]) & (point <= self.build[1])).all())
        return inside and not any(((point >= box[0]) & (point <= box[1])).all() for box in self.clear)


def try_canned(scene: LoadedBundle, draws: Draws, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the canned designs that pass 15 of 16 trials; a set stops as soon as its outcome is known."""
    record = scene.scene
    if not fixed_bodies(record):
        return ()
    around = _read_surroundings(scene, record)
    drawn = draw_trials(record, draws, TRIALS, "canned")
    passed = []
    for name, design in CANNED.items():
        shapes = list(design(around))
        conversion = convert(scene, compose_slabs(record, shapes), catalogue) if shapes else Refused(())
        subject = conversion if isinstance(conversion, Refused) else compile_model(record, conversion)
        if isinstance(subject, Refused):
            continue
        found = run_set(subject, drawn, MUST_PASS, RunOptions(threads=draws.threads, run_on_s=0.0), stop_early=True)
        if found.passes >= MUST_PASS:
            passed.append(name)
    return tuple(passed)


def compose_slabs(scene: SceneBundle, shapes: list[TopoDS_Shape]) -> LoadedBundle:
    """Return an assembly of PLA parts, each fixed to a fixture as it stands."""
    ground = sorted(fixed_bodies(scene))[0]
    bodies = tuple(
        Body(
            id=f"canned_{number}",
            role=Role.PART,
            geometry=f"canned_{number}.brep",
            geometry_sha256=NO_HASH,
            pose=Pose(),
            material_id="pla",
            process=ProcessName.FDM_PRINTING,
        )
        for number in range(len(shapes))
    )
    fastener = Fastener(component_id="shcs_m3x8", position_mm=(0, 0, 0), axis=(0, 0, 1))
    links = tuple(Attachment(id=f"fix_{body.id}", a=body.id, b=ground, fasteners=(fastener,)) for body in bodies)
    record = AssemblyBundle(authoring_version="1", program_sha256=NO_HASH, seed=0, bodies=bodies, attachments=links)
    solids = {body.id: Solid(body, shape) for body, shape in zip(bodies, shapes, strict=True)}
    return LoadedBundle(record, solids, NO_HASH)


def _read_surroundings(scene: LoadedBundle, record: SceneBundle) -> Surroundings:
    zones = {zone.id: zone for zone in record.zones.goal_zones}
    spawns = [spawn.box_mm for spawn in list_spawns(scene)]
    clear = [spawn + np.array([[-1.0], [1.0]]) for spawn in spawns]
    for payload in record.payloads:
        if payload.goal.goal_support == "environment":
            zone = zones[payload.goal.zone]
            clear.append(read_zone(zone) + np.array([[-CLEAR_MM], [CLEAR_MM]]))
    goal, build = zones[record.payloads[0].goal.zone], record.zones.build_zone
    boxes = [read_zone(zone) for zone in (build, goal)]
    return Surroundings(build=boxes[0], clear=tuple(clear), spawn=spawns[0], goal=boxes[1])


def _fill(around: Surroundings) -> Iterator[TopoDS_Shape]:
    yield from _fit_box(around.build, around)


def _floor(around: Surroundings) -> Iterator[TopoDS_Shape]:
    low, high = around.build
    yield from _fit_box(np.array([low, [high[0], high[1], low[2] + THICK_MM]]), around)


def _wall(around: Surroundings, sign: float) -> Iterator[TopoDS_Shape]:
    """Yield a wall along the heading, as high as the build zone, beside the payload."""
    axis = int(np.argmin(np.abs(around.heading[:2])))
    reach = float(np.ptp(around.spawn[:, axis])) / 2.0 + CLEAR_MM
    middle = float(around.spawn[:, axis].mean()) + sign * (reach + THICK_MM / 2.0)
    wall = np.array(around.build)
    middle = float(np.clip(middle, wall[0, axis] + THICK_MM / 2.0, wall[1, axis] - THICK_MM / 2.0))
    wall[:, axis] = middle - THICK_MM / 2.0, middle + THICK_MM / 2.0
    yield from _fit_box(wall, around)


def _ramp(around: Surroundings, slope_deg: float) -> Iterator[TopoDS_Shape]:
    yield from _slab(around, around.start, slope_deg, _width(around), 0.0)


def _chute(around: Surroundings) -> Iterator[TopoDS_Shape]:
    """Yield a straight chute from below the spawn to the top of the goal, with side walls."""
    end = around.goal.mean(axis=0) - around.heading * float(np.ptp(around.goal[:, :2], axis=0).min()) / 2.0
    run = max(float((end - around.start) @ around.heading), 1.0)
    slope_deg = math.degrees(math.atan2(max(around.start[2] - around.goal[1, 2], 0.0), run))
    width = _width(around)
    yield from _slab(around, around.start, slope_deg, width, 0.0)
    side = np.cross([0.0, 0.0, 1.0], around.heading) * (width + THICK_MM) / 2.0
    for sign in (-1.0, 1.0):
        yield from _slab(around, around.start + sign * side, slope_deg, THICK_MM, WALL_MM)


def _funnel(around: Surroundings) -> Iterator[TopoDS_Shape]:
    """Four slabs from the walls of the build zone down to the edge of the goal."""
    bottom = max(around.goal[1, 2] + CLEAR_MM, around.build[0, 2])
    top = min(around.spawn[0, 2] - CLEAR_MM, around.build[1, 2])
    if top - bottom < WALL_MM:
        return
    for axis in (0, 1):
        span = float(np.ptp(around.build[:, 1 - axis]))
        for edge, sign in ((0, 1.0), (1, -1.0)):
            outer, inner = around.build[edge, axis], around.goal[edge, axis]
            run = (inner - outer) * sign
            if run < THICK_MM:
                continue
            start = around.build.mean(axis=0)
            start[axis], start[2] = outer, top
            way = np.zeros(3)
            way[axis], way[2] = inner - outer, bottom - top
            yield _tilted_box(start, way, span, THICK_MM)


def _width(around: Surroundings) -> float:
    across = np.cross([0.0, 0.0, 1.0], around.heading)
    return float(np.abs(across) @ np.ptp(around.spawn, axis=0)) + 2.0 * CLEAR_MM


def _slab(around: Surroundings, start: Floats, slope_deg: float, width: float, rise: float) -> Iterator[TopoDS_Shape]:
    """Yield a slab that runs down along the heading as far as it stays free; `rise` lifts its top face."""
    slope = math.radians(slope_deg)
    way = around.heading * math.cos(slope) - np.array([0.0, 0.0, math.sin(slope)])
    length = STEP_MM
    while around.is_free(start + way * length) and length < 2000.0:
        length += STEP_MM
    if length > 2.0 * STEP_MM:
        normal = np.array([0.0, 0.0, 1.0]) * math.cos(slope) + around.heading * math.sin(slope)
        yield _tilted_box(start + normal * rise, way * (length - STEP_MM), width, THICK_MM + rise)


def _tilted_box(start: Floats, way: Floats, width: float, thickness: float) -> TopoDS_Shape:
    """Return a box of that width whose upper face runs from `start` along `way`, its middle line."""
    length = float(np.linalg.norm(way))
    along = way / length
    across = np.cross([0.0, 0.0, 1.0], along)
    across /= np.linalg.norm(across)
    normal = np.cross(along, across)
    corner = start - across * width / 2.0 - normal * thickness
    move = gp_Trsf()
    move.SetTransformation(gp_Ax3(gp_Pnt(*corner), gp_Dir(*normal), gp_Dir(*along)), gp_Ax3())
    box = make_box(np.zeros(3), np.array([length, width, thickness]))
    return box.Moved(TopLoc_Location(move))


def _fit_box(box: Floats, around: Surroundings) -> Iterator[TopoDS_Shape]:
    """Yield the largest part of a box that stays clear, cut by the obstacles' faces one after the other."""
    for obstacle in around.clear:
        if (np.minimum(box[1], obstacle[1]) > np.maximum(box[0], obstacle[0])).all():
            box = max(_rests(box, obstacle), key=lambda rest: float(np.prod(np.maximum(rest[1] - rest[0], 0.0))))
    if (box[1] - box[0] > 0.5).all():
        yield make_box(box[0], box[1])


def _rests(box: Floats, obstacle: Floats) -> Iterator[Floats]:
    for axis in range(3):
        below, above = np.array(box), np.array(box)
        below[1, axis], above[0, axis] = obstacle[0, axis], obstacle[1, axis]
        yield below
        yield above


CANNED: Mapping[str, Callable[[Surroundings], Iterator[TopoDS_Shape]]] = {
    "straight_chute": _chute,
    "filled_box": _fill,
    "flat_floor": _floor,
    "wall_left": partial(_wall, sign=-1.0),
    "wall_right": partial(_wall, sign=1.0),
    "large_funnel": _funnel,
    "ramp_30": partial(_ramp, slope_deg=30.0),
    "ramp_45": partial(_ramp, slope_deg=45.0),
}
"""In the order in which they are tried."""
