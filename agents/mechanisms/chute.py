"""The sloping trough against an upright face: catches what falls and lets it slide or roll into the goal below."""

import math
from dataclasses import dataclass

from agents.mechanisms.mechanism import Knob, Mechanism, Site, Values
from agents.templates import fill_template
from schemas.bundle import Mount

FLANGE_MM, BACK_MM, WALL_MM = 13.0, 3.6, 2.4
MOST_FLOOR_MM, ROOM_BELOW_MM, ROOM_OVER_MM = 5.2, 1.0, 2.5
SIDE_ROOM_MM, ROOM_UNDER_SWING_MM = 4.0, 3.0
LEAST_MARGIN_DEG = 3.0
PRINTS = ("pla", "petg", "abs")


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
    """Return the way along an upright mount with normal ±y, or None unless the payload starts above the goal."""
    scene, goal, start = site.problem.scene, site.goal, site.payload.centre_mm
    jitter = scene.payloads[0].jitter.position_mm
    middle = (goal.min_mm[0] + goal.max_mm[0]) / 2
    run = 1 if middle > start[0] else -1
    for mount in scene.mounts:
        w, x, y, z = mount.frame.quaternion_wxyz
        normal_y = 2 * (y * z - w * x)
        if abs(normal_y) < 0.999 or start[2] < goal.max_mm[2] or scene.surfaces:
            continue
        face_y = mount.frame.position_mm[1]
        return Way(
            mount=mount,
            face_y=face_y,
            out=1 if normal_y > 0 else -1,
            run=run,
            start_x=start[0],
            lane_mm=abs(start[1] - face_y),
            half_mm=site.reach_mm + max(jitter[:2]),
            near_x=goal.min_mm[0] if run > 0 else goal.max_mm[0],
        )
    return None


def choose_material(site: Site) -> tuple[str, float]:
    """Return the most slippery printable material that is allowed, and the payload's friction on it."""
    allowed = [name for name in PRINTS if name in site.problem.scene.task.allowed_materials]
    best = min(allowed, key=lambda name: (site.facts.friction[name] > 1.02 * site.facts.friction[allowed[0]], name))
    slippery = min(allowed, key=lambda name: site.facts.friction[name])
    chosen = slippery if site.facts.friction[slippery] < 0.97 * site.facts.friction[best] else best
    return chosen, site.facts.friction[chosen]


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return slope, where the trough ends past the goal's edge, side room, wall height, floor and upper end."""
    way = find_way(site)
    if way is None:
        return ()
    friction = choose_material(site)[1]
    least = math.degrees(math.atan(1.15 * friction)) + LEAST_MARGIN_DEG
    length = abs(site.goal.max_mm[0] - site.goal.min_mm[0])
    steepest = steepest_deg(site, way, 10.0)
    tall, rolls = site.payload.size_mm[2], site.payload.shape == "sphere"
    return (
        Knob("slope_deg", least, max(least, steepest), min(least + 6, max(least, steepest))),
        Knob("end_mm", 4.0, max(5.0, length - site.diagonal_mm - 10), 12.0, -1),
        Knob("side_room_mm", 1.0, 14.0, SIDE_ROOM_MM, -1),
        Knob("wall_mm", 6.0, 40.0, max(10.0, 0.7 * tall), -1),
        Knob("floor_mm", *((4.8, 7.0, 5.2) if rolls else (1.6, 4.0, 2.4)), -1),
        Knob("upper_mm", 3.0, 18.0, 7.0, -1),
    )


def end_height_mm(site: Site, way: Way, slope_deg: float, end_u: float) -> float:
    """Return the least height of the lower end: the flange inside the build zone, the floor over what stands there."""
    slope = math.radians(slope_deg)
    height = site.build_zone.min_mm[2] + (MOST_FLOOR_MM + FLANGE_MM) * math.cos(slope) + ROOM_BELOW_MM
    for box in site.facts.boxes.values():
        ends = sorted(way.along(x) for x in (box.min_mm[0], box.max_mm[0]))
        below = box.min_mm[1] < site.payload.centre_mm[1] < box.max_mm[1]
        if below and 0 < ends[0] < end_u and box.max_mm[2] < site.payload.centre_mm[2]:
            lowest_u = min(end_u, ends[1])
            over = box.max_mm[2] + MOST_FLOOR_MM / math.cos(slope) + ROOM_OVER_MM
            height = max(height, over - (end_u - lowest_u) * math.tan(slope))
    return height


def steepest_deg(site: Site, way: Way, end_mm: float) -> float:
    """Return the steepest slope that stays under the start, and a payload and a bit under a swinging body."""
    z = (
        site.payload.centre_mm[2]
        - site.payload.size_mm[2] / 2
        - site.problem.scene.payloads[0].jitter.position_mm[2]
        - 3
    )
    end_u = way.along(way.near_x) + end_mm
    steepest = 0.0
    for tenths in range(100, 500, 5):
        slope = math.radians(tenths / 10)
        top = end_height_mm(site, way, tenths / 10, end_u) + (end_u + way.half_mm) * math.tan(slope)
        if top > z or not _clears_swings(site, way, slope, end_u):
            break
        steepest = tenths / 10
    return steepest


def _clears_swings(site: Site, way: Way, slope: float, end_u: float) -> bool:
    end_z = end_height_mm(site, way, math.degrees(slope), end_u)
    for swing in site.facts.swings:
        hinge_u = way.along(swing.hinge_mm[0])
        line_z = end_z + (end_u - hinge_u) * math.tan(slope)
        away = (swing.hinge_mm[2] - line_z) * math.cos(slope)
        if away < swing.radius_mm + 1.1 * max(site.payload.size_mm) + ROOM_UNDER_SWING_MM:
            return False
    return True


def write(site: Site, values: Values) -> str:
    """Return the solution program of one set of knob values; raises InputError where the mechanism does not suit."""
    way = find_way(site)
    assert way is not None
    inner = 2 * (way.half_mm + values["side_room_mm"])
    channel = max(BACK_MM + WALL_MM + 1.0, way.lane_mm - inner / 2)
    end_x = way.near_x + way.run * values["end_mm"]
    end_z = end_height_mm(site, way, values["slope_deg"], way.along(end_x))
    return fill_template(
        "chute",
        {
            "MOUNT_ID": way.mount.id,
            "MOUNT_BODY": way.mount.body,
            "FACE_Y_MM": way.face_y,
            "OUT": way.out,
            "RUN": way.run,
            "START_X_MM": round(way.start_x - way.run * (way.half_mm + values["upper_mm"]), 1),
            "END_X_MM": round(end_x, 1),
            "END_Z_MM": round(end_z, 1),
            "SLOPE_DEG": values["slope_deg"],
            "CHANNEL_MM": round(channel, 1),
            "INNER_WIDTH_MM": round(2 * (way.lane_mm - channel), 1),
            "WALL_HEIGHT_MM": values["wall_mm"],
            "FLOOR_MM": values["floor_mm"],
            "WALL_MM": WALL_MM,
            "BACK_MM": BACK_MM,
            "FLANGE_MM": FLANGE_MM,
            "SCREW": "shcs_m4x12",
            "HOLE_MM": 4.5,
            "MATERIAL": choose_material(site)[0],
        },
    )


CHUTE = Mechanism(
    name="chute",
    idea="a sloping trough, screwed against the upright face, that takes the payload and lets it slide into the goal",
    knobs=knobs,
    write=write,
)
