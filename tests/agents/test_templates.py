"""Every program template runs as it stands, hands over a valid bundle, and takes exactly its own constants."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.mechanisms import MECHANISMS
from agents.program_templates import PROGRAMS, fill_template, write_literal
from schemas.bundle import AssemblyBundle, parse_bundle

ROOT = Path(__file__).parents[2]
RUNNER = """
import os, runpy, sys
for name in sys.argv[1:]:
    os.environ["WORKPIECE_OUT"] = os.path.join(os.environ["OUT"], name)
    runpy.run_path(f"agents/programs/{name}.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run every template, all in one process: the CAD libraries are imported once."""
    folder = tmp_path_factory.mktemp("programs")
    names = sorted(path.stem for path in PROGRAMS.glob("*.py"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OUT": str(folder)}
    command = [sys.executable, "-c", RUNNER, *names]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_templates_hand_over_bundles(built: Path) -> None:
    names = {path.stem for path in PROGRAMS.glob("*.py")}
    assert names > {mechanism.name for mechanism in MECHANISMS}
    for name in names:
        text = (built / name / "bundle.json").read_text()
        bundle = parse_bundle(text.encode())
        assert isinstance(bundle, AssemblyBundle)
        assert {body.geometry for body in bundle.bodies} == {path.name for path in (built / name).glob("*.brep")}


def test_templates_import_only_what_programs_may() -> None:
    allowed = ("import cadquery", "from build123d", "from math", "from workbench.authoring")
    for path in PROGRAMS.glob("*.py"):
        lines = [line for line in path.read_text().splitlines() if line.startswith(("import ", "from "))]
        assert all(line.startswith(allowed) for line in lines), path.name


def test_one_template_uses_the_other_cad_library() -> None:
    assert any("import cadquery" in path.read_text() for path in PROGRAMS.glob("*.py"))


def test_fill_template_refuses_other_constants() -> None:
    with pytest.raises(ValueError, match="constants differ"):
        fill_template("chute", {"SLOPE_DEG": 30.0})


def test_write_literal_keeps_awkward_text() -> None:
    text = 'one\n"""two\\n'
    assert eval(write_literal(text)) == text  # our own literal
    assert eval(write_literal((1.5, "a"))) == (1.5, "a")
