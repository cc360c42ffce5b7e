"""Measures checking and pricing in all seven processes, and shows at which quantity which process wins.

`part_seconds_max` is the slowest process on a part of about 200 faces, `assembly_seconds` ten parts with everything.
"""

import sys
import time
from collections.abc import Iterator
from itertools import pairwise

from build123d import (
    Axis,
    Box,
    Cylinder,
    Part,
    Polyline,
    Pos,
    Rectangle,
    RectangleRounded,
    Rot,
    extrude,
    fillet,
    make_face,
)

from performance.printing import Figure, print_figures
from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue
from schemas.catalogue_files import read_catalogue
from schemas.jobs import WayOfMaking
from workbench.manufacturing import assess_part
from workbench.manufacturing.comparing import compare_ways, list_pairs
from workbench.manufacturing.parts import BillOfMaterials
from workbench.manufacturing.pricing import CURVE, price_assembly

MOST_PART_SECONDS, MOST_ASSEMBLY_SECONDS = 1.0, 3.0
SAMPLES = {
    ProcessName.CNC_MILLING: "al_6061_t6",
    ProcessName.CNC_TURNING: "brass_360",
    ProcessName.FDM_PRINTING: "pla",
    ProcessName.SLS_PRINTING: "pa12",
    ProcessName.INJECTION_MOLDING: "abs",
    ProcessName.LASER_CUTTING: "al_5052_h32",
    ProcessName.SHEET_METAL_BENDING: "al_5052_h32",
}


def build_grid() -> Part:
    """Return a block with 24 round-cornered pockets and 16 holes: 222 faces."""
    pockets = [
        Pos(x * 24, y * 24, 5) * extrude(RectangleRounded(16, 16, 3), 12) for x in range(-3, 3) for y in range(-2, 2)
    ]
    holes = [Pos(x * 18 - 12, y * 32 - 12, 0) * Cylinder(2, 20) for x in range(-3, 5) for y in (-1, 2)]
    return Box(160, 120, 20) - pockets - holes


def build_angle(long: float = 60, short: float = 40, thick: float = 2, radius: float = 2, width: float = 50) -> Part:
    """Return an angle bracket that unfolds."""
    corners = [(0, 0), (long, 0), (long, thick), (thick, thick), (thick, short), (0, short)]
    raw = extrude(make_face(Polyline(*corners, close=True)), width)
    inner = fillet(raw.edges().filter_by(Axis.Z).sort_by_distance((thick, thick, width / 2))[:1], radius)
    return fillet(inner.edges().filter_by(Axis.Z).sort_by_distance((0, 0, width / 2))[:1], radius + thick)


def build_tray(wall: float = 2.0) -> Part:
    """Return an open tray with walls that lean 2 degrees outwards."""
    outer = extrude(Rectangle(80, 60), amount=25, taper=-2)
    return outer - Pos(0, 0, wall) * extrude(Rectangle(80 - 2 * wall, 60 - 2 * wall), amount=25, taper=-2)


def build_parts() -> dict[str, Part]:
    """Return five parts as a shop sees them."""
    clevis = extrude(RectangleRounded(50, 30, 4), 20) - Pos(0, 0, 12) * Box(60, 10, 17)
    return {
        "bracket": build_angle(),
        "plate": Box(100, 60, 3) - [Pos(x, 0, 0) * Cylinder(3, 3) for x in (-35, 35)],
        "tray": build_tray(),
        "knob": Cylinder(15, 12) + Pos(0, 0, 12) * Cylinder(8, 12) - Cylinder(3, 80),
        "metal clevis": clevis - Pos(0, 0, 13) * Rot(90, 0, 0) * Cylinder(3, 60),
    }


def time_processes(part: Part, catalogue: Catalogue) -> Iterator[tuple[ProcessName, float]]:
    """Yield the CPU seconds that each process takes to check and price a part, warm."""
    for process, material in SAMPLES.items():
        assess_part("part", part.wrapped, material, process, catalogue)
        started = time.process_time()
        made = assess_part("part", part.wrapped, material, process, catalogue)
        if made.priced is not None:
            price_assembly(BillOfMaterials(parts=(made.priced,)), 100, catalogue)
        yield process, time.process_time() - started


def time_assembly(catalogue: Catalogue) -> float:
    """Return the CPU seconds for ten parts, checked, weighed and priced together."""
    made = [*build_parts().values()] * 2
    natural = [
        ProcessName.SHEET_METAL_BENDING, ProcessName.LASER_CUTTING, ProcessName.INJECTION_MOLDING,
        ProcessName.CNC_TURNING, ProcessName.FDM_PRINTING,
    ] * 2  # fmt: skip
    started = time.process_time()
    found = [
        assess_part(f"part_{n}", part.wrapped, SAMPLES[process], process, catalogue).priced
        for n, (part, process) in enumerate(zip(made, natural, strict=True))
    ]
    price_assembly(BillOfMaterials(parts=tuple(part for part in found if part is not None)), 100, catalogue)
    return time.process_time() - started


def find_winners(name: str, part: Part, catalogue: Catalogue) -> list[WayOfMaking]:
    """Return the cheapest way at 1, 10, 100, 1,000 and 10,000 pieces; of metal alone where the name says so."""
    metals = [row.material_id for row in catalogue.materials.values() if "metal" in row.material_class]
    pairs = list_pairs(metals if name.startswith("metal") else sorted(catalogue.materials), ProcessName, catalogue)
    return [compare_ways("part", part.wrapped, pairs, quantity, catalogue)[0] for quantity in CURVE]


def main() -> int:
    """Measure and print."""
    catalogue = read_catalogue()
    seconds = dict(time_processes(build_grid(), catalogue))
    slowest, total = max(seconds.values()), time_assembly(catalogue)
    figures = [
        Figure("part_seconds_max", slowest, "s", MOST_PART_SECONDS, slowest / MOST_PART_SECONDS),
        Figure("assembly_seconds", total, "s", MOST_ASSEMBLY_SECONDS, total / MOST_ASSEMBLY_SECONDS),
        *(Figure(f"part_seconds_{process.value}", value, "s") for process, value in seconds.items()),
    ]
    flips, won = 0, set[ProcessName]()
    for name, part in build_parts().items():
        winners = find_winners(name, part, catalogue)
        won |= {winner.process for winner in winners}
        flips += sum(one.process is not two.process for one, two in pairwise(winners))
        if "--json" not in sys.argv:
            costs = [winner.price.unit_cost_usd for winner in winners if winner.price is not None]
            told = (f"{q}: {w.process.value} {c:.2f}" for q, w, c in zip(CURVE, winners, costs, strict=True))
            print(f"{name:12} {'; '.join(told)}", flush=True)
    ends = [Figure("process_flips", flips, "over 5 parts"), Figure("processes_that_win", len(won), "of 7")]
    print_figures([*figures, *ends])
    return 0


if __name__ == "__main__":
    sys.exit(main())
