"""Prompts as files: `version` in their front matter, a hash for every text that is sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from schemas.errors import InputError
from schemas.record import hash_bytes

FOLDER = Path(__file__).parent
AUTHORING = Path(__file__).parents[2] / "docs" / "authoring.md"
PLACE = "{{authoring}}"
"""Where a prompt wants the page that teaches authoring, whole, so that it can't drift from it."""
_FRONT = re.compile(r"\A---\nversion: (\S+)\n---\n", re.ASCII)


@dataclass(frozen=True)
class Prompt:
    """A prompt as it is sent."""

    name: str
    version: str
    text: str

    @property
    def sha256(self) -> str:
        """Return the hash of the text as it is sent."""
        return hash_bytes(self.text.encode())


@cache
def load_prompt(name: str, folder: Path = FOLDER) -> Prompt:
    """Return the prompt of a file `<name>.md`; raises InputError where it is missing or has no version."""
    version, body = _read(name, folder)
    if PLACE in body:
        body = body.replace(PLACE, AUTHORING.read_text(encoding="utf-8").strip())
    return Prompt(name, version, body)


def find_prompts(names: Sequence[str], folder: Path) -> dict[str, Prompt]:
    """Return prompts by name, those that a folder has from there, the others of this installation.

    Raises InputError where the folder has none of them.
    """
    there = {name for name in names if (folder / f"{name}.md").is_file()}
    if not there:
        raise InputError(f"there is no prompt in {folder}: it may hold {', '.join(f'{name}.md' for name in names)}")
    return {name: load_prompt(name, folder if name in there else FOLDER) for name in names}


def load_source(name: str, folder: Path = FOLDER) -> str:
    """Return a prompt as its file has it, without the page of authoring in its place."""
    return _read(name, folder)[1]


def _read(name: str, folder: Path) -> tuple[str, str]:
    """Return version and text of a file."""
    path = folder / f"{name}.md"
    if not path.is_file():
        raise InputError(f"there is no prompt {path}")
    text = path.read_text(encoding="utf-8")
    front = _FRONT.match(text)
    if front is None:
        raise InputError(f"{path}: begin it with '---', 'version: …', '---'")
    return front[1], text[front.end() :].strip()
