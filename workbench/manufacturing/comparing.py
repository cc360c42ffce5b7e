"""Compares ways to make a solid: processes and materials, with what forbids each or its price at a quantity."""

from collections.abc import Iterable

from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue
from schemas.jobs import WayOfMaking
from workbench.manufacturing import assess_part
from workbench.manufacturing.parts import BillOfMaterials, FdmPlan
from workbench.manufacturing.pricing import price_assembly


def compare_ways(
    part: str, solid: TopoDS_Shape, pairs: Iterable[tuple[str, ProcessName]], quantity: int, catalogue: Catalogue
) -> tuple[WayOfMaking, ...]:
    """Return what each pair of material and process comes to, the cheapest first; prices are of the solid alone."""
    return tuple(sorted((_try(part, solid, *pair, quantity, catalogue) for pair in pairs), key=_rank))


def list_pairs(
    materials: Iterable[str], processes: Iterable[ProcessName], catalogue: Catalogue
) -> list[tuple[str, ProcessName]]:
    """Return the pairs of these materials and processes that go together."""
    tried, rows = tuple(processes), catalogue.materials
    return [(name, one) for name in materials for one in tried if name in rows and one in rows[name].processes]


def _try(
    part: str, shape: TopoDS_Shape, material_id: str, process: ProcessName, quantity: int, catalogue: Catalogue
) -> WayOfMaking:
    found = assess_part(part, shape, material_id, process, catalogue)
    plan = None if found.priced is None else found.priced.plan
    bill = None if found.priced is None else BillOfMaterials(parts=(found.priced,))
    return WayOfMaking(
        process=process,
        material_id=material_id,
        findings=found.findings,
        reasons=found.reasons,
        mass_g=found.mass_g,
        price=None if bill is None else price_assembly(bill, quantity, catalogue),
        up=plan.up if isinstance(plan, FdmPlan) else None,
    )


def _rank(way: WayOfMaking) -> tuple[bool, float, int]:
    return way.price is None, float(way.price.unit_cost_usd) if way.price else 0.0, len(way.reasons)
