"""MJCF files that include others: written out as MuJoCo does it, each line known by its file; faults are one line."""

from pathlib import Path

import pytest

from schemas.errors import InputError
from schemas.reasons import Reason, ReasonCode
from schemas.verdict import CheckReport, VerificationReport
from service.including import MOST_FILES, write_out_includes

ARM = "<?xml version='1.0'?>\n<mujocoinclude a='>'>\n  <body/>\n</mujocoinclude>\n"


def write(folder: Path, **files: str) -> Path:
    """Write files; return the first."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.xml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder / f"{next(iter(files))}.xml"


def test_includes_are_written_out_with_the_place_of_each_line(tmp_path: Path) -> None:
    main = "<mujoco>\n<!-- <include file='no'/> -->\n<a><include file='parts/arm.xml'></include><b/></a>\n</mujoco>"
    written = write_out_includes(write(tmp_path, main=main, parts__arm=ARM))
    lines = [(o, line) for o, line in zip(written.origins, written.lines, strict=True) if line.strip()]
    assert lines[2:] == [
        *(("main.xml:3", "<a>"), ("parts/arm.xml:3", "  <body/>")),
        *(("main.xml:3", "<b/></a>"), ("main.xml:4", "</mujoco>")),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<mujoco>\n<body/></mujoco>",
        "no XML",
        "",
        "<?xml version='1.0' encoding='x'?><a/>",
        "<!DOCTYPE a><a><include file='b'/></a>",
    ],
)
def test_what_includes_nothing_stays_as_it_is(text: str, tmp_path: Path) -> None:
    assert write_out_includes(write(tmp_path, main=text)).text == text


def include(name: str) -> str:
    return f"<mujoco>\n<include file='{name}'/></mujoco>"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"main": include("../up.xml")}, "main.xml:2: <include> of ../up.xml leaves the folder of the model"),
        ({"main": include("/etc/passwd")}, "leaves the folder of the model"),
        ({"main": include("absent.xml")}, "main.xml:2: <include> of absent.xml: there is no such file in"),
        ({"main": include("main.xml")}, "includes this"),
        ({"main": include("a.xml"), "a": include("b.xml"), "b": include("a.xml")}, "b.xml:2: <include> of a.xml"),
        ({"main": include("a.xml"), "a": "<a>\n<b></a>"}, "a.xml:2: this is not XML"),
        ({"main": include("a.xml"), "a": "<!DOCTYPE a><a/>"}, "a.xml:1: this is not XML (a DOCTYPE is refused)"),
        ({"main": "<mujoco><include/></mujoco>"}, "main.xml:1: <include> names no file"),
    ],
)  # fmt: skip
def test_include_that_cannot_be_is_refused_with_its_place(files: dict[str, str], says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        write_out_includes(write(tmp_path, **files))
    assert says in str(refused.value) and "\n" not in str(refused.value)


def test_chain_of_files_has_an_end(tmp_path: Path) -> None:
    chain = {f"f{n}": include(f"f{n + 1}.xml") for n in range(MOST_FILES + 1)}
    with pytest.raises(InputError, match="more than 100 files"):
        write_out_includes(write(tmp_path, **chain))


def test_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "arm.xml").symlink_to(write(tmp_path, secret=ARM))
    with pytest.raises(InputError, match="leaves the folder"):
        write_out_includes(write(tmp_path / "model", main=include("arm.xml")))


def test_reasons_name_file_and_line(tmp_path: Path) -> None:
    written = write_out_includes(write(tmp_path, main=include("arm.xml"), arm=ARM))
    line = written.lines.index("  <body/>") + 1
    reason = Reason(code=ReasonCode.SCHEMA_INVALID, where=f"line {line}, <body>", message=f"id 1, line {line}; line 99")
    check = CheckReport(number=5, name="model", passed=False, reasons=(reason,))
    placed = written.place(VerificationReport(passed=False, checks=(check,), scene_hash=None)).reasons[0]
    assert (placed.where, placed.message) == ("arm.xml:3, <body>", "id 1, arm.xml:3; line 99")
