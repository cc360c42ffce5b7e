"""Prompts as files: `version` in their front matter, a hash for every text that is sent."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agents.statement_reading import FORMS
from schemas.errors import InputError
from schemas.record import hash_bytes

FOLDER = Path(__file__).parent
AUTHORING = Path(__file__).parents[2] / "docs" / "authoring.md"
PLACES: Mapping[str, Callable[[], str]] = {
    "{{authoring}}": lambda: AUTHORING.read_text(encoding="utf-8").strip(),
    "{{statement}}": lambda: "\n".join(FORMS.values()),
}
"""Where a prompt wants the page that teaches authoring or the lines of a statement that are read, never to drift."""
_FRONT = re.compile(r"\A---\nversion: (\S+)\n---\n", re.ASCII)


@dataclass(frozen=True)
class Prompt:
    """A prompt as its file has it."""

    name: str
    version: str
    source: str

    @property
    def text(self) -> str:
        """Return it as it is sent, its places filled."""
        return fill_places(self.source)

    @property
    def sha256(self) -> str:
        """Return the hash of the text as it is sent."""
        return hash_bytes(self.text.encode())


def describe_prompts(prompts: Iterable[Prompt]) -> dict[str, object]:
    """Return version and text of prompts by name."""
    return {prompt.name: {"version": prompt.version, "text": prompt.text} for prompt in prompts}


@cache
def load_prompt(name: str, folder: Path = FOLDER) -> Prompt:
    """Return the prompt of a file `<name>.md`; raises InputError where it is missing or has no version."""
    path = folder / f"{name}.md"
    if not path.is_file():
        raise InputError(f"there is no prompt {path}")
    text = path.read_text(encoding="utf-8")
    front = _FRONT.match(text)
    if front is None:
        raise InputError(f"{path}: begin it with '---', 'version: …', '---'")
    return Prompt(name, front[1], text[front.end() :].strip())


@cache
def fill_places(source: str) -> str:
    """Return a prompt's source with what belongs into its places."""
    for place, tell in PLACES.items():
        source = source.replace(place, tell()) if place in source else source
    return source


def find_prompts(names: Sequence[str], folder: Path) -> dict[str, Prompt]:
    """Return prompts by name, those that a folder has from there, the others of this installation.

    Raises InputError where the folder has none of them.
    """
    there = {name for name in names if (folder / f"{name}.md").is_file()}
    if not there:
        raise InputError(f"there is no prompt in {folder}: it may hold {', '.join(f'{name}.md' for name in names)}")
    return {name: load_prompt(name, folder if name in there else FOLDER) for name in names}
