"""Checks and prices the parts of a design for no scene, by the processes given or whatever would be cheapest."""

from dataclasses import replace
from typing import cast

from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import AssemblyBundle, Body, Pose, ProcessName, Role
from schemas.catalogue import Catalogue
from schemas.jobs import CheckedPart, CheckParts, CheckPartsReply
from workbench.judge.appraise import appraise_alone
from workbench.kernel.loading import LoadedBundle, Solid
from workbench.kernel.measuring import measure
from workbench.manufacturing.comparing import compare_ways, list_pairs

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


def check_parts(job: CheckParts, design: LoadedBundle, catalogue: Catalogue) -> CheckPartsReply:
    """Return the ways of making every part of a design, and the appraisal of all by the cheapest of each."""
    record, parts = design.assembly, []
    chosen: dict[str, Body] = {}
    for body in record.bodies:
        if body.role is not Role.PART:
            continue
        shape = design.solids[body.id].shape
        pairs = _list_ways(job, body, catalogue)
        ways = compare_ways(body.id, shape, pairs, job.quantity, catalogue)
        size = measure(shape)
        x, y, z = size.extents_mm.tolist()
        parts.append(CheckedPart(part=body.id, size_mm=(x, y, z), volume_mm3=size.volume_mm3, ways=ways))
        made = {"process": ways[0].process, "material_id": ways[0].material_id}
        chosen[body.id] = body.model_copy(update=made)
    bodies = tuple(chosen.get(body.id, body) for body in record.bodies)
    solids = {body.id: replace(design.solids[body.id], body=body) for body in bodies}
    whole = LoadedBundle(record.model_copy(update={"bodies": bodies}), solids, design.bundle_hash)
    appraisal, reasons = appraise_alone(whole, job.quantity, catalogue)
    return CheckPartsReply(parts=tuple(parts), appraisal=appraisal, reasons=reasons)


def _list_ways(job: CheckParts, body: Body, catalogue: Catalogue) -> list[tuple[str, ProcessName]]:
    """Return pairs of material and process; those that don't go together are left out where others do."""
    materials = job.materials or (cast(str, body.material_id),)
    processes = job.processes or (cast(ProcessName, body.process),)
    return list_pairs(materials, processes, catalogue) or [(materials[0], processes[0])]
