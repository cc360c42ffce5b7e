"""Answers the jobs of a judge session: reads the bundles beside a job, calls the judge, writes reply and files."""

from pathlib import Path

from schemas import jobs
from schemas.bundle import parse_bundle
from schemas.catalogue_files import read_catalogue
from schemas.errors import InputError
from schemas.reasons import Reason
from schemas.record import hash_bytes
from schemas.verdict import VerificationReport
from workbench.components.standing import stand_components
from workbench.convert import convert
from workbench.judge.appraise import appraise
from workbench.judge.part_checks import check_parts, compose_parts
from workbench.judge.static.distances import measure_design
from workbench.judge.verdict import Case, judge, judge_unread, read_cpu_model
from workbench.kernel.loading import LoadedBundle, load_bundle
from workbench.kernel.step import read_step, write_step
from workbench.mjcf.grammar import load_grammar
from workbench.reasons import Refused
from workbench.render.drawings import draw_part
from workbench.render.pictures import render_design
from workbench.verify.mjcf import verify_mjcf
from workbench.verify.scene import verify_geometry, verify_schema, verify_simulation

NO_HASH = "0" * 64
Loaded = LoadedBundle | Refused | None


def prepare() -> None:
    """Read what every job needs once, before any job is forked."""
    read_catalogue()
    read_cpu_model()
    load_grammar()


def answer(job: jobs.JudgeJob, in_dir: Path, out_dir: Path) -> jobs.Reply:
    """Answer a job whose input files lie in `in_dir`; the reply's files go to `out_dir`."""
    if isinstance(job, jobs.VerifyMjcf):
        return jobs.VerifyMjcfReply(report=verify_mjcf(_read_all(in_dir), job.rejected))
    if isinstance(job, jobs.CheckParts):
        return _check_parts(job, in_dir, out_dir)
    scene, design = (_load(in_dir, prefix, job.rejected) for prefix in (jobs.SCENE_PREFIX, jobs.ASSEMBLY_PREFIX))
    if scene is None:
        raise InputError(f"a '{job.job}' job needs the scene bundle's files, named '{jobs.SCENE_PREFIX}<file>'")
    if isinstance(job, jobs.VerifyJob):
        return jobs.VerifyReply(job=job.job, report=_verify(job, scene, out_dir))
    return _answer_on_design(job, scene, design, in_dir, out_dir)


def _load(in_dir: Path, prefix: str, rejected: tuple[Reason, ...]) -> Loaded:
    files = {name.removeprefix(prefix): data for name, data in _read_all(in_dir).items() if name.startswith(prefix)}
    if not files:
        return None
    return Refused(rejected) if rejected else load_bundle(files)


def _buy(design: Loaded) -> Loaded:
    """Return a design with the catalogue's own solids; a judge does so itself, with all the other reasons."""
    if not isinstance(design, LoadedBundle):
        return design
    bought = stand_components(design, read_catalogue())
    return Refused(bought.faults) if bought.faults else bought.design


def _name(loaded: Loaded, file: Path, rejected: tuple[Reason, ...]) -> str:
    """Return a bundle's hash, of one that may not be loaded as well; no hash of one that can't be read."""
    if isinstance(loaded, LoadedBundle):
        return loaded.bundle_hash
    return parse_bundle(file.read_bytes()).digest() if rejected and file.exists() else NO_HASH


def _read_all(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def _faults(*bundles: Loaded) -> tuple[Reason, ...]:
    return tuple(
        dict.fromkeys(reason for bundle in bundles if isinstance(bundle, Refused) for reason in bundle.reasons)
    )


def _verify(job: jobs.VerifyJob, scene: LoadedBundle | Refused, out_dir: Path) -> VerificationReport:
    if isinstance(job, jobs.VerifyGeometry):
        return verify_geometry(scene)
    if isinstance(job, jobs.VerifySchema):
        return verify_schema(scene, read_catalogue(), (out_dir / jobs.MODEL_FILE).write_bytes)
    return verify_simulation(scene, job.draws, read_catalogue())


def _answer_on_design(job: jobs.DesignJob, scene: Loaded, design: Loaded, in_dir: Path, out_dir: Path) -> jobs.Reply:
    if isinstance(job, jobs.JudgeDesign):
        return _judge(job, scene, design, in_dir, out_dir)
    design = _buy(design)
    if isinstance(job, jobs.AppraiseDesign):
        return _appraise(scene, design)
    if isinstance(job, jobs.MeasureDesign):
        return _measure(scene, design)
    if isinstance(job, jobs.ConvertBundle):
        return _convert(scene, design, out_dir)
    return _render(job, scene, design, out_dir)


def _judge(job: jobs.JudgeDesign, scene: Loaded, design: Loaded, in_dir: Path, out_dir: Path) -> jobs.JudgeReply:
    if not isinstance(scene, LoadedBundle) or isinstance(design, Refused):
        files = (in_dir / f"{prefix}{jobs.BUNDLE_FILE}" for prefix in (jobs.SCENE_PREFIX, jobs.ASSEMBLY_PREFIX))
        hashes = [_name(*found, job.rejected) for found in zip((scene, design), files, strict=True)]
        verdict = judge_unread(
            (hashes[0], hashes[1] if design else None, read_catalogue().hash), _faults(scene, design), job.draws
        )
        return jobs.JudgeReply(verdict=verdict, simulated_s=0.0)
    case = Case(scene, design, job.draws, job.budgets, read_catalogue())
    verdict, simulated_s = judge(case, (out_dir / jobs.MODEL_FILE).write_bytes)
    return jobs.JudgeReply(verdict=verdict, simulated_s=simulated_s)


def _appraise(scene: Loaded, design: Loaded) -> jobs.AppraiseReply:
    if not isinstance(scene, LoadedBundle) or not isinstance(design, LoadedBundle):
        return jobs.AppraiseReply(appraisal=None, reasons=_faults(scene, design))
    appraisal, reasons = appraise(scene.scene, design, None, read_catalogue())
    return jobs.AppraiseReply(appraisal=appraisal, reasons=reasons)


def _check_parts(job: jobs.CheckParts, in_dir: Path, out_dir: Path) -> jobs.CheckPartsReply:
    """Answer for a STEP file, or for the assembly bundle where there is none."""
    if job.rejected:
        return jobs.CheckPartsReply(reasons=job.rejected)
    solids = read_step(file) if (file := in_dir / jobs.STEP_FILE).exists() else None
    design = _buy(_load(in_dir, jobs.ASSEMBLY_PREFIX, ())) if solids is None else solids
    if isinstance(design, dict):
        design = compose_parts(design, job.materials[0])
    if isinstance(design, Refused):
        return jobs.CheckPartsReply(reasons=design.reasons)
    if design is None:
        raise InputError(f"a '{job.job}' job needs '{jobs.STEP_FILE}' or an assembly bundle's files")
    found = check_parts(job, design, read_catalogue())
    for part in found.parts:
        drawing = draw_part(design.solids[part.part].shape, part.ways[0].findings)
        (out_dir / f"drawing_{part.part}.svg").write_bytes(drawing)
    if job.step:
        write_step({name: solid.shape for name, solid in design.solids.items()}, out_dir / "parts.step")
    return found


def _measure(scene: Loaded, design: Loaded) -> jobs.MeasureReply:
    if not isinstance(scene, LoadedBundle) or not isinstance(design, LoadedBundle):
        return jobs.MeasureReply(reasons=_faults(scene, design))
    return measure_design(scene, design)


def _convert(scene: Loaded, design: Loaded, out_dir: Path) -> jobs.ConvertReply:
    if not isinstance(scene, LoadedBundle) or isinstance(design, Refused):
        return jobs.ConvertReply(mjcf_sha256=None, reasons=_faults(scene, design))
    found = convert(scene, design, read_catalogue())
    if isinstance(found, Refused):
        return jobs.ConvertReply(mjcf_sha256=None, reasons=found.reasons)
    for name, data in {jobs.MODEL_FILE: found.xml, **found.assets}.items():
        (out_dir / name).write_bytes(data)
    return jobs.ConvertReply(mjcf_sha256=hash_bytes(found.xml))


def _render(job: jobs.RenderDesign, scene: Loaded, design: Loaded, out_dir: Path) -> jobs.RenderReply:
    if not isinstance(scene, LoadedBundle) or isinstance(design, Refused):
        return jobs.RenderReply(reasons=_faults(scene, design))
    pictures = render_design(job, scene, design, read_catalogue())
    if isinstance(pictures, Refused):
        return jobs.RenderReply(reasons=pictures.reasons)
    for name, data in pictures.items():
        (out_dir / name).write_bytes(data)
    if job.film and design is not None:
        write_step({name: solid.shape for name, solid in design.solids.items()}, out_dir / "design.step")
    return jobs.RenderReply()
