"""A previewer in this process: the same builder and judge as in the sandbox, without its walls."""

import os
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.procedural_generator import generate_draft
from agents.protocols import Built, Problem
from schemas.benchmark import ItemKey, ProgramText
from schemas.bundle import SceneBundle, parse_bundle
from schemas.catalogue_files import load_catalogue
from schemas.jobs import CheckParts, CheckPartsReply, Draws
from schemas.record import hash_bytes
from schemas.verdict import Verdict

KEY = "00112233445566778899aabbccddeeff"
DATA = Path(__file__).parents[2] / "data"


def run_program(source: str, folder: Path) -> Built:
    """Run a program and read its bundle."""
    out = folder / hash_bytes(source.encode())
    program = folder / "program.py"
    program.write_text(source, encoding="utf-8")
    os.environ["WORKPIECE_OUT"] = str(out)
    runpy.run_path(str(program), run_name="__main__")
    bundle = parse_bundle((out / "bundle.json").read_bytes())
    files = {path.name: path.read_bytes() for path in out.iterdir()}
    text = ProgramText(source=source, sha256=hash_bytes(source.encode()))
    return Built(text, bundle.digest(), files, (), 0.0)


class LocalPreviewer:
    """Implements Previewer by calling builder and judge directly."""

    def __init__(self, scene: Built, folder: Path) -> None:
        from workbench.kernel.loading import load_bundle

        self.folder, self.scene, self.catalogue = folder, load_bundle(scene.files), load_catalogue(DATA)

    def build(self, program: str) -> Built:
        return run_program(program, self.folder)

    def simulate(self, design: Built, trials: int, draw: int) -> Verdict:
        from workbench.judge.verdict import Case, judge
        from workbench.kernel.loading import load_bundle

        draws = Draws(
            key_hex=KEY,
            benchmark=self.scene.bundle_hash,
            purpose="preview",
            submission=draw,
            trials=trials,
            must_pass=trials,
            stop_early=True,
        )
        return judge(Case(self.scene, load_bundle(design.files), draws, None, self.catalogue))[0]

    def check_parts(self, design: Built, job: CheckParts) -> CheckPartsReply:
        from workbench.judge.part_checks import check_parts
        from workbench.kernel.loading import load_bundle

        return check_parts(job, load_bundle(design.files), self.catalogue)


@pytest.fixture
def problem_of(tmp_path: Path) -> Callable[[str, int], tuple[Problem, LocalPreviewer]]:
    """Return the problem and the previewer of a generated item."""

    def make(family: str, index: int) -> tuple[Problem, LocalPreviewer]:
        scene = run_program(generate_draft(ItemKey(family=family, seed=7, index=index)).program.source, tmp_path)
        previewer = LocalPreviewer(scene, tmp_path)
        record = previewer.scene.record
        assert isinstance(record, SceneBundle)
        return Problem(record, record.task.statement), previewer

    return make
