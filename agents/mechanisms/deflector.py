"""The flat plate across a moving surface: its slanted edge steers what comes along over the side into the goal."""

import math
from dataclasses import dataclass

from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, Values
from agents.program_templates import fill_template
from agents.statement_reading import StatedBox
from schemas.bundle import Mount

SCREWS = {3.0: "shcs_m4x12", 6.0: "shcs_m4x16"}
"""Screw by plate thickness: at least 2 d = 8 mm in wood or plastic."""
ROOT_MM = 44.0
LEAST_GAP_MM = 1.0


@dataclass(frozen=True)
class Lane:
    """A moving surface along x beside a level mount, with the goal on its other side."""

    mount: Mount
    surface: StatedBox
    rail: StatedBox
    run: int
    side: int

    @property
    def inner_y(self) -> float:
        """Return the surface's edge at the rail."""
        return self.surface.min_mm[1] if self.side > 0 else self.surface.max_mm[1]

    @property
    def width_mm(self) -> float:
        """Return the surface's width."""
        return self.surface.max_mm[1] - self.surface.min_mm[1]


def find_lane(site: Site) -> Lane | None:
    """Return the lane of a scene with one moving surface along x and a level mount just above it, or None."""
    scene = site.problem.scene
    for surface in scene.surfaces:
        box = site.facts.boxes[surface.body]
        for mount in scene.mounts:
            w, x, y, _ = mount.frame.quaternion_wxyz
            level = 1 - 2 * (x * x + y * y) > 0.999 and w != 0
            if not level or mount.frame.position_mm[2] < box.max_mm[2] + LEAST_GAP_MM:
                continue
            middle = (site.goal.min_mm[1] + site.goal.max_mm[1]) / 2
            side = 1 if middle > mount.frame.position_mm[1] else -1
            run = 1 if surface.velocity_mm_s[0] > 0 else -1
            return Lane(mount, box, site.facts.boxes[mount.body], run, side)
    return None


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return the edge's angle, where the payload leaves the surface within the goal, reach, band width, thickness."""
    lane = find_lane(site)
    if lane is None:
        return ()
    length = site.goal.max_mm[0] - site.goal.min_mm[0]
    free = length / 2 - site.reach_mm - 8
    return (
        Knob("angle_deg", 25.0, 60.0, 40.0),
        Knob("shift_mm", -free, free, -0.15 * free),
        Knob("over_mm", -0.3 * site.reach_mm, 14.0, 2.0, -1),
        Knob("band_mm", 8.0, 40.0, 16.0, -1),
        Knob("thickness_mm", 3.0, 6.0, 3.0, -1),
    )


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values."""
    made = makings.get("plate", Making("laser_cutting", "plywood_birch"))
    lane = find_lane(site)
    assert lane is not None
    angle = math.radians(values["angle_deg"])
    thickness = 6.0 if values["thickness_mm"] > 4.5 else 3.0
    reach = lane.width_mm + values["over_mm"]
    half = min(site.payload.size_mm[:2]) / 2
    middle = (site.goal.min_mm[0] + site.goal.max_mm[0]) / 2
    exit_x = middle + lane.run * values["shift_mm"]
    # The payload's centre passes the surface's edge when its contact is half a payload short of it, across the edge.
    touch_x = exit_x + lane.run * half * math.sin(angle)
    edge_x = touch_x - lane.run * (lane.width_mm - half * math.cos(angle)) / math.tan(angle)
    return fill_template(
        "deflector",
        {
            "MOUNT_ID": lane.mount.id,
            "MOUNT_BODY": lane.mount.body,
            "FACE_Z_MM": lane.mount.frame.position_mm[2],
            "RUN": lane.run,
            "SIDE": lane.side,
            "RAIL_Y_MM": (lane.rail.min_mm[1], lane.rail.max_mm[1]),
            "LANE_Y_MM": lane.inner_y,
            "EDGE_X_MM": round(edge_x, 1),
            "ANGLE_DEG": values["angle_deg"],
            "REACH_MM": round(reach, 1),
            "BAND_MM": values["band_mm"],
            "ROOT_MM": ROOT_MM,
            "THICKNESS_MM": thickness,
            "SCREW": SCREWS[thickness],
            "HOLE_MM": 4.5,
            "PROCESS": made.process,
            "MATERIAL": made.material,
        },
    )


DEFLECTOR = Mechanism(
    name="deflector",
    idea="a flat plate on the rail whose slanted edge steers the payload off the moving surface into the goal",
    knobs=knobs,
    write=write,
)
