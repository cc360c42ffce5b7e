"""docs/authoring.md teaches what works: its designs come through the judge to their trials, its lists from data/."""

import inspect
import re
from pathlib import Path

import pytest

from schemas.bundle import ProcessName, SceneBundle
from schemas.catalogue_files import load_catalogue
from schemas.jobs import Draws
from tests.workbench.judge.scenes import verify_scene
from workbench import authoring
from workbench.judge.verdict import Case, judge
from workbench.kernel.loading import LoadedBundle, load_bundle

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "authoring.md"
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
CATALOGUE = load_catalogue(ROOT / "data")
SHOWN = ("screw", "nut", "ball_bearing", "shaft", "hinge", "gearmotor", "servo", "spur_gear", "compression_spring")
DRAWS = Draws(key_hex="00112233445566778899aabbccddeeff", benchmark="ab" * 32, purpose="verdict")


def write_catalogue() -> str:
    """Return the page's lists: materials by process, and the components of the commonest categories."""
    lines = []
    for process in ProcessName:
        ids = sorted(row.material_id for row in CATALOGUE.materials.values() if process in row.processes)
        lines.append(f"- `{process.value}`: {', '.join(ids)}")
    rows = CATALOGUE.components.values()
    lines.append(f"\nCategories of components: {', '.join(sorted({row.category for row in rows}))}. Of some of them:\n")
    for category in SHOWN:
        ids = [row.component_id for row in rows if row.category == category]
        lines.append(f"- {category}: {', '.join(ids)}")
    return "\n".join(lines)


def load(files) -> LoadedBundle:
    loaded = load_bundle(files)
    assert isinstance(loaded, LoadedBundle), loaded
    return loaded


def test_page_lists_the_catalogue_of_data() -> None:
    listed = PAGE.read_text().split("<!-- catalogue -->\n")[1].split("\n<!-- end of catalogue -->")[0]
    assert listed == write_catalogue()


def test_page_names_every_public_function_and_is_short() -> None:
    text = PAGE.read_text()
    methods = [n for kind in (authoring.Scene, authoring.Assembly) for n, _ in inspect.getmembers(kind, callable)]
    for name in [n for n in (*authoring.__all__, *methods) if not n.startswith("_") and n != "AUTHORING_VERSION"]:
        assert re.search(rf"\b{name}\b", text), name
    assert len(text.splitlines()) <= 350


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_page_program_holds(build, number: int) -> None:
    bundle = load(build(PROGRAMS[number]))
    if isinstance(bundle.record, SceneBundle):
        report = verify_scene(bundle, DRAWS)
        assert report.passed, report.reasons
    else:
        trial = DRAWS.model_copy(update={"purpose": "preview", "trials": 1, "must_pass": 1})
        verdict, _ = judge(Case(load(build(PROGRAMS[0])), bundle, trial, None, CATALOGUE))
        assert verdict.stage in ("simulation", "passed"), verdict.reasons
