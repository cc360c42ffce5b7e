"""Writes down what every command shows on a terminal, of 80 × 24 and of 200 columns, for people to look at.

python -m performance.transcript FOLDER

One small workspace is made (a run of 2 benchmarks). Then every command is given as a user would, each is asked for its
help, and given a wrong id, count, or file where it takes one. `FOLDER/80.txt` and `FOLDER/200.txt` hold what was left
on the screen, where no bar is any more.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.service.running import on_terminal, workpiece

PAGE = Path(__file__).parents[1] / "docs" / "authoring.md"
SETTINGS = {"WORKPIECE_JUDGE_KEY": "00112233445566778899aabbccddeeff", "PAGER": "cat"}
COMMANDS = (
    *("run", "export", "verify", "judge", "solve", "evaluate", "optimize", "cancel", "skills", "runs", "episodes"),
    *("show", "render", "query", "deploy", "ui", "reconcile", "doctor", "mend"),
)
NAMED = (
    *(("run_id", "runs"), ("benchmark_id", "episodes"), ("episode_id", "episodes")),
    ("verdict_id", "query", "SELECT verdict_id FROM verdicts"),
)
ASKED = (
    *("SELECT family, state FROM benchmarks", "SELECT * FROM solutions", "SELECT * FROM absent"),
    "SELECT episode_id, engineer, outcome FROM episodes",
)
CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\][^\x07]*\x07|(\r)|(\n)|([^\x1b\r\n]+)")


def main() -> None:
    """Make the workspace and write both transcripts."""
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= SETTINGS
    workspace, files = folder / "workspace", write_files(folder)
    made = workpiece(workspace, "run", "--count", "2", "--seed", "7")
    if made.returncode:
        raise SystemExit(made.stderr)
    for columns in (80, 200):
        with (folder / f"{columns}.txt").open("w") as transcript:
            for words in plan(workspace, files):
                status, written = on_terminal(workspace, *words, columns=columns)
                shown = "\n".join(read_screen(written))
                print(f"$ workpiece {' '.join(words)}\n{shown}\n[status {status}]\n", file=transcript, flush=True)


def write_files(folder: Path) -> dict[str, str]:
    """Write the files that commands are given; return their paths by what they are."""
    programs = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    contents = {
        "scene.py": programs[0].encode(),
        "design.py": next(one for one in programs if "Assembly" in one).encode(),
        "fails.py": b"raise ValueError('a program that fails')",
        "latin.py": b"name = '\xe4'",
        "latin.xml": b"<mujoco model='\xe4'/>",
        "model.xml": b"<mujoco><worldbody><body><freejoint/><geom size='.1'/></body></worldbody></mujoco>",
        "fault.xml": b"<mujoco>\n<worldbody>\n<goem/>\n</worldbody>\n</mujoco>",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: str(folder / name) for name in contents}


def plan(workspace: Path, files: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield every command line, in an order in which each finds what it needs."""
    yield ("--help",)
    yield from ((command, "--help") for command in COMMANDS)
    yield from (("skills", command, "--help") for command in ("list", "show", "effect"))
    yield from refused(files)
    yield ("run", "--count", "2", "--seed", "7")
    yield from (("runs",), ("episodes",), ("skills", "list"), ("skills", "effect"), ("export",), ("doctor",), ("mend",))
    run, benchmark, episode, verdict = (find(workspace, *what) for what in NAMED)
    yield from (("show", name[:8]) for name in (run, episode, verdict))
    yield ("show", benchmark[:8].upper())
    yield from (("verify", files[name]) for name in files if name != "design.py")
    yield from (("judge", benchmark[:8], files[name]) for name in ("design.py", "fails.py", "latin.py"))
    yield ("judge", str(next((workspace / "bundles").iterdir())), files["design.py"])
    yield from (("solve", benchmark[:8]), ("evaluate", "--engineer", "reference", "--split", "all"))
    yield from (("render", benchmark[:8]), ("cancel", episode[:8]), ("reconcile",))
    yield from (("query", sql) for sql in ASKED)


def refused(files: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield what is refused: wrong ids, counts, files, words."""
    yield from ((c, "ffff") for c in ("show", "render", "cancel", "solve", "episodes"))
    yield from ((c, "no-id") for c in ("show", "render", "cancel", "solve", "episodes"))
    yield from (("judge", name, files["design.py"]) for name in ("ffff", "no-id", "/absent"))
    yield from (("judge", "ffff", "absent.py"), ("verify", "absent.py"), ("verify", "/"), ("verify", "/etc/passwd"))
    yield from (("run", "--count", word) for word in ("0", "-1", "1e3", "many"))
    yield from (("run", "--seed", "-1"), ("run", "--family", "teleporter"), ("run", "--engineer", "llm"))
    yield from (("solve", "ffff", "--seed", "x"), ("solve", "ffff", "--engineer", "nobody"))
    yield from (
        ("evaluate",),
        ("evaluate", "--engineer", "nobody"),
        ("evaluate", "--engineer", "llm", "--split", "all"),
    )
    yield from (("evaluate", "--engineer", "reference", "--split", "x"), ("optimize",), ("optimize", "--prompt", "x"))
    yield from (("query", "SELEC"), ("query", "SELECT x FROM benchmarks"), ("skills", "show", "nothing"), ("teleport",))
    yield from (("render", "ffff", "--output", "/"), (), ("--wide", "runs"))


def find(workspace: Path, column: str, *command: str) -> str:
    """Return the first value of a column of what a command says as JSON."""
    return re.findall(rf'"{column}": "([0-9a-f]+)"', workpiece(workspace, *command, "--json").stdout)[0]


def read_screen(written: str) -> list[str]:
    """Return the lines that are left on a screen, as far as this program's control sequences go."""
    lines, row, column = [""], 0, 0
    for found in CONTROL.finditer(written):
        count, kind, back, down, text = found.groups()
        if back:
            column = 0
        elif down:
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif text:
            line = lines[row].ljust(column)
            lines[row] = line[:column] + text + line[column + len(text) :]
            column += len(text)
        elif kind == "K":
            lines[row] = "" if count == "2" else lines[row][:column]
        elif kind == "A":
            row = max(0, row - int(count or 1))
    return [line.rstrip() for line in lines]


if __name__ == "__main__":
    main()
