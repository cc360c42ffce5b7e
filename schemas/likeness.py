"""The numbers of check 9, by which near-copies of a scene are found: written by the verifier, compared in `tasks`."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np
from numpy.typing import NDArray

from schemas.record import Measure, hash_parts

Floats = NDArray[np.float64]

NEAR = 0.02
"""Scenes closer than this are near-copies: no box differs by more than 2 % of the workspace's longest side, no number
by more than 2 % (below 1 by 0.02), and the same canned designs pass. docs/families.md tells what was measured."""
CELL = 0.021
"""Near-copies are less than this apart in the scales of `find_cells`: −ln(1 − NEAR) is 0.0202."""
PAYLOAD_MASS = "payload: mass"
DOING_NOTHING = "doing nothing: distance from the goal by longest side"
_ENDS = ("x min", "y min", "z min", "x max", "y max", "z max", "filled")


def describe_box(label: str, corners_mm: Floats, filled: float = 1.0) -> tuple[Measure, ...]:
    """Return a box (2, 3) of a body or zone, and the share of it that is filled, as seven numbers."""
    values = np.append(np.round(corners_mm.ravel(), 2), round(filled, 4)).tolist()
    units = ["mm"] * 6 + [""]
    return tuple(
        Measure(name=f"{label} {end}", value=v, unit=unit) for end, v, unit in zip(_ENDS, values, units, strict=True)
    )


def read_boxes(numbers: Iterable[Measure]) -> Mapping[str, Floats]:
    """Return the boxes (n, 7) of every label."""
    found: dict[str, list[float]] = {}
    for number in numbers:
        label = next((number.name.removesuffix(f" {end}") for end in _ENDS if number.name.endswith(f" {end}")), None)
        if label is not None:
            found.setdefault(label, []).append(number.value)
    return {label: np.array(values).reshape(-1, len(_ENDS)) for label, values in found.items()}


def read_others(numbers: Iterable[Measure]) -> Mapping[str, Floats]:
    """Return the numbers that belong to no box, sorted, by name."""
    found: dict[str, list[float]] = {}
    for number in numbers:
        if not number.name.endswith(_ENDS):
            found.setdefault(number.name, []).append(number.value)
    return {name: np.sort(values) for name, values in found.items()}


def find_cells(numbers: Iterable[Measure], canned_passed: Iterable[str]) -> tuple[str, ...]:
    """Return the cell that a scene lies in, then all those that its near-copies may lie in.

    Near-copies agree in what canned designs pass and in how many numbers of each name there are; the rest of a cell's
    name is where payload mass and doing nothing lie, on a scale that is linear below 1 and logarithmic above, and the
    boxes' mean height, which no turn changes.
    """
    given = tuple(numbers)
    counts = sorted(Counter(number.name for number in given).items())
    alike = hash_parts(*sorted(canned_passed), *(f"{name} {count}" for name, count in counts))[:16]
    others, height = read_others(given), _find_height(read_boxes(given))
    least = [float(others[name][0]) if name in others else 0.0 for name in (PAYLOAD_MASS, DOING_NOTHING)]
    scaled = (height, *(value if value < 1.0 else 1.0 + math.log(value) for value in least))
    places = [math.floor(value / CELL) for value in scaled]
    steps = sorted(product((-1, 0, 1), repeat=len(places)), key=any)  # its own first
    return tuple(" ".join((alike, *(str(p + s) for p, s in zip(places, step, strict=True)))) for step in steps)


def _find_height(boxes: Mapping[str, Floats]) -> float:
    """Return the mean height of all boxes above the workspace's middle, relative to its longest side."""
    if "workspace" not in boxes:
        return 0.0
    low, high = boxes["workspace"][0, :3], boxes["workspace"][0, 3:6]
    heights = np.concatenate([rows[:, [2, 5]].mean(axis=1) for rows in boxes.values()])
    return float((heights.mean() - (low[2] + high[2]) / 2.0) / (high - low).max())
