"""Compare every way to make a solid: each process and material that takes it, with its price at a quantity."""

from collections.abc import Iterable
from decimal import Decimal

from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import CatalogueId, ProcessName
from schemas.catalogue import Catalogue
from schemas.record import Record
from workbench.manufacturing import assess_part
from workbench.manufacturing.parts import BillOfMaterials
from workbench.manufacturing.pricing import price_assembly
from workbench.manufacturing.processes import PROCESSES


class Offer(Record):
    """A process and material that make a part, with mass and price; `warnings` are the rules that it strains."""

    process: ProcessName
    material_id: CatalogueId
    mass_g: float
    unit_cost_usd: Decimal
    low_usd: Decimal
    high_usd: Decimal
    warnings: tuple[str, ...]


def compare_processes(
    solid: TopoDS_Shape, quantity: int, catalogue: Catalogue, materials: Iterable[str] | None = None
) -> tuple[Offer, ...]:
    """Return what can make a solid, the cheapest first; of these materials, or of any. Prices are without assembly."""
    named = sorted(catalogue.materials if materials is None else materials)
    pairs = [
        (name, process) for name in named for process in catalogue.materials[name].processes if process in PROCESSES
    ]
    found = []
    for name, process in pairs:
        made = assess_part("part", solid, name, process, catalogue)
        if made.priced is not None and made.mass_g is not None:
            price = price_assembly(BillOfMaterials(parts=(made.priced,)), quantity, catalogue)
            found.append(
                Offer(
                    process=process,
                    material_id=name,
                    mass_g=made.mass_g,
                    unit_cost_usd=price.unit_cost_usd,
                    low_usd=(price.low_usd or price.total_usd) / quantity,
                    high_usd=(price.high_usd or price.total_usd) / quantity,
                    warnings=tuple(finding.rule_id for finding in made.findings),
                )
            )
    return tuple(sorted(found, key=lambda offer: (offer.unit_cost_usd, offer.process, offer.material_id)))
