"""Reads the names, nesting and cardinality of MJCF elements from what MuJoCo prints and its reference adds."""

import re
from dataclasses import dataclass
from pathlib import Path

import mujoco

BODY = "(world)body"
"""The name under which MuJoCo prints `worldbody` and `body` as one element."""

META_ELEMENTS = ("frame", "replicate")
"""Elements the parser expands before it applies the printed schema; `include` is left out on purpose: it is refused."""

_ELEMENT = re.compile(r"^( *)(\S+) \((.)\)\s*(.*)$")
_INDENT_COLUMNS = 3

Path_ = tuple[str, ...]


@dataclass(frozen=True)
class PrintedElement:
    """One element of MJCF: where it stands, how often it may (`!`, `?`, `*`, `R`), and its attributes."""

    path: Path_
    cardinality: str
    attributes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last step of the path."""
        return self.path[-1]


def read_reference() -> str:
    """Return the text of the XML reference in MuJoCo's wheel."""
    return (Path(mujoco.__file__).parent / "doc" / "XMLreference.rst").read_text(encoding="utf-8")


def read_printed_elements() -> tuple[PrintedElement, ...]:
    """Return the elements `mj_printSchema` prints, in its order."""
    stack: list[str] = []
    found: list[tuple[Path_, str, list[str]]] = []
    for line in mujoco.mj_printSchema(False, False).splitlines():
        match = _ELEMENT.match(line)
        if match is None:
            found[-1][2].extend(line.split())
            continue
        del stack[len(match[1]) // _INDENT_COLUMNS :]
        stack.append(match[2])
        found.append((tuple(stack), match[3], match[4].split()))
    return tuple(PrintedElement(path, card, tuple(names)) for path, card, names in found)


def read_meta_elements(reference: str) -> tuple[PrintedElement, ...]:
    """Return `frame` and `replicate` with the attributes the reference documents under their anchors."""
    anchors = {
        name: sorted(set(re.findall(rf"^\.\. _{name}-(\w+):", reference, re.MULTILINE))) for name in META_ELEMENTS
    }
    return tuple(PrintedElement(("mujoco", BODY, name), "*", tuple(found)) for name, found in anchors.items())


def read_documented_words(reference: str) -> dict[str, tuple[str, ...]]:
    """Return, for each attribute name, every word the reference marks up or quotes where it documents that name.

    They are candidates only: which of them are keywords is for MuJoCo's parser to say.
    """
    words: dict[str, set[str]] = {}
    for head, text in re.findall(r"^((?::at:`\w+`[,:]?\s*)+)((?:.*\n)(?:(?: +.*)?\n)*)", reference, re.MULTILINE):
        marked = re.findall(r":at(?:-val)?:`([^`]*)`|\"([\w ]+)\"", text)
        for name in re.findall(r":at:`(\w+)`", head):
            words.setdefault(name, set()).update(re.findall(r"\w+", " ".join(map(" ".join, marked))))
    return {name: tuple(sorted(found)) for name, found in words.items()}
