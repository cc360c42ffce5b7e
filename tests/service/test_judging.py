"""`judge` and `verify` of programs that go wrong: reasons as a table and as JSON; what is no program is told."""

import json
import re
from pathlib import Path

import pytest

from agents.procedural_generator import generate_draft
from schemas.benchmark import ItemKey
from schemas.jobs import BUNDLE_FILE
from schemas.record import MOST_CHARACTERS
from tests.records import samples
from tests.service.running import refusal, workpiece

HOSTILE = "[/x] \x1b[31m \x1b]0;t\x07 \r passed"
PAGE = (Path(__file__).parents[2] / "docs" / "authoring.md").read_text()
SCENE = generate_draft(ItemKey(family="drop_chute", seed=7, index=3)).program.source


@pytest.fixture
def scene(tmp_path: Path) -> str:
    """A bundle folder."""
    folder = tmp_path / "scene"
    folder.mkdir()
    for name, data in samples.scene_files(1).items():
        (folder / name).write_bytes(data)
    assert (folder / BUNDLE_FILE).is_file()
    return str(folder)


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        (f"raise ValueError({HOSTILE!r})", "PROGRAM_ERROR", HOSTILE),
        ("x = 1", "BUNDLE_INVALID", "the program wrote no bundle"),
        (SCENE, "BUNDLE_INVALID", "scene"),
        ("import os\nos.abort()", "PROGRAM_CRASHED", "signal 6"),
        ("", "BUNDLE_INVALID", "the program wrote no bundle"),
    ],
    ids=["raises", "saves nothing", "is a scene", "crashes", "is empty"],
)
def test_program_without_a_design_is_json_with_its_reasons(
    source: str, code: str, says: str, scene: str, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(source)
    done = workpiece(tmp_path / "workspace", "judge", scene, str(tmp_path / "program.py"), "--json")
    verdict = json.loads(done.stdout)
    assert (done.returncode, done.stderr, verdict["passed"]) == (1, "", False)
    assert [reason["code"] for reason in verdict["reasons"]] == [code]
    assert says in verdict["reasons"][0]["message"]


def test_hostile_words_of_a_program_are_shown_escaped(scene: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(f"raise ValueError({HOSTILE!r})")
    done = workpiece(tmp_path / "workspace", "judge", scene, str(tmp_path / "program.py"))
    assert (done.returncode, done.stderr) == (1, "")
    assert "ValueError: [/x] \\x1b[31m \\x1b]0;t\\x07 \\r passed" in done.stdout
    assert [c for c in done.stdout if not c.isprintable() and c != "\n"] == []


def test_path_that_is_no_folder_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "design.py").touch()
    for path in (tmp_path / "absent", tmp_path / "design.py"):
        said = refusal(workpiece(tmp_path / "workspace", "judge", str(path), str(tmp_path / "design.py")), 2)
        assert f"{path} is not a folder: name one that holds a bundle.json" in said


def test_first_design_of_the_page_solves_its_first_scene_in_the_folder_that_verify_names(tmp_path: Path) -> None:
    programs = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    scene, design = tmp_path / "scene.py", tmp_path / "design.py"
    scene.write_text(programs[0])
    design.write_text(next(program for program in programs if "Assembly" in program))
    told = workpiece(tmp_path / "workspace", "verify", str(scene))
    folder = re.findall("workpiece judge (.*) DESIGN.py\n", told.stdout)[0]
    judged = workpiece(tmp_path / "workspace", "judge", folder, str(design))
    assert (told.returncode, judged.returncode) == (0, 0), told.stdout + judged.stdout
    assert judged.stdout.startswith("PASSED\n")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.py", "x = 1", "BUNDLE_INVALID"),
        ("a.xml", "<mujoco><body/>", "SCHEMA_INVALID"),
        ("b.xml", "", "SCHEMA_INVALID"),
    ],
)
def test_scene_that_is_none_is_json_with_its_reasons(name: str, content: str, code: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    done = workpiece(tmp_path / "workspace", "verify", str(tmp_path / name), "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr, report["passed"]) == (1, "", False)
    assert [reason["code"] for check in report["checks"] for reason in check["reasons"]] == [code]


@pytest.mark.parametrize("command", ["judge", "verify"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"#" * (MOST_CHARACTERS + 1), "has 200001 characters: a program may have 200000"),
        (b"x = '\xff'", "is not UTF-8 text (invalid start byte at byte 5)"),
        (b"x = '\xed\xa0\xbd'", "is not UTF-8 text"),
        (b"\xff\xfex\0", "is not UTF-8 text"),
    ],
    ids=["too long", "latin", "lone surrogate", "utf-16"],
)
def test_file_that_is_no_program_is_told(command: str, content: bytes, says: str, scene: str, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_bytes(content)
    words = ["judge", scene] if command == "judge" else ["verify"]
    assert says in refusal(workpiece(tmp_path / "workspace", *words, str(file), "--json"), 2)
