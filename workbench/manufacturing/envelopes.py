"""Say which machine takes a part: machines are alternatives, one that takes it is enough."""

import numpy as np

from schemas.verdict import PartFinding
from workbench.kernel.arrays import Floats
from workbench.kernel.measuring import measure_extents
from workbench.kernel.solid_view import SolidView, Spot
from workbench.manufacturing.part_rules import PartRules
from workbench.manufacturing.planar import fit_rectangle, span_plane

SIDES = ("bbox_x", "bbox_y", "bbox_z")
Sides = tuple[float, float, float]


def list_machines(sides: Sides, rules: PartRules) -> list[str]:
    """Return the machines that take a part of these sides (the two in the plane longer first, then the height)."""
    machines = rules.catalogue.machines(rules.use, SIDES[0])
    return [
        machine
        for machine in machines
        if all(side <= limit + 1e-6 for side, limit in zip(sides, read_limits(machine, rules), strict=True))
    ]


def read_limits(machine: str, rules: PartRules) -> Sides:
    """Return what a machine takes: the longer and shorter side in its plane, and the height."""
    use = rules.use._replace(machine=machine)
    x, y, z = (float(rules.catalogue.rule(use, key).number) for key in SIDES)
    return max(x, y), min(x, y), z


def report_oversize(options: list[Sides], rules: PartRules, advice: str) -> PartFinding:
    """Return the side that exceeds the last listed machine, in the option that exceeds it least."""
    machine = rules.catalogue.machines(rules.use, SIDES[0])[-1]
    limits = read_limits(machine, rules)
    ratios = [max(side / limit for side, limit in zip(sides, limits, strict=True)) for sides in options]
    best = options[int(np.argmin(np.round(ratios, 9)))]
    side = int(np.argmax([length / limit for length, limit in zip(best, limits, strict=True)]))
    rule = rules.catalogue.rule(rules.use._replace(machine=machine), SIDES[side])
    return rules.report(rule, Spot(best[side]), advice).model_copy(update={"severity": "error"})


def measure_sides(view: SolidView, way: Floats) -> Sides:
    """Return a part's sides around a direction: those of the smallest rectangle across it, and its height."""
    length, width, _ = fit_rectangle(view.nodes @ span_plane(way).T)
    return length, width, float(np.ptp(view.nodes @ way))


def fit_block(view: SolidView, ways: Floats) -> Sides:
    """Return the exact sides, longest first, of the smallest block around a solid that stands on one of its ways."""
    boxes = [measure_sides(view, way) for way in ways]
    way = ways[int(np.argmin([round(float(np.prod(box)), 6) for box in boxes]))]
    plane = span_plane(way)
    long_axis = fit_rectangle(view.nodes @ plane.T)[2] @ plane
    axes = np.array([long_axis, np.cross(way, long_axis), way])
    long, middle, short = sorted(measure_extents(view.shape, axes).tolist(), reverse=True)
    return long, middle, short
