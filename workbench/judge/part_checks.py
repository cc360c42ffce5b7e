"""Checks and prices the parts of a design for no scene, by the processes given or whatever would be cheapest."""

from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import AssemblyBundle, Body, Pose, ProcessName, Role
from schemas.catalogue import Catalogue
from schemas.jobs import CheckedPart, CheckParts, CheckPartsReply, WayOfMaking
from schemas.reasons import ReasonCode
from workbench.judge.appraise import appraise_alone
from workbench.kernel.loading import LoadedBundle, Solid
from workbench.kernel.measuring import measure
from workbench.manufacturing import assess_part
from workbench.manufacturing.parts import BillOfMaterials
from workbench.manufacturing.pricing import price_assembly
from workbench.reasons import Refused, reason_at

NO_HASH = "0" * 64


def compose_parts(solids: dict[str, TopoDS_Shape], material_id: str) -> LoadedBundle:
    """Return an assembly of parts alone, of one material; their process is a first one, to be replaced."""
    bodies = tuple(
        Body(
            id=name,
            role=Role.PART,
            geometry=f"{name}.brep",
            geometry_sha256=NO_HASH,
            pose=Pose(),
            material_id=material_id,
            process=ProcessName.CNC_MILLING,
        )
        for name in solids
    )
    record = AssemblyBundle(authoring_version="1", program_sha256=NO_HASH, seed=0, bodies=bodies)
    return LoadedBundle(record, {body.id: Solid(body, solids[body.id]) for body in bodies}, NO_HASH)


def check_parts(job: CheckParts, design: LoadedBundle, catalogue: Catalogue) -> CheckPartsReply | Refused:
    """Return the ways of making every part of a design and the appraisal of all; refuses an unknown material."""
    record, parts = design.assembly, []
    chosen: dict[str, Body] = {}
    for body in record.bodies:
        if body.role is not Role.PART:
            continue
        material_id = str(job.material_id or body.material_id)
        if material_id not in catalogue.materials:
            message = f"material '{material_id}' does not exist: name one of {', '.join(sorted(catalogue.materials))}"
            return Refused((reason_at(ReasonCode.PROCESS_MATERIAL_MISMATCH, body.id, message),))
        process = job.process or body.process
        processes = catalogue.materials[material_id].processes if process == "all" else (ProcessName(str(process)),)
        shape = design.solids[body.id].shape
        ways = [_try(body.id, shape, material_id, one, job.quantity, catalogue) for one in processes]
        ways.sort(key=_rank)
        size = measure(shape)
        x, y, z = size.extents_mm.tolist()
        parts.append(CheckedPart(part=body.id, size_mm=(x, y, z), volume_mm3=size.volume_mm3, ways=tuple(ways)))
        chosen[body.id] = body.model_copy(update={"process": ways[0].process, "material_id": material_id})
    bodies = tuple(chosen.get(body.id, body) for body in record.bodies)
    solids = {body.id: Solid(body, design.solids[body.id].shape) for body in bodies}
    whole = LoadedBundle(record.model_copy(update={"bodies": bodies}), solids, design.bundle_hash)
    appraisal, reasons = appraise_alone(whole, job.quantity, catalogue)
    return CheckPartsReply(parts=tuple(parts), appraisal=appraisal, reasons=reasons)


def _try(
    part: str, shape: TopoDS_Shape, material_id: str, process: ProcessName, quantity: int, catalogue: Catalogue
) -> WayOfMaking:
    found = assess_part(part, shape, material_id, process, catalogue)
    bill = None if found.priced is None else BillOfMaterials(parts=(found.priced,))
    return WayOfMaking(
        process=process,
        material_id=material_id,
        findings=found.findings,
        reasons=found.reasons,
        mass_g=found.mass_g,
        price=None if bill is None else price_assembly(bill, quantity, catalogue),
    )


def _rank(way: WayOfMaking) -> tuple[bool, float, int]:
    return way.price is None, float(way.price.unit_cost_usd) if way.price else 0.0, len(way.reasons)
