"""The numbers of check 9, by which near-copies of a scene are found: written by the verifier, compared in `tasks`."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from schemas.record import Measure

Floats = NDArray[np.float64]

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
