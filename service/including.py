"""Writes what an MJCF file includes out into one text, and knows of which file each of its lines is.

As MuJoCo does it: paths count from the folder of the first file, an included file gives what is in its root, and no
file is included twice. What is wrong with the MJCF itself is for the sandbox to say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from schemas.errors import InputError
from schemas.reasons import Reason
from schemas.verdict import VerificationReport
from service.files import read_text

_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
MOST_FILES = 100
_LINE = re.compile(r"\bline (\d+)")


@dataclass(frozen=True)
class Written:
    """An MJCF text without includes, and the file and line that each of its lines comes from."""

    lines: tuple[str, ...]
    origins: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the whole text."""
        return "\n".join(self.lines)

    def place(self, report: VerificationReport) -> VerificationReport:
        """Return a report on the text whose reasons name lines by their files."""
        checks = [c.model_copy(update={"reasons": tuple(map(self._place, c.reasons))}) for c in report.checks]
        return report.model_copy(update={"checks": tuple(checks)})

    def _place(self, reason: Reason) -> Reason:
        changed = {"where": _LINE.sub(self._name, reason.where), "message": _LINE.sub(self._name, reason.message)}
        return reason.model_copy(update=changed)

    def _name(self, found: re.Match[str]) -> str:
        line = int(found[1])
        return self.origins[line - 1] if 0 < line <= len(self.origins) else found[0]


def write_out_includes(file: Path) -> Written:
    """Return a file with what it includes; raises InputError for files that are not there, elsewhere, or no XML."""
    lines = list(_Writer(file).write(file.name, whole=True))
    return Written(*map(tuple, zip(*lines, strict=True)))


@dataclass(frozen=True)
class _Element:
    """Where an `<include>`, or the inside of the root, begins and ends in a file, in bytes."""

    begin: int
    end: int
    file: str | None = None


class _Writer:
    """Writes files out, each once."""

    def __init__(self, file: Path) -> None:
        self._folder, self._seen = file.parent, {file.name}

    def write(self, name: str, *, whole: bool) -> Iterator[tuple[str, str]]:
        """Yield the lines of a file with their origins, or of the inside of its root."""
        data = read_text(self._folder / name).encode()
        try:
            root, includes = _find_includes(data)
        except expat.ExpatError as error:
            if not whole:
                raise InputError(f"{self._folder / name}:{error.lineno}: this is not XML ({error})") from error
            root, includes = _Element(0, len(data)), []
        begin, end = (0, len(data)) if whole else (root.begin, root.end)
        for include in includes:
            yield from _split(data, begin, include.begin, name)
            yield from self.write(self._admit(name, _count_lines(data, include.begin), include.file), whole=False)
            begin = include.end
        yield from _split(data, begin, end, name)

    def _admit(self, name: str, line: int, wanted: str | None) -> str:
        """Return the path of a file that may be included here, from the folder of the first."""
        place, folder = f"{self._folder / name}:{line}: <include>", self._folder.resolve()
        if not wanted:
            raise InputError(f'{place} names no file: give file="…"')
        path = (folder / wanted).resolve()
        if not path.is_relative_to(folder):
            raise InputError(f"{place} of {wanted} leaves the folder of the model: move that file into it")
        if not path.is_file():
            raise InputError(f"{place} of {wanted}: there is no such file in {self._folder}")
        found = path.relative_to(folder).as_posix()
        if found in self._seen:
            raise InputError(
                f"{place} of {wanted}, which is included already or includes this: MuJoCo takes a file once"
            )
        if len(self._seen) >= MOST_FILES:
            raise InputError(f"{place} of {wanted}: more than {MOST_FILES} files are not read")
        self._seen.add(found)
        return found


def _find_includes(data: bytes) -> tuple[_Element, list[_Element]]:
    """Return where the inside of the root and every include is; raises ExpatError for no XML or a DOCTYPE."""
    parser, includes, opened = expat.ParserCreate("UTF-8"), list[_Element](), list[tuple[int, str | None]]()
    inside = [_Element(0, 0)]

    def refuse(*_: object) -> None:
        error = expat.ExpatError("a DOCTYPE is refused")
        error.lineno = parser.CurrentLineNumber
        raise error

    def start(_: str, attributes: dict[str, str]) -> None:
        opened.append((parser.CurrentByteIndex, attributes.get("file")))

    def end(tag: str) -> None:
        begin, file = opened.pop()
        head = _TAG.match(data, begin)
        assert head is not None
        tail = parser.CurrentByteIndex
        if not opened:
            inside[0] = _Element(head.end(), max(tail, head.end()))
        elif tag == "include":
            includes.append(_Element(begin, head.end() if tail == begin else data.index(b">", tail) + 1, file))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(data, True)
    return inside[0], includes


def _split(data: bytes, begin: int, end: int, name: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a part of a file with their origins."""
    first = _count_lines(data, begin)
    for number, line in enumerate(data[begin:end].decode().split("\n"), first):
        yield line, f"{name}:{number}"


def _count_lines(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1
