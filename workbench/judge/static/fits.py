"""Measures how round faces of two solids fit: pins in holes, on the kernel's cylindrical surfaces."""

from dataclasses import dataclass

from schemas.bundle import ProcessName
from schemas.catalogue import Component
from workbench.judge.static.fasteners import HOLE_TOLERANCE_MM, PRINTED_EXTRA_MM
from workbench.kernel.loading import Solid
from workbench.kernel.rounds import HELD_TURN_RAD, Line, list_rounds


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


def find_fit(bought: Solid, row: Component, other: Solid, line: Line | None = None) -> Fit | None:
    """Return the best fit of a component's bore or shaft with a pin or hole of another solid (on a line), None without.

    The component's face must have the catalogue's diameter to 0.1 mm; a printed hole may be 0.3 mm wider.
    """
    fits = []
    printed = other.body.process is ProcessName.FDM_PRINTING
    for own in list_rounds(bought.shape, HELD_TURN_RAD):
        nominal = row.bore_mm if own.is_hole else row.outer_diameter_mm
        wrong = nominal is not None and abs(own.diameter_mm - nominal) > HOLE_TOLERANCE_MM + 1e-6
        if wrong or (line is not None and not line.is_same(own.line)):
            continue
        for face in list_rounds(other.shape, HELD_TURN_RAD):
            if face.is_hole != own.is_hole and own.line.is_same(face.line):
                gap_mm = (face.diameter_mm - own.diameter_mm) * (1.0 if face.is_hole else -1.0)
                low, high = face.span(own.line)
                overlap_mm = min(high, own.high_mm) - max(low, own.low_mm)
                needed_mm = min(own.high_mm - own.low_mm, own.diameter_mm) / 2.0
                widest_mm = HOLE_TOLERANCE_MM + (PRINTED_EXTRA_MM if printed and face.is_hole else 0.0) + 1e-6
                fits.append(Fit(own.diameter_mm, gap_mm, overlap_mm, needed_mm, widest_mm))
    return min(fits, key=lambda fit: (not fit.holds, abs(fit.gap_mm), -fit.overlap_mm), default=None)
