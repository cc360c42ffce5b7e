"""Check 9 of mechanics §6: a scene near a stored one, however turned or mirrored, is refused as DUPLICATE."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from records import StoredScene
from schemas.likeness import NEAR, read_boxes, read_others
from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure
from schemas.verdict import VerificationReport

Floats = NDArray[np.float64]

CHECK = 9
CANNED = 8
_NEVER = np.inf


@dataclass(frozen=True)
class Likeness:
    """What is compared of one scene; boxes by label (n, 7), relative to the workspace's middle and longest side."""

    numbers: tuple[Measure, ...]
    canned_passed: frozenset[str]

    @cached_property
    def boxes(self) -> Mapping[str, Floats]:
        """Return the normalised boxes."""
        found = read_boxes(self.numbers)
        low, high = found["workspace"][0, :3], found["workspace"][0, 3:6]
        middle, longest = np.tile((low + high) / 2.0, 2), float((high - low).max())
        return {label: np.column_stack([(rows[:, :6] - middle) / longest, rows[:, 6]]) for label, rows in found.items()}

    @cached_property
    def turned(self) -> tuple[Mapping[str, Floats], ...]:
        """Return the boxes in the 8 ways that a scene can be turned about the vertical and mirrored."""
        return tuple(
            {label: _turn(rows, quarters, mirrored) for label, rows in self.boxes.items()}
            for quarters in range(4)
            for mirrored in (False, True)
        )

    @cached_property
    def others(self) -> Mapping[str, Floats]:
        """Return masses, frictions, speeds and how doing nothing ends."""
        return read_others(self.numbers)


def check_likeness(report: VerificationReport, stored: Iterable[StoredScene]) -> VerificationReport:
    """Return the report with check 9 as these stored scenes leave it; one that did not get so far stays as it is."""
    check = next((check for check in report.checks if check.number == CHECK), None)
    if check is None:
        return report
    mine = Likeness(check.numbers, frozenset(report.canned_passed))
    distances = [(find_distance(mine, Likeness(s.numbers, frozenset(s.canned_passed))), s.item_id) for s in stored]
    nearest, item_id = min(distances, default=(_NEVER, ""))
    reasons: tuple[Reason, ...] = ()
    if nearest < NEAR:
        number = Measure(name="distance", value=nearest)
        message = f"a near-copy of item {item_id[:12]}, which is stored already: draw another scene"
        reasons = (Reason(code=ReasonCode.DUPLICATE, message=message, where=item_id[:12], numbers=(number,)),)
    checks = tuple(
        check.model_copy(update={"passed": not reasons, "reasons": reasons}) if check.number == CHECK else check
        for check in report.checks
    )
    return report.model_copy(update={"checks": checks, "passed": all(check.passed for check in checks)})


def find_distance(one: Likeness, other: Likeness) -> float:
    """Return the greatest difference of two scenes: of boxes, of numbers (relative above 1), of canned designs (÷ 8).

    Boxes count as the nearest of the 8 symmetries has them, and not at all where the rest is too far apart already.
    Infinite where one has another number of bodies, zones or contracts.
    """
    rest = max(len(one.canned_passed ^ other.canned_passed) / CANNED, _compare_numbers(one.others, other.others))
    return rest if rest >= NEAR else max(rest, min(_compare_boxes(turned, other.boxes) for turned in one.turned))


def _compare_numbers(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> float:
    if {name: len(v) for name, v in one.items()} != {name: len(v) for name, v in other.items()}:
        return _NEVER
    pairs = [(values, other[name]) for name, values in one.items()]
    return max(float((abs(a - b) / np.maximum(np.maximum(abs(a), abs(b)), 1.0)).max()) for a, b in pairs)


def _compare_boxes(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> float:
    """Return the greatest difference over the best assignment of boxes of the same label (Hungarian method)."""
    if {label: len(rows) for label, rows in one.items()} != {label: len(rows) for label, rows in other.items()}:
        return _NEVER
    from scipy.optimize import linear_sum_assignment

    worst = 0.0
    for label, rows in one.items():
        costs = np.abs(rows[:, None] - other[label][None]).max(axis=-1)
        worst = max(worst, float(costs[linear_sum_assignment(costs)].max()))
    return worst


def _turn(rows: Floats, quarters: int, mirrored: bool) -> Floats:
    corners = rows[:, :6].reshape(-1, 2, 3).copy()
    if mirrored:
        corners[..., 0] *= -1.0
    for _ in range(quarters):
        corners[..., :2] = np.stack([-corners[..., 1], corners[..., 0]], axis=-1)
    ordered = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    return np.column_stack([ordered, rows[:, 6]])
