"""Answers the jobs of a judge session: reads the bundles beside a job, calls the judge, writes reply and files."""

from functools import cache
from pathlib import Path

from schemas.bundle import SceneBundle
from schemas.catalogue import Catalogue
from schemas.errors import InputError
from schemas.jobs import (
    ASSEMBLY_PREFIX,
    SCENE_PREFIX,
    AppraiseDesign,
    AppraiseReply,
    ConvertBundle,
    ConvertReply,
    JudgeDesign,
    JudgeReply,
    MeasureDesign,
    MeasureReply,
    RenderDesign,
    RenderReply,
    Reply,
    VerifyMjcf,
    VerifyMjcfReply,
    VerifyReply,
    VerifyScene,
)
from schemas.reasons import Reason
from schemas.record import hash_bytes
from schemas.tables import load_catalogue
from workbench.convert import Conversion, convert
from workbench.geometry import LoadedBundle, load_bundle
from workbench.judge.appraise import appraise
from workbench.judge.distances import measure_design
from workbench.judge.host import read_cpu_model
from workbench.judge.judging import Case, judge, refuse
from workbench.mjcf.grammar import load_grammar
from workbench.render.pictures import render_design
from workbench.verify.mjcf import verify_mjcf
from workbench.verify.scene import verify_scene

MODEL_FILE = "model.xml"
NO_HASH = "0" * 64
JudgeJob = VerifyScene | JudgeDesign | AppraiseDesign | MeasureDesign | ConvertBundle | VerifyMjcf | RenderDesign
Loaded = LoadedBundle | tuple[Reason, ...] | None


@cache
def read_tables() -> Catalogue:
    """Return the catalogue that lies beside this package."""
    return load_catalogue(Path(__file__).parents[1] / "data")


def prepare() -> None:
    """Read what every job needs once, before any job is forked."""
    read_tables()
    read_cpu_model()
    load_grammar()


def answer(job: JudgeJob, in_dir: Path, out_dir: Path) -> Reply:
    """Answer a job whose input files lie in `in_dir`; the reply's files go to `out_dir`."""
    if isinstance(job, VerifyMjcf):
        return VerifyMjcfReply(report=verify_mjcf(_read_all(in_dir)))
    scene, design = _load(in_dir, SCENE_PREFIX), _load(in_dir, ASSEMBLY_PREFIX)
    if scene is None:
        raise InputError(f"a '{job.job}' job needs the scene bundle's files, named '{SCENE_PREFIX}<file>'")
    if isinstance(job, VerifyScene):
        return VerifyReply(report=verify_scene(scene, job.draws, read_tables()))
    if isinstance(job, JudgeDesign):
        return _judge(job, scene, design)
    if isinstance(job, AppraiseDesign):
        return _appraise(scene, design)
    if isinstance(job, MeasureDesign):
        return _measure(scene, design)
    if isinstance(job, ConvertBundle):
        return _convert(scene, design, out_dir)
    return _render(job, scene, design, out_dir)


def _load(in_dir: Path, prefix: str) -> Loaded:
    files = {name.removeprefix(prefix): data for name, data in _read_all(in_dir).items() if name.startswith(prefix)}
    return load_bundle(files) if files else None


def _read_all(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def _faults(*bundles: Loaded) -> tuple[Reason, ...]:
    return tuple(reason for bundle in bundles if isinstance(bundle, tuple) for reason in bundle)


def _judge(job: JudgeDesign, scene: Loaded, design: Loaded) -> JudgeReply:
    if not isinstance(scene, LoadedBundle) or isinstance(design, tuple):
        hashes = [bundle.bundle_hash if isinstance(bundle, LoadedBundle) else NO_HASH for bundle in (scene, design)]
        verdict = refuse(
            (hashes[0], hashes[1] if design else None, read_tables().hash), _faults(scene, design), job.draws
        )
        return JudgeReply(verdict=verdict, simulated_s=0.0)
    verdict, simulated_s = judge(Case(scene, design, job.draws, job.budgets, read_tables()))
    return JudgeReply(verdict=verdict, simulated_s=simulated_s)


def _appraise(scene: Loaded, design: Loaded) -> AppraiseReply:
    if not isinstance(scene, LoadedBundle) or not isinstance(design, LoadedBundle):
        return AppraiseReply(appraisal=None, reasons=_faults(scene, design))
    if not isinstance(scene.record, SceneBundle):
        raise InputError("the scene's files hold no scene bundle")
    appraisal, reasons = appraise(scene.record, design, None, read_tables())
    return AppraiseReply(appraisal=appraisal, reasons=reasons)


def _measure(scene: Loaded, design: Loaded) -> MeasureReply:
    if not isinstance(scene, LoadedBundle) or not isinstance(design, LoadedBundle):
        return MeasureReply(reasons=_faults(scene, design))
    return measure_design(scene, design)


def _convert(scene: Loaded, design: Loaded, out_dir: Path) -> ConvertReply:
    if not isinstance(scene, LoadedBundle) or isinstance(design, tuple):
        return ConvertReply(mjcf_sha256=None, reasons=_faults(scene, design))
    found = convert(scene, design, read_tables())
    if not isinstance(found, Conversion):
        return ConvertReply(mjcf_sha256=None, reasons=found)
    for name, data in {MODEL_FILE: found.xml, **found.assets}.items():
        (out_dir / name).write_bytes(data)
    return ConvertReply(mjcf_sha256=hash_bytes(found.xml))


def _render(job: RenderDesign, scene: Loaded, design: Loaded, out_dir: Path) -> RenderReply:
    if not isinstance(scene, LoadedBundle) or isinstance(design, tuple):
        return RenderReply(reasons=_faults(scene, design))
    pictures = render_design(job, scene, design, read_tables())
    if isinstance(pictures, tuple):
        return RenderReply(reasons=pictures)
    for name, data in pictures.items():
        (out_dir / name).write_bytes(data)
    return RenderReply()
