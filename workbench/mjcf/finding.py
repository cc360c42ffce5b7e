"""The record of one fault in an MJCF file, and the words that name the nearest allowed thing."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import cast

from lxml import etree

from schemas.record import Record

SHOWN_CHARACTERS_MAX = 60


class MjcfFinding(Record):
    """One fault: its line (1-based), element, attribute (None: the element itself), and what to change."""

    line: int
    element: str
    attribute: str | None
    message: str


def find_fault(node: etree._Element, attribute: str | None, message: str) -> MjcfFinding:
    """Return the finding at `node`."""
    return MjcfFinding(line=_read_line(node), element=str(node.tag), attribute=attribute, message=message)


def _read_line(node: etree._Element) -> int:
    return cast("int | None", node.sourceline) or 1  # the stubs call it an ellipsis


def name_nearest(word: str, allowed: Iterable[str]) -> str:
    """Return words that name the allowed name nearest to `word`, or all if none is near and they are few."""
    names = sorted(allowed)
    near = get_close_matches(word, names, n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]!r}?"
    if not names:
        return "none is allowed here"
    return "allowed: " + ", ".join(names) if len(names) <= 12 else "remove it"


def shorten(value: str) -> str:
    """Return `value` quoted, cut to what a message can show."""
    return repr(value if len(value) <= SHOWN_CHARACTERS_MAX else value[:SHOWN_CHARACTERS_MAX] + "…")
