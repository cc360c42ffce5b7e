"""The schema regenerated once, and the MJCF files of dm_control's wheel with their includes written out."""

from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path

import pytest
from lxml import etree

from workbench.mjcf.generate_xsd import SchemaWriter

MODELS_MIN = 60


@pytest.fixture(scope="session")
def writer() -> SchemaWriter:
    """A schema writer that has written nothing yet."""
    return SchemaWriter()


@pytest.fixture(scope="session")
def generated_xsd(writer: SchemaWriter) -> bytes:
    """The schema, generated anew; from then on the writer knows all types."""
    return writer.write().encode()


def write_out_includes(file: Path, folder: Path) -> etree._Element:
    """Return the root of `file` with each `<include>` replaced by the content of its file; raises OSError."""
    root = etree.parse(str(file), etree.XMLParser(remove_comments=True)).getroot()
    for include in list(root.iter("include")):
        parent = include.getparent()
        assert parent is not None
        place = parent.index(include)
        parent[place : place + 1] = list(write_out_includes(folder / include.get("file", ""), folder))
    return root


def _find_listed_files() -> Iterator[Path]:
    for listed in files("dm_control") or ():
        if listed.suffix == ".xml":
            yield Path(str(listed.locate()))


@pytest.fixture(scope="session")
def real_models() -> dict[Path, bytes]:
    """Every MJCF file of dm_control's wheel, includes written out, but two whose includes are missing there."""
    models: dict[Path, bytes] = {}
    for file in _find_listed_files():
        try:
            root = write_out_includes(file, file.parent)
        except OSError:
            continue
        if root.tag == "mujoco":
            models[file] = etree.tostring(root)
    assert len(models) >= MODELS_MIN
    return models
