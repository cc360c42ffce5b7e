"""The committed XSD is the one MuJoCo gives today, types what MuJoCo prints, and refuses every wrong value of it."""

from collections.abc import Iterator

import pytest

from deployments.mjcf_schema.attribute_probe import parse_refusal, write_document
from deployments.mjcf_schema.generate import XSD_FILE, SchemaWriter
from deployments.mjcf_schema.lexical import LexicalType
from deployments.mjcf_schema.printed_schema import Path_, read_printed_elements
from workbench.mjcf.grammar import XSD_NAME
from workbench.mjcf.validate import validate_mjcf

TYPED_SHARE_MIN = 0.95


def test_xsd_file_is_what_mujoco_gives_today(generated_xsd: bytes) -> None:
    assert XSD_FILE.name == XSD_NAME
    assert XSD_FILE.read_bytes() == generated_xsd, "run python -m deployments.mjcf_schema.generate"


@pytest.mark.usefixtures("generated_xsd")
def test_xsd_types_nearly_all_printed_attributes(writer: SchemaWriter) -> None:
    printed = [(e.path, name) for e in read_printed_elements() for name in e.attributes]
    typed = [1 for path, name in printed if writer.types[path][name].name != "text"]
    assert len(printed) == 1894
    assert len(typed) / len(printed) >= TYPED_SHARE_MIN


def _mutate(name: str, kind: LexicalType) -> Iterator[tuple[str, str]]:
    """Yield attributes with values MuJoCo must refuse, or that this project does (NaN, nothing)."""
    yield f"{name}z", kind.sample
    if kind.kind == "keyword":
        yield name, f"{kind.words[0]}x"
    if kind.kind not in ("int", "real"):
        return
    yield name, " ".join(["abc"] * kind.low)
    yield name, " ".join(["nan"] * kind.low)
    yield name, " ".join(["1"] * (kind.low - 1))
    if kind.kind == "int":
        yield name, " ".join(["1.5"] * kind.low)
    if kind.high:
        yield name, " ".join(["1"] * (kind.high + 1))


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
            document = write_document(path, {**needed[path], name: kind.sample}, needed)
            if name in _find_misvalued(document) and path[1] != "extension":
                refused.append((path, name, parse_refusal(document)))
    assert refused == []


def _find_misvalued(document: str) -> set[str | None]:
    """Return the attributes whose values the XSD itself refuses; the rest needs a whole model."""
    findings = validate_mjcf(document.encode())
    return {finding.attribute for finding in findings if finding.message.startswith(f"{finding.attribute}=")}


def test_written_document_nests_every_printed_element() -> None:
    path: Path_ = ("mujoco", "(world)body", "geom")
    assert write_document(path, {"size": "1"}, {}) == (
        '<mujoco><worldbody><body name="b"><geom size="1"></geom></body></worldbody></mujoco>'
    )
