"""The committed XSD is the one MuJoCo gives today, types what MuJoCo prints, and refuses every wrong value of it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.mjcf.attribute_probe import AttributeType, parse_refusal, write_document
from workbench.mjcf.generate_xsd import XSD_FILE, SchemaWriter, report_drift, write_sample
from workbench.mjcf.grammar import XSD_NAME
from workbench.mjcf.printed_schema import Path_, read_printed_elements
from workbench.mjcf.validate import validate_mjcf

TYPED_SHARE_MIN = 0.95
SURVIVING_SHARE_MAX = 0.01


def test_xsd_file_is_what_mujoco_gives_today(generated_xsd: bytes) -> None:
    assert XSD_FILE.name == XSD_NAME
    assert report_drift(XSD_FILE, generated_xsd) == 0


def test_report_drift_names_the_command_that_mends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.xsd").write_bytes(b"old")
    assert report_drift(tmp_path / "old.xsd", b"new") == report_drift(tmp_path / "missing.xsd", b"new") == 1
    assert "old.xsd is out of date: run python -m workbench.mjcf.generate_xsd" in capsys.readouterr().err


@pytest.mark.slow
def test_generate_command_finds_no_drift() -> None:
    command = [sys.executable, "-m", "workbench.mjcf.generate_xsd", "--check"]
    assert subprocess.run(command, check=False, cwd=XSD_FILE.parents[2], timeout=120).returncode == 0


@pytest.mark.usefixtures("generated_xsd")
def test_xsd_types_nearly_all_printed_attributes(writer: SchemaWriter) -> None:
    printed = [(e.path, name) for e in read_printed_elements() for name in e.attributes]
    typed = [1 for path, name in printed if writer.name_type(path, name) != "text"]
    assert len(printed) == 1894
    assert len(typed) / len(printed) >= TYPED_SHARE_MIN


def _mutate(name: str, kind: AttributeType) -> Iterator[tuple[str, str]]:
    """Yield attributes with values MuJoCo must refuse, or that this project does (NaN, nothing)."""
    yield f"{name}z", write_sample(kind)
    if kind.words:
        yield name, f"{kind.words[0]}x"
    if kind.kind not in ("int", "real"):
        return
    yield name, " ".join(["abc"] * kind.length_min)
    yield name, " ".join(["nan"] * kind.length_min)
    yield name, " ".join(["1"] * (kind.length_min - 1))
    if kind.kind == "int":
        yield name, " ".join(["1.5"] * kind.length_min)
    if kind.length_max:
        yield name, " ".join(["1"] * (kind.length_max + 1))


@pytest.mark.usefixtures("generated_xsd")
def test_validate_refuses_a_wrong_value_of_every_attribute(writer: SchemaWriter) -> None:
    survivors, mutations = [], 0
    needed = writer.needed
    for path, types in writer.types.items():
        for name, kind in types.items():
            for wrong_name, wrong_value in _mutate(name, kind):
                document = write_document(path, {**needed[path], wrong_name: wrong_value}, needed)
                found = {finding.attribute for finding in validate_mjcf(document.encode())}
                mutations += 1
                if wrong_name not in found and not ("plugin" in path and found):
                    survivors.append((path, wrong_name, wrong_value))
    assert mutations >= 6000
    assert survivors == []


@pytest.mark.usefixtures("generated_xsd")
def test_validate_accepts_a_right_value_of_every_attribute(writer: SchemaWriter) -> None:
    needed = writer.needed
    refused = []
    for path, types in writer.types.items():
        for name, kind in types.items():
            document = write_document(path, {**needed[path], name: write_sample(kind)}, needed)
            if name in _find_misvalued(document) and path[1] != "extension":
                refused.append((path, name, parse_refusal(document)))
    assert refused == []


def _find_misvalued(document: str) -> set[str | None]:
    """Return the attributes that the XSD itself refuses; references need a whole model to resolve."""
    findings = validate_mjcf(document.encode())
    return {finding.attribute for finding in findings if finding.attribute and "there is no" not in finding.message}


def test_written_document_nests_every_printed_element() -> None:
    path: Path_ = ("mujoco", "(world)body", "geom")
    assert write_document(path, {"size": "1"}, {}) == (
        '<mujoco><worldbody><body name="b"><geom size="1"></geom></body></worldbody></mujoco>'
    )
