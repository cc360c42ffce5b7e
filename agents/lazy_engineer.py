"""The lazy engineer: flat plates, straight troughs and plates across a belt, as anyone would try (mechanics §6.8)."""

import math
from collections.abc import Iterator
from contextlib import suppress
from itertools import product

from agents.mechanisms import MECHANISMS, deflector
from agents.mechanisms.chute import (
    LEAST_CHANNEL_MM,
    POWDER,
    ROOM_BELOW_MM,
    SHEET,
    SIDE_ROOM_MM,
    WALL_MM,
    PlanePoint,
    Way,
    end_height_mm,
    find_way,
    least_top_u,
    write_trough,
)
from agents.mechanisms.mechanism import AS_USUAL, Site, find_suited, guess, survey
from agents.protocols import Problem
from schemas.errors import InputError

SLOPES_DEG = (42, 50, 57)
ENDS = {"near": 0.05, "middle": 0.5, "far": 0.95}
"""Where a design ends, as a share of the goal's length from its near edge."""
SECOND = {"_bent": SHEET, "_sls": POWDER}
"""The second process: the first of these that is allowed."""
FLOOR_MM, UPPER_MM, UNDER_START_MM, STEP_MM = 3.0, 7.0, 3.0, 1.0
ACROSS_DEG = 90.0
"""At 80° slippery payloads still slide aside."""


def list_lazy_designs(problem: Problem) -> Iterator[tuple[str, str]]:
    """Yield name and program of every lazy design that suits a problem; raises InputError for an unreadable statement.

    A design begins just under the start and falls at its slope until it is over its end, or as low as it may be; over a
    moving surface it stands across.
    """
    site = survey(problem)
    way = find_way(site)
    if way is None:
        yield from _bar_lane(site)
        return
    task = problem.scene.task
    allowed = {*task.allowed_processes, *task.allowed_materials}
    second = [(name, {"trough": made}) for name, made in SECOND.items() if {*made} <= allowed]
    ways = [("", AS_USUAL), *second[:1]]
    channel_mm = max(LEAST_CHANNEL_MM, way.lane_mm - (way.half_mm + SIDE_ROOM_MM))
    tried = set()
    for (end, share), slope_deg in product(ENDS.items(), SLOPES_DEG):
        surface = _fall(site, way, share, slope_deg)
        if surface is None:
            continue
        sections = {
            "plate": (LEAST_CHANNEL_MM, _widest_mm(site, way), 0.0, FLOOR_MM),
            "trough": (channel_mm, 2 * (way.lane_mm - channel_mm), _wall_mm(site, surface[0][1], slope_deg), FLOOR_MM),
        }
        for (name, section_mm), (suffix, makings) in product(sections.items(), ways):
            program = write_trough(site, way, surface, section_mm, makings)
            if program not in tried:
                yield f"{name}_{end}_{slope_deg}{suffix}", program
            tried.add(program)


def list_careless_designs(problem: Problem) -> Iterator[tuple[str, str]]:
    """Yield name and program of the mechanisms that suit a problem: all knobs, then each alone, at an end of its range.

    Raises InputError for an unreadable statement.
    """
    site = survey(problem)
    for mechanism, knobs in find_suited(site, MECHANISMS):
        each = ({knob.name: end} for knob in knobs for end in (knob.low, knob.high))
        ends = ({knob.name: knob.low for knob in knobs}, {knob.name: knob.high for knob in knobs}, *each)
        for number, values in enumerate(ends, 1):
            program = None
            with suppress(InputError):  # it can't be written so
                program = mechanism.write(site, {**guess(knobs), **values})
            if program is not None:
                yield f"{mechanism.name}_{number}", program


def _bar_lane(site: Site) -> Iterator[tuple[str, str]]:
    """Yield plates straight across a moving surface, before each end."""
    known = {knob.name: knob for knob in deflector.knobs(site)}
    values = {name: knob.guess for name, knob in known.items()} | {"angle_deg": ACROSS_DEG}
    for end, share in ENDS.items() if known else ():
        low, high = known["shift_mm"].low, known["shift_mm"].high
        yield f"across_{end}", deflector.write(site, values | {"shift_mm": low + share * (high - low)})


def _wall_mm(site: Site, top_z: float, slope_deg: float) -> float:
    """Return the height of walls that keep a payload in, as far as they stay in the build zone at the upper end."""
    room_mm = (site.build_zone.max_mm[2] - ROOM_BELOW_MM - top_z) / math.cos(math.radians(slope_deg))
    return round(max(0.0, min(max(10.0, 0.7 * site.payload.size_mm[2]), room_mm)), 1)


def _fall(site: Site, way: Way, end: float, slope_deg: float) -> tuple[PlanePoint, PlanePoint] | None:
    """Return the upper and lower end (u, z) of a straight surface, or None where it can't reach beyond the start."""
    payload, values = site.payload, {"slope_deg": slope_deg, "floor_mm": FLOOR_MM}
    jitter_mm = site.problem.scene.payloads[0].jitter.position_mm[2]
    under_mm = payload.centre_mm[2] - payload.size_mm[2] / 2 - jitter_mm - UNDER_START_MM
    slope = math.tan(math.radians(slope_deg))

    def height_mm(u: float) -> float:
        return under_mm - (u + way.half_mm) * slope

    length_mm = abs(site.goal.max_mm[0] - site.goal.min_mm[0])
    end_u = way.along(way.near_x) + end * length_mm
    while end_u > way.half_mm and height_mm(end_u) < end_height_mm(site, way, values, end_u):
        end_u -= STEP_MM
    top_u = max(-(way.half_mm + UPPER_MM), least_top_u(site, way, values))
    return ((top_u, height_mm(top_u)), (end_u, height_mm(end_u))) if end_u > way.half_mm else None


def _widest_mm(site: Site, way: Way) -> float:
    """Return the width between the least channel and the far side of the build zone."""
    zone = site.build_zone
    depth_mm = max(way.out * (y - way.face_y) for y in (zone.min_mm[1], zone.max_mm[1]))
    return depth_mm - LEAST_CHANNEL_MM - WALL_MM - ROOM_BELOW_MM
