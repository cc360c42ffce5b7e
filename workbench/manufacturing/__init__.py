"""Can it be made, what does it weigh, what does it cost: measured on the solid itself, priced from the catalogue."""

from collections.abc import Iterable

from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue, Material, Use
from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure
from schemas.verdict import PartFinding
from workbench.kernel.solid_view import read_solid
from workbench.manufacturing.part_rules import PartRules
from workbench.manufacturing.parts import BoughtItem, PartAssessment, PricedPart
from workbench.manufacturing.processes import PROCESSES
from workbench.reasons import reason

M3_PER_MM3, G_PER_KG = 1e-9, 1e3


def assess_part(
    part: str, solid: TopoDS_Shape, material_id: str, process: ProcessName, catalogue: Catalogue
) -> PartAssessment:
    """Check, weigh and plan one part; every error finding becomes a NOT_MANUFACTURABLE reason.

    Mass is the material's density times the kernel's volume. Raises InputError for a shape without volume.
    """
    refusal = _refuse(part, material_id, process, catalogue)
    if refusal is not None:
        return PartAssessment(findings=(), reasons=(refusal,), mass_g=None, priced=None)
    material, view = catalogue.materials[material_id], read_solid(solid)
    findings, plan = PROCESSES[process].plan(view, PartRules(part, Use(process, material), catalogue))
    reasons = tuple(_to_reason(finding) for finding in findings if finding.severity == "error")
    mass_g = view.volume_mm3 * M3_PER_MM3 * material.density_kg_m3 * G_PER_KG
    priced = None
    if plan is not None and not reasons:
        priced = PricedPart(part=part, material_id=material_id, process=process, plan=plan)
    return PartAssessment(findings=tuple(findings), reasons=reasons, mass_g=mass_g, priced=priced)


def find_bought_faults(bought: Iterable[BoughtItem], catalogue: Catalogue) -> tuple[Reason, ...]:
    """Return UNKNOWN_COMPONENT for every item that the catalogue lacks or can't price or weigh."""
    reasons = []
    for item in bought:
        row = catalogue.components.get(item.component_id)
        if row is None:
            fault = catalogue.explain_absence(item.component_id)
        elif row.price_unit == "metre" and item.length_mm is None:
            fault = f"'{item.component_id}' is sold by the metre: its solid must give its length"
        else:
            continue
        reasons.append(reason(ReasonCode.UNKNOWN_COMPONENT, item.component_id, fault))
    return tuple(reasons)


def _refuse(part: str, material_id: str, process: ProcessName, catalogue: Catalogue) -> Reason | None:
    """Return why this material can't go through this process at all, None where it can."""
    mismatch = ReasonCode.PROCESS_MATERIAL_MISMATCH
    material = catalogue.materials.get(material_id)
    if material is None:
        message = f"material '{material_id}' is not in the catalogue: use {', '.join(sorted(catalogue.materials))}"
        return reason(mismatch, part, message)
    if process not in material.processes or _is_barred(material, process, catalogue):
        fitting = ", ".join(p for p in material.processes if not _is_barred(material, p, catalogue))
        return reason(mismatch, part, f"{material.name} can't be made by {process}; it takes {fitting or 'none'}")
    return None


def _is_barred(material: Material, process: ProcessName, catalogue: Catalogue) -> bool:
    rules = catalogue.find_rules(Use(process, material), "material")
    return any(material.material_id in rule.value.split("|") for rule in rules if rule.comparator == "not_in_set")


def _to_reason(finding: PartFinding) -> Reason:
    measured = Measure(name="measured", value=finding.measured, unit=finding.unit)
    limit = Measure(name="limit", value=finding.limit, unit=finding.unit)
    where = f"{finding.part}: {finding.rule_id}" + (f", face {finding.face}" if finding.face is not None else "")
    return Reason(code=ReasonCode.NOT_MANUFACTURABLE, message=finding.advice, where=where, numbers=(measured, limit))
