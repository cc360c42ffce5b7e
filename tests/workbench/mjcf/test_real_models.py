"""Files that people and the converter wrote: the validator takes what MuJoCo takes, and refuses what it refuses."""

import runpy
from collections.abc import Mapping
from pathlib import Path

import pytest
from lxml import etree

from agents.procedural_generator import generate_draft
from schemas.benchmark import ItemKey
from schemas.catalogue import Catalogue
from schemas.record import hash_bytes
from tests.workbench.mjcf import wheels
from tests.workbench.mjcf.mutations import compare
from workbench.convert import Conversion, convert
from workbench.kernel.loading import LoadedBundle, load_bundle
from workbench.mjcf.validate import validate_mjcf

ROOT = Path(__file__).parents[3]
PROGRAMS = ROOT / "tests/workbench/physics/programs"
SMALL_BYTES, EVERY = 20_000, 29


def test_validate_agrees_with_mujoco_on_every_listed_file(tmp_path: Path) -> None:
    rows = [row for row in wheels.read_list() if row.wheel == "dm_control"]
    root = wheels.open_wheel("dm_control", tmp_path)
    for row in rows:
        file = root / row.path
        assert (row.sha256, row.answer) == (hash_bytes(file.read_bytes()), wheels.ask_mujoco(file)), row.path
    assert len(rows) == 63
    assert [found for row in rows if (found := wheels.find_disagreement(row, root / row.path))] == []


def test_includes_are_written_out_as_mujoco_reads_them(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/arm.xml").write_text('<mujocoinclude><geom size="1"/><site name="a"/></mujocoinclude>')
    (tmp_path / "model.xml").write_text('<mujoco><worldbody><include file="parts/arm.xml"/></worldbody></mujoco>')
    assert wheels.ask_mujoco(tmp_path / "model.xml") == wheels.ACCEPTED
    assert validate_mjcf(etree.tostring(wheels.write_out_includes(tmp_path / "model.xml", tmp_path))) == ()
    assert "the root must be <mujoco>" in validate_mjcf((tmp_path / "parts/arm.xml").read_bytes())[0].message
    assert "Unrecognized XML model type" in wheels.ask_mujoco(tmp_path / "parts/arm.xml")


@pytest.fixture
def emitted(tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    """MJCF files with their assets, as the converter writes them for movers, drives, conveyors and motors."""

    def build(source: str) -> LoadedBundle:
        folder, program = tmp_path / hash_bytes(source.encode()), tmp_path / "program.py"
        program.write_text(source)
        monkeypatch.setenv("WORKPIECE_OUT", str(folder))
        runpy.run_path(str(program), run_name="__main__")
        loaded = load_bundle({path.name: path.read_bytes() for path in folder.iterdir()})
        assert isinstance(loaded, LoadedBundle), loaded
        return loaded

    def write(scene: str, design: str | None) -> tuple[bytes, Mapping[str, bytes]]:
        conversion = convert(build(scene), build(design) if design else None, catalogue)
        assert isinstance(conversion, Conversion), conversion
        return conversion.xml, conversion.assets

    drawn = (ItemKey(family=family, seed=7, index=0) for family in ("pendulum_hazard", "conveyor_divert"))
    stand, arm = ((PROGRAMS / f"{name}.py").read_text() for name in ("stand", "arm"))
    return [*(write(generate_draft(key).program.source, None) for key in drawn), write(stand, arm)]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_validate_refuses_the_mutations_that_mujoco_refuses_and_no_others(emitted) -> None:
    found = compare(emitted)
    assert found.refused >= 600
    assert (found.survivors, found.false_alarms) == ([], [])


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_validate_refuses_the_mutations_of_public_models(tmp_path: Path) -> None:
    root = wheels.open_wheel("dm_control", tmp_path)
    files = [file for file, path in wheels.find_files("dm_control", root) if "suite" in path]
    models = [etree.tostring(wheels.write_out_includes(file, file.parent)) for file in files]
    found = compare([(xml, {}) for xml in models if len(xml) < SMALL_BYTES], every=EVERY)
    assert found.refused >= 100
    assert len(found.survivors) <= 0.01 * found.refused, found.survivors
    assert found.false_alarms == []
