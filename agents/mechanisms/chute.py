"""The sloping trough against an upright face: catches what falls and lets it slide or roll into the goal below."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from agents.mechanisms.mechanism import (
    AS_USUAL,
    PRINTS,
    Knob,
    Making,
    Makings,
    Mechanism,
    Site,
    Values,
    find_upright_mount,
)
from agents.program_templates import fill_template
from schemas.bundle import Mount
from schemas.errors import InputError

FLANGE_MM, BACK_MM, WALL_MM = 13.0, 3.6, 2.4
LEAST_CHANNEL_MM = BACK_MM + WALL_MM + 1.0
ROOM_FLOOR_MM, ROOM_BELOW_MM, ROOM_OVER_MM = 5.2, 1.0, 2.5
"""The way keeps room for a floor of at least that thickness, so that a thinner one does not move it."""
BALL_FLOORS_MM = (6.2, 8.0, 6.6)
"""Least, most and first floor under a ball, which sinks up to 2.9 mm where it hits a bend (half of it is allowed)."""
SIDE_ROOM_MM, ROOM_UNDER_SWING_MM = 4.0, 3.0
LEAST_MARGIN_DEG = 3.0
SHEET = Making("sheet_metal_bending", "al_5052_h32")
POWDER, MILLED = Making("sls_printing", "pa12"), Making("cnc_milling", "mdf")
PRINTED = tuple(Making("fdm_printing", material) for material in PRINTS)
SHEET_MM, SHEET_FLANGE_MM, LEAST_LIP_MM = 1.0, 16.0, 9.0
PlanePoint = tuple[float, float]


@dataclass(frozen=True)
class Way:
    """The way from start to goal along x in front of an upright mount."""

    mount: Mount
    face_y: float
    out: int
    run: int
    start_x: float
    lane_mm: float
    half_mm: float
    near_x: float

    def along(self, x: float) -> float:
        """Return how far x lies from the start in the direction of the goal."""
        return self.run * (x - self.start_x)


def find_way(site: Site) -> Way | None:
    """Return the way along an upright mount with normal ±y; None if the start is not above the goal, or wider."""
    scene, goal, start = site.problem.scene, site.goal, site.payload.centre_mm
    jitter = scene.payloads[0].jitter.position_mm
    middle = (goal.min_mm[0] + goal.max_mm[0]) / 2
    run, half_mm = 1 if middle > start[0] else -1, site.reach_mm + max(jitter[:2])
    if start[2] < goal.max_mm[2] or scene.surfaces or 2 * half_mm > goal.max_mm[1] - goal.min_mm[1]:
        return None
    face = find_upright_mount(site)
    if face is None:
        return None
    face_y = face[0].frame.position_mm[1]
    return Way(
        mount=face[0],
        face_y=face_y,
        out=face[1],
        run=run,
        start_x=start[0],
        lane_mm=abs(start[1] - face_y),
        half_mm=half_mm,
        near_x=goal.min_mm[0] if run > 0 else goal.max_mm[0],
    )


def choose_material(site: Site) -> tuple[str, float]:
    """Return the most slippery printable material that is allowed, and the payload's friction on it."""
    allowed = [name for name in PRINTS if name in site.problem.scene.task.allowed_materials]
    best = min(allowed, key=lambda name: (site.facts.friction[name] > 1.02 * site.facts.friction[allowed[0]], name))
    slippery = min(allowed, key=lambda name: site.facts.friction[name])
    chosen = slippery if site.facts.friction[slippery] < 0.97 * site.facts.friction[best] else best
    return chosen, site.facts.friction[chosen]


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return the slopes, where the trough ends past the goal's edge, side room, wall height, floor and upper end."""
    way = find_way(site)
    if way is None:
        return ()
    least = math.degrees(math.atan(1.15 * choose_material(site)[1])) + LEAST_MARGIN_DEG
    length = abs(site.goal.max_mm[0] - site.goal.min_mm[0])
    tall, rolls = site.payload.size_mm[2], site.payload.shape == "sphere"
    common = (
        Knob("end_mm", 4.0, max(5.0, length - site.diagonal_mm - 10), 12.0, -1),
        Knob("side_room_mm", 1.0, 14.0, SIDE_ROOM_MM, -1),
        Knob("wall_mm", 6.0, 40.0, max(10.0, 0.7 * tall), -1),
        Knob("floor_mm", *(BALL_FLOORS_MM if rolls else (1.6, 4.0, 2.4)), -1),
        Knob("upper_mm", 3.0, 18.0, 7.0, -1),
    )
    values = {knob.name: knob.guess for knob in common}
    if find_corner(site, way) is None:
        steepest = max(least, steepest_deg(site, way, values, "slope_deg"))
        return (Knob("slope_deg", least, steepest, min(least + 6, steepest)), *common)
    slope = Knob("slope_deg", least, least + 8, least + 2)
    steepest = steepest_deg(site, way, {**values, "slope_deg": slope.guess}, "steep_deg")
    if steepest <= slope.high:
        return ()
    return (slope, Knob("steep_deg", slope.high, steepest + 4, steepest), *common)


def list_makings(site: Site) -> list[Making]:
    """Return ways to make a trough that are allowed, those first that come cheap in numbers."""
    task, way = site.problem.scene.task, find_way(site)
    allowed = {*task.allowed_processes, *task.allowed_materials}
    bent = way is not None and find_corner(site, way) is not None
    return [made for made in (*(() if bent else (SHEET,)), POWDER, MILLED, *PRINTED) if {*made} <= allowed]


def find_corner(site: Site, way: Way) -> PlanePoint | None:
    """Return the edge (u, z) towards the goal of what stands under the start, or None where only the ground does."""
    end_u, start = way.along(way.near_x), site.payload.centre_mm
    for box in site.facts.boxes.values():
        ends = sorted(way.along(x) for x in (box.min_mm[0], box.max_mm[0]))
        if ends[0] < 0 < ends[1] < end_u and box.min_mm[1] < start[1] < box.max_mm[1]:
            return ends[1], box.max_mm[2]
    return None


def route(site: Site, way: Way, values: Values) -> tuple[PlanePoint, ...]:
    """Return the sliding surface (u, z), upper end first: one leg, or a steeper one before it over the corner."""
    end_u, slope = way.along(way.near_x) + values["end_mm"], math.tan(math.radians(values["slope_deg"]))
    end_z = end_height_mm(site, way, values, end_u)
    top_u = max(-(way.half_mm + values["upper_mm"]), least_top_u(site, way, values))
    straight = ((top_u, end_z + (end_u - top_u) * slope), (end_u, end_z))
    corner = find_corner(site, way)
    if corner is None:
        return straight
    steep = math.radians(values["steep_deg"])
    over_z = corner[1] + max(ROOM_FLOOR_MM, values["floor_mm"]) / math.cos(steep) + ROOM_OVER_MM
    deeper = over_z - end_z - (end_u - corner[0]) * slope
    if deeper <= 0:
        return straight
    knee_u = corner[0] + deeper / (math.tan(steep) - slope)
    top_z = over_z + (corner[0] - top_u) * math.tan(steep)
    return ((top_u, top_z), (knee_u, end_z + (end_u - knee_u) * slope), (end_u, end_z))


def least_top_u(site: Site, way: Way, values: Values) -> float:
    """Return how far back the upper end may lie: the flange under it stays inside the build zone."""
    zone, angle = site.build_zone, math.radians(values.get("steep_deg", values["slope_deg"]))
    edge_u = min(way.along(zone.min_mm[0]), way.along(zone.max_mm[0]))
    return edge_u + (values["floor_mm"] + FLANGE_MM) * math.sin(angle) + ROOM_BELOW_MM


def end_height_mm(site: Site, way: Way, values: Values, end_u: float) -> float:
    """Return the least height of the lower end: the flange inside the build zone, the floor over what stands there."""
    slope, floor = math.radians(values["slope_deg"]), max(ROOM_FLOOR_MM, values["floor_mm"])
    height = site.build_zone.min_mm[2] + (floor + FLANGE_MM) * math.cos(slope) + ROOM_BELOW_MM
    for box in site.facts.boxes.values():
        ends = sorted(way.along(x) for x in (box.min_mm[0], box.max_mm[0]))
        below = box.min_mm[1] < site.payload.centre_mm[1] < box.max_mm[1]
        if below and 0 < ends[0] < end_u and box.max_mm[2] < site.payload.centre_mm[2]:
            lowest_u = min(end_u, ends[1])
            over = box.max_mm[2] + floor / math.cos(slope) + ROOM_OVER_MM
            height = max(height, over - (end_u - lowest_u) * math.tan(slope))
    return height


def steepest_deg(site: Site, way: Way, values: Values, knob: str) -> float:
    """Return the steepest angle that stays under the start, and a payload and a bit away from swings; 0 for none."""
    angles = (tenths / 10 for tenths in range(100, 650, 5))
    return max((angle for angle in angles if _fits(site, way, {**values, knob: angle})), default=0.0)


def _fits(site: Site, way: Way, values: Values) -> bool:
    """Say whether a way starts below the payload and in the build zone, bends before the goal, and clears swings."""
    surface = route(site, way, values)
    (top_u, top_z), (next_u, next_z) = surface[:2]
    slope = (top_z - next_z) / (next_u - top_u)
    below_start_z = top_z + (top_u + way.half_mm) * slope
    wall_z = top_z + values["wall_mm"] / math.hypot(1.0, slope)
    jitter_z = site.problem.scene.payloads[0].jitter.position_mm[2]
    start_z = site.payload.centre_mm[2] - site.payload.size_mm[2] / 2 - jitter_z - 3
    rising = all(before[0] < after[0] for before, after in pairwise(surface))
    inside = below_start_z <= start_z and wall_z <= site.build_zone.max_mm[2] - ROOM_BELOW_MM
    return rising and inside and _clears_swings(site, way, surface) and _clears_zones(site, way, surface)


def _clears_swings(site: Site, way: Way, surface: tuple[PlanePoint, ...]) -> bool:
    for swing in site.facts.swings:
        hinge = np.array([way.along(swing.hinge_mm[0]), swing.hinge_mm[2]])
        for start, end in pairwise(np.array(surface)):
            share = np.clip((hinge - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
            away = float(np.linalg.norm(hinge - start - share * (end - start)))
            if away < swing.radius_mm + 1.1 * max(site.payload.size_mm) + ROOM_UNDER_SWING_MM:
                return False
    return True


def _clears_zones(site: Site, way: Way, surface: tuple[PlanePoint, ...]) -> bool:
    """Say whether a payload on the way keeps clear of every forbidden zone across it."""
    away = 1.1 * max(site.payload.size_mm) + ROOM_UNDER_SWING_MM
    shares = np.linspace(0, 1, 60)[:, None]
    for zone in site.problem.scene.zones.forbid_zones:
        ends = sorted(way.along(x) for x in (zone.min_mm[0], zone.max_mm[0]))
        low, high = np.array([ends[0], zone.min_mm[2]]), np.array([ends[1], zone.max_mm[2]])
        for start, end in pairwise(np.array(surface)):
            points = start + shares * (end - start)
            beyond = np.maximum(np.maximum(low - points, points - high), 0.0)
            if np.linalg.norm(beyond, axis=1).min() < away:
                return False
    return True


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values; raises InputError where the mechanism does not suit."""
    way = find_way(site)
    assert way is not None
    channel = max(LEAST_CHANNEL_MM, way.lane_mm - (way.half_mm + values["side_room_mm"]))
    width = 2 * (way.lane_mm - channel)
    section_mm = channel, width, values["wall_mm"], values["floor_mm"]
    return write_trough(site, way, route(site, way, values), section_mm, makings)


def write_trough(
    site: Site,
    way: Way,
    surface: tuple[PlanePoint, ...],
    section_mm: tuple[float, float, float, float],
    makings: Makings = AS_USUAL,
) -> str:
    """Return the program of a trough along a surface (u, z).

    Its section is how far the channel stands from the face, its inner width, the height of its walls and its floor.
    Of bent sheet it has a wall in front alone, the face is the other; raises InputError where the way has a bend.
    """
    channel, width, wall, floor = section_mm
    made = makings.get("trough") or Making("fdm_printing", choose_material(site)[0])
    common = {
        "MOUNT_ID": way.mount.id,
        "MOUNT_BODY": way.mount.body,
        "FACE_Y_MM": way.face_y,
        "OUT": way.out,
        "RUN": way.run,
        "WAY_MM": tuple((round(way.start_x + way.run * u, 1), round(z, 1)) for u, z in surface),
        "SCREW": "shcs_m4x12",
        "HOLE_MM": 4.5,
        "PROCESS": made.process,
        "MATERIAL": made.material,
    }
    if made.process == SHEET.process:
        if len(surface) > 2:
            raise InputError("a sheet is bent for straight ways alone")
        front, lip = round(channel + width, 1), max(wall, LEAST_LIP_MM)
        sheet = {"FRONT_MM": front, "WALL_HEIGHT_MM": lip, "FLANGE_MM": SHEET_FLANGE_MM, "SHEET_MM": SHEET_MM}
        return fill_template("bent_chute", {**common, **sheet, "BEND_MM": SHEET_MM})
    section = {"CHANNEL_MM": round(channel, 1), "INNER_WIDTH_MM": round(width, 1), "WALL_HEIGHT_MM": wall}
    shell = {"FLOOR_MM": floor, "WALL_MM": WALL_MM, "BACK_MM": BACK_MM, "FLANGE_MM": FLANGE_MM}
    return fill_template("chute", {**common, **section, **shell})


CHUTE = Mechanism(
    name="chute",
    idea="a sloping trough on the upright face, bent where it has to be, in which the payload slides into the goal",
    knobs=knobs,
    write=write,
    shaped=(("trough", SHEET),),
)
