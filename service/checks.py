"""The `verify` and `judge` commands: one-shot calls of the plain functions, without a Prefect server."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.protocols import Built
from schemas.bundle import SceneBundle
from schemas.errors import InputError
from schemas.jobs import BUNDLE_FILE, MODEL_FILE, Budgets, VerifyMjcf, VerifyMjcfReply
from schemas.record import MOST_CHARACTERS
from schemas.settings import read_one_shot_settings
from schemas.verdict import VerificationReport
from service.files import read_bytes, read_text
from service.findings import print_report, print_unbuilt, print_verdict
from service.including import write_out_includes
from service.printing import print_json, print_line
from service.progress import open_shown
from steps.building import build_program, build_twice, text_of
from steps.context import RunContext
from steps.judging import judge_design
from steps.rendering import write_folder
from steps.sandboxes import require
from steps.verifying import verify_built


def verify_file(file: Path, *, as_json: bool) -> int:
    """Verify a scene program, bundle folder or MJCF file; return 0 if it is valid, else 1."""
    if not file.exists():
        raise InputError(f"{file} is not a file: check the path")
    with open_shown(read_one_shot_settings(), "verify") as context:
        report, folder = _verify(context, file)
    if as_json:
        print_json(report.model_dump(mode="json") | {"bundle_folder": folder and str(folder)})
    else:
        print_report(report)
        if folder is not None:
            print_line(f"Bundle:  {folder}")
            print_line(f"         judge a design on it: workpiece judge {folder} DESIGN.py")
    return 0 if report.passed else 1


@dataclass(frozen=True)
class Judging:
    """Whose draws a design is judged with, under which limits (None: the benchmark's), and its program's seed."""

    submission: int = 0
    certify: bool = False
    max_cost_usd: float | None = None
    max_mass_g: float | None = None
    seed: int = 0

    def limit(self, known: Budgets | None) -> Budgets | None:
        """Return the limits to judge under; raises InputError where one of the two is not known."""
        own = {"max_cost_usd": self.max_cost_usd, "max_mass_g": self.max_mass_g}
        given = {name: value for name, value in own.items() if value is not None}
        if given and known is None and len(given) < len(own):
            raise InputError("a bundle folder has no limits: give --max-cost and --max-mass, or neither")
        return Budgets.model_validate({**(known.model_dump() if known else {}), **given}) if given else known


def judge_file(benchmark: str, program: Path, judging: Judging, *, as_json: bool) -> int:
    """Judge a solution program; return 0 if it passes, else 1."""
    source = _read_program(program)
    with open_shown(read_one_shot_settings(), "judge") as context:
        scene, known, identity = _find_scene(context, benchmark)
        budgets = judging.limit(known)
        built = build_program(context, source, judging.seed, "assembly")
        draws = context.draws(identity, "verdict", judging.submission)
        if judging.certify:
            draws = context.certificate_draws(identity)
        if built.bundle_hash is not None:
            verdict = judge_design(context, scene, built, budgets, draws)
    if built.bundle_hash is None:
        unbuilt = {"passed": False, "stage": "program", "reasons": [one.model_dump() for one in built.reasons]}
        print_json(unbuilt) if as_json else print_unbuilt(built.reasons)
        return 1
    print_json(verdict) if as_json else print_verdict(verdict)
    return 0 if verdict.passed else 1


def _verify(context: RunContext, file: Path) -> tuple[VerificationReport, Path | None]:
    """Return the report on a file, and the folder of the bundle that it is about if there is one."""
    if file.is_dir():
        return verify_built(context, _read_bundle(file)), file
    if file.suffix == ".py":
        built = build_twice(context, _read_program(file), 0)
        return verify_built(context, built), _write_bundle(context, built)
    if file.suffix == ".xml":
        return _verify_mjcf(context, file), None
    raise InputError(f"{file}: expected a scene program (.py), a bundle folder, or an MJCF file (.xml)")


def _verify_mjcf(context: RunContext, file: Path) -> VerificationReport:
    written = write_out_includes(file)
    files = {MODEL_FILE: written.text.encode()}
    for asset in sorted(file.parent.glob("*")):
        if asset.suffix.lower() in (".stl", ".obj", ".msh", ".png") and asset.is_file():
            files[asset.name] = read_bytes(asset)
    return written.place(require(VerifyMjcfReply, context.call(VerifyMjcf(), files)).report)


def _write_bundle(context: RunContext, built: Built) -> Path | None:
    if built.bundle_hash is None:
        return None
    folder = context.settings.workspace.bundles_folder / built.bundle_hash[:12]
    write_folder(folder, built.files)
    return folder


def _read_bundle(folder: Path) -> Built:
    names = [path for path in sorted(folder.iterdir()) if path.suffix == ".brep" or path.name == BUNDLE_FILE]
    files = {path.name: read_bytes(path) for path in names}
    if BUNDLE_FILE not in files:
        raise InputError(f"{folder} holds no {BUNDLE_FILE}: name the folder that a scene program wrote")
    bundle = SceneBundle.from_json(files[BUNDLE_FILE])
    return Built(text_of(""), bundle.digest(), files, (), 0.0)


def _find_scene(context: RunContext, benchmark: str) -> tuple[Mapping[str, bytes], Budgets | None, str]:
    folder = Path(benchmark)
    if folder.is_dir():
        files = _read_bundle(folder).files
        return files, None, SceneBundle.from_json(files[BUNDLE_FILE]).digest()
    if folder.exists() or folder.name != benchmark:
        raise InputError(f"{benchmark} is not a folder: name one that holds a {BUNDLE_FILE}, or a benchmark's id")
    stored = context.store.find_benchmark(benchmark)
    if stored.scene_hash is None:
        raise InputError(f"benchmark {benchmark} has no scene: its program failed ({stored.report.reasons[0].code})")
    return context.store.load_bundle_files(stored.scene_hash), stored.budgets, stored.benchmark_id or stored.scene_hash


def _read_program(file: Path) -> str:
    source = read_text(file)
    if len(source) > MOST_CHARACTERS:
        raise InputError(f"{file} has {len(source)} characters: a program may have {MOST_CHARACTERS}")
    return source
