"""Measures how round faces of two solids fit: pins in holes, on the kernel's cylindrical surfaces."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import ProcessName
from schemas.catalogue import Component
from workbench.judge.static.fasteners import HOLE_TOLERANCE_MM, PRINTED_EXTRA_MM
from workbench.kernel.loading import Solid
from workbench.kernel.measuring import KEPT_SOLIDS
from workbench.kernel.rounds import Line, Round, list_round_faces

LEAST_TURN_RAD = math.radians(240.0)
"""A D-shaft keeps more of its circle than this; a notch or a fillet doesn't."""


@dataclass(frozen=True)
class Fit:
    """A pin in a hole: how much wider the hole is, how long they overlap, and how long they must."""

    diameter_mm: float
    gap_mm: float
    overlap_mm: float
    needed_mm: float
    widest_mm: float

    @property
    def holds(self) -> bool:
        """Say whether the pin fits and reaches in: half its length, or half its diameter, whichever is less."""
        return -HOLE_TOLERANCE_MM - 1e-6 <= self.gap_mm <= self.widest_mm and self.overlap_mm >= self.needed_mm - 1e-6


@lru_cache(maxsize=KEPT_SOLIDS)
def list_rounds(shape: TopoDS_Shape) -> tuple[Round, ...]:
    """Return the holes and pins of a solid; faces of one diameter on one line count as one."""
    found: list[Round] = []
    for new in list_round_faces(shape):
        same = next((r for r in found if _are_one(r, new)), None)
        if same is None:
            found.append(new)
        else:
            low, high = new.span(same.line)
            turn_rad = max(same.turn_rad, new.turn_rad, _join(same, new, (low, high)))
            whole = replace(same, low_mm=min(low, same.low_mm), high_mm=max(high, same.high_mm), turn_rad=turn_rad)
            found[found.index(same)] = whole
    return tuple(round_ for round_ in found if round_.turn_rad >= LEAST_TURN_RAD)


def find_fit(bought: Solid, row: Component, other: Solid, line: Line | None = None) -> Fit | None:
    """Return the best fit of a component's bore or shaft with a pin or hole of another solid (on a line), None without.

    The component's face must have the catalogue's diameter to 0.1 mm; a printed hole may be 0.3 mm wider.
    """
    fits = []
    printed = other.body.process is ProcessName.FDM_PRINTING
    for own in list_rounds(bought.shape):
        nominal = row.bore_mm if own.is_hole else row.outer_diameter_mm
        wrong = nominal is not None and abs(own.diameter_mm - nominal) > HOLE_TOLERANCE_MM + 1e-6
        if wrong or (line is not None and not line.is_same(own.line)):
            continue
        for face in list_rounds(other.shape):
            if face.is_hole != own.is_hole and own.line.is_same(face.line):
                gap_mm = (face.diameter_mm - own.diameter_mm) * (1.0 if face.is_hole else -1.0)
                low, high = face.span(own.line)
                overlap_mm = min(high, own.high_mm) - max(low, own.low_mm)
                needed_mm = min(own.high_mm - own.low_mm, own.diameter_mm) / 2.0
                widest_mm = HOLE_TOLERANCE_MM + (PRINTED_EXTRA_MM if printed and face.is_hole else 0.0) + 1e-6
                fits.append(Fit(own.diameter_mm, gap_mm, overlap_mm, needed_mm, widest_mm))
    return min(fits, key=lambda fit: (not fit.holds, abs(fit.gap_mm), -fit.overlap_mm), default=None)


def _are_one(known: Round, new: Round) -> bool:
    same = known.is_hole == new.is_hole and abs(known.diameter_mm - new.diameter_mm) < 1e-4
    return same and known.line.is_same(new.line)


def _join(known: Round, new: Round, span: tuple[float, float]) -> float:
    """Return how far around two faces go together where they lie side by side."""
    beside = min(span[1], known.high_mm) - max(span[0], known.low_mm) > 1e-6
    return known.turn_rad + new.turn_rad if beside else 0.0
