"""Tools that keep the engineer's files: every version stays in the episode's log."""

import ast
import re
from typing import Annotated

from pydantic import StringConstraints

from agents.protocols import LogEntry
from agents.tools.tool import ToolAnswer
from agents.tools.toolbox import Toolbox
from schemas.errors import InputError
from schemas.messages import Artifact
from schemas.record import MOST_CHARACTERS, hash_bytes

WorkingFile = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}\.(py|md|txt)$")]
Text = Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)]
HANDED_IN = re.compile(r"submission_\d+\.py")
"""What `agents.submitting` calls the programs that are handed in."""
MALFORMED = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What Python's own reader and writer of programs raise: faults of the text, nesting and numbers beyond its bounds."""
MODULES = ("workbench.authoring", "build123d", "cadquery", "bd_warehouse", "math")


def list_files(toolbox: Toolbox) -> ToolAnswer:
    """List your files with their newest versions."""
    return ToolAnswer({name: {"version": file.version} for name, file in sorted(toolbox.files.items())})


def read_file(toolbox: Toolbox, name: WorkingFile) -> ToolAnswer:
    """Read the newest version of a file."""
    return ToolAnswer({"name": name, "text": toolbox.read(name)})


def write_file(toolbox: Toolbox, name: WorkingFile, text: Text) -> ToolAnswer:
    """Write a file; earlier versions are kept. A solution program is a .py file."""
    return _write(toolbox, name, text)


def edit_file(toolbox: Toolbox, name: WorkingFile, old: Text, new: Text) -> ToolAnswer:
    """Replace a passage that occurs exactly once in a file."""
    text = toolbox.read(name)
    if text.count(old) != 1 or not old:
        raise InputError(f"the passage occurs {text.count(old) if old else 0} times in {name}, it must occur once")
    return _write(toolbox, name, text.replace(old, new))


def lint(toolbox: Toolbox, name: WorkingFile) -> ToolAnswer:
    """Check a program's syntax, its imports and its last line without running it."""
    try:
        tree = ast.parse(toolbox.read(name))
        last = ast.unparse(tree.body[-1]) if tree.body else ""
    except MALFORMED as error:
        return ToolAnswer({"findings": [f"{type(error).__name__}: {error}"[:400]]}, ok=False)
    imported = [a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]
    imported += [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    strange = [m for m in imported if not any(m == known or m.startswith(f"{known}.") for known in MODULES)]
    findings = [f"import of {module}: only {', '.join(MODULES)} are there" for module in strange]
    if not last.endswith(".save()"):
        findings.append("the last line must be `….save()`")
    return ToolAnswer({"findings": findings}, ok=not findings)


def outline_program(source: str) -> list[str]:
    """Return a program's functions and named values, one a line; a program that can't be read has none."""
    try:
        return [line for node in ast.parse(source).body for line in _outline(node)]
    except MALFORMED:
        return []


def _outline(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [f"{node.lineno}: def {node.name}({ast.unparse(node.args)})"]
    return [f"{node.lineno}: {ast.unparse(node)[:100]}"] if isinstance(node, ast.Assign) else []


def _write(toolbox: Toolbox, name: str, text: str) -> ToolAnswer:
    if HANDED_IN.fullmatch(name):
        raise InputError(f"the name {name} is kept for what you hand in: choose another")
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"{name} would have {len(text)} characters, the most is {MOST_CHARACTERS}")
    known, data = toolbox.files.get(name), text.encode()
    version = 1 if known is None else known.version + 1
    artifact = Artifact(name=name, version=version, sha256=hash_bytes(data))
    return ToolAnswer({"name": name, "version": version}, LogEntry((("engineer", artifact),), contents=(data,)))
