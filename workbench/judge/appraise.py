"""Appraises a design at rest: can every part be made, what does it cost at the scene's quantity, what does it weigh."""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import AssemblyBundle, Body, Coupling, Role, SceneBundle
from schemas.catalogue import Catalogue
from schemas.components import Belt, Pulley
from schemas.jobs import Budgets
from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure
from schemas.verdict import Appraisal, BodyMass
from workbench.convert.reach import read_line
from workbench.judge.static.couplings import belt_length_mm
from workbench.kernel.loading import LoadedBundle
from workbench.kernel.measuring import measure_extents
from workbench.manufacturing import assess_part, find_bought_faults
from workbench.manufacturing.parts import BillOfMaterials, BoughtItem, PartAssessment, PricedPart
from workbench.manufacturing.pricing import price_assembly, weigh_bought
from workbench.reasons import reason


def appraise(
    scene: SceneBundle, design: LoadedBundle, budgets: Budgets | None, catalogue: Catalogue
) -> tuple[Appraisal, tuple[Reason, ...]]:
    """Return findings, price and mass with every reason why the design can't be made or breaks its budgets."""
    appraisal, reasons = appraise_alone(design, scene.task.target_quantity, catalogue)
    parts = [body for body in design.assembly.bodies if body.role is Role.PART]
    return appraisal, (*reasons, *_find_forbidden(scene, parts), *_find_excess(appraisal, budgets))


def appraise_alone(design: LoadedBundle, quantity: int, catalogue: Catalogue) -> tuple[Appraisal, tuple[Reason, ...]]:
    """Return findings, price and mass of a design for any scene, with every reason why it can't be made.

    The price is None where something can't be priced.
    """
    record = design.assembly
    parts = [body for body in record.bodies if body.role is Role.PART]
    assessments = [_assess(body, design, catalogue) for body in parts]
    bought = _list_bought(record, design, catalogue)
    reasons = [reason for found in assessments for reason in found.reasons]
    reasons += find_bought_faults(bought, catalogue)
    unknown = {reason.where for reason in find_bought_faults(bought, catalogue)}
    masses = [_weigh(body, design, found) for body, found in zip(parts, assessments, strict=True)]
    masses += [
        BodyMass(body=f"{item.count} x {item.component_id}"[:400], mass_g=item.count * weigh_bought(item, catalogue))
        for item in bought
        if item.component_id not in unknown
    ]
    priced = [
        (design.solids[found.priced.part].shape, found.priced) for found in assessments if found.priced is not None
    ]
    price = None
    if len(priced) == len(parts) and not unknown:
        fasteners, joints = sum(len(link.fasteners) for link in record.attachments), len(record.joints)
        bill = BillOfMaterials(parts=_merge_twins(priced), bought=bought, fastener_count=fasteners, joint_count=joints)
        price = price_assembly(bill, quantity, catalogue)
    findings = tuple(finding for found in assessments for finding in found.findings)
    mass_g = float(sum(mass.mass_g for mass in masses))
    appraisal = Appraisal(findings=findings, price=price, masses=tuple(masses), mass_g=mass_g)
    return appraisal, tuple(reasons)


def _merge_twins(made: Iterable[tuple[TopoDS_Shape, PricedPart]]) -> tuple[PricedPart, ...]:
    """Return the parts, those that are one solid in several places once: they share programs, set-ups and moulds."""
    kept: list[tuple[TopoDS_Shape, PricedPart]] = []
    for shape, part in made:
        for place, (known, twin) in enumerate(kept):
            alike = (twin.material_id, twin.process) == (part.material_id, part.process)
            if alike and known.IsPartner(shape) and _is_mirrored(known) == _is_mirrored(shape):
                kept[place] = (known, twin.model_copy(update={"count": twin.count + 1}))
                break
        else:
            kept.append((shape, part))
    return tuple(part for _, part in kept)


def _is_mirrored(shape: TopoDS_Shape) -> bool:
    return bool(shape.Location().Transformation().IsNegative())


def _assess(body: Body, design: LoadedBundle, catalogue: Catalogue) -> PartAssessment:
    if body.process is None or body.material_id is None:
        raise ValueError(f"part '{body.id}' has no process or material")
    return assess_part(body.id, design.solids[body.id].shape, body.material_id, body.process, catalogue)


def _weigh(body: Body, design: LoadedBundle, found: PartAssessment) -> BodyMass:
    x, y, z = measure_extents(design.solids[body.id].shape, np.eye(3)).tolist()
    return BodyMass(
        body=body.id,
        mass_g=found.mass_g or 0.0,
        process=body.process,
        material_id=body.material_id,
        size_mm=(x, y, z),
    )


def _list_bought(record: AssemblyBundle, design: LoadedBundle, catalogue: Catalogue) -> tuple[BoughtItem, ...]:
    """Return every bought piece: component bodies, fasteners, springs and belts."""
    screws = Counter(fastener.component_id for link in record.attachments for fastener in link.fasteners)
    items = [BoughtItem(component_id=name, count=count) for name, count in sorted(screws.items())]
    for body in record.bodies:
        if body.component_id is not None:
            length_mm = design.solids[body.id].length_mm
            items.append(BoughtItem(component_id=body.component_id, count=1, length_mm=length_mm))
    items += [BoughtItem(component_id=spring.component_id, count=1) for spring in record.springs]
    items += [item for coupling in record.couplings for item in _list_belts(coupling, record, catalogue)]
    return tuple(items)


def _list_belts(coupling: Coupling, record: AssemblyBundle, catalogue: Catalogue) -> Iterator[BoughtItem]:
    """Yield the belts of a coupling, which have no body, with the length that its pulleys need."""
    lines = {joint.id: read_line(joint) for joint in record.joints}
    rows = [catalogue.components[name] for name in coupling.components if name in catalogue.components]
    pulleys = [row for row in rows if isinstance(row, Pulley)]
    for row in rows:
        if isinstance(row, Belt):
            centre_mm = lines[coupling.joint_a].offset_mm(lines[coupling.joint_b])
            length = belt_length_mm(pulleys[0], pulleys[-1], centre_mm) if pulleys else None
            yield BoughtItem(component_id=row.component_id, count=1, length_mm=length)


def _find_forbidden(scene: SceneBundle, parts: list[Body]) -> list[Reason]:
    """Return the parts whose process or material the task does not allow."""
    found = []
    for body in parts:
        for kind, given, allowed in (
            ("process", body.process, scene.task.allowed_processes),
            ("material", body.material_id, scene.task.allowed_materials),
        ):
            if given not in allowed:
                message = f"part '{body.id}': {kind} '{given}' is not allowed here, use one of {', '.join(allowed)}"
                found.append(reason(ReasonCode.PROCESS_MATERIAL_MISMATCH, body.id, message))
    return found


def _find_excess(appraisal: Appraisal, budgets: Budgets | None) -> list[Reason]:
    found: list[Reason] = []
    if budgets is None:
        return found
    pairs = [(ReasonCode.OVER_MASS, "mass", appraisal.mass_g, budgets.max_mass_g, "g")]
    if appraisal.price is not None:
        cost = float(appraisal.price.unit_cost_usd)
        pairs.append((ReasonCode.OVER_COST, "unit cost", cost, budgets.max_cost_usd, "USD"))
    for code, name, value, limit, unit in pairs:
        if value > limit:
            message = f"the {name} of {value:.2f} {unit} exceeds the budget of {limit:.2f} {unit}"
            numbers = (Measure(name=name, value=value, unit=unit), Measure(name="limit", value=limit, unit=unit))
            found.append(Reason(code=code, message=message, numbers=numbers))
    return found
