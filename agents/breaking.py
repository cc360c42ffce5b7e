"""Spoils the program of a design, or makes it dearer: what repairs and cheapenings begin with. Text in, text out.

What comes out is a try: whether it fails, or passes at a higher cost, the judge says.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import product

THIN_MM = 0.3
"""Below the least wall of every process (data/process_rules.csv)."""
THICKER, NARROWER, SLOWER = 1.8, 0.5, 0.1
ASTRAY = "Pos(5, 5, 5)"
"""Off its screw by 7 mm on every upright or level face."""
_WALL = re.compile(r"^(\w*(?:FLOOR|WALL|THICKNESS|PLATE|BACK|FOOT)_MM) = (\d+(?:\.\d+)?)$", re.MULTILINE)
_SIZE = re.compile(r"^(\w*(?:LENGTH|WIDTH|HEIGHT|CHANNEL|SPOUT|HOOK)_MM) = (\d+(?:\.\d+)?)$", re.MULTILINE)
_LEVEL = re.compile(r"^(LEVEL) = (\d+(?:\.\d+)?)$", re.MULTILINE)
_HOLE = re.compile(r"(-= Pos\([^()]*\))(?=.*Cylinder)")
_MATERIAL = re.compile(r"^(\w*MATERIAL) = '(\w+)'$", re.MULTILINE)
_PROCESS = re.compile(r"^(\w*PROCESS) = '(\w+)'$", re.MULTILINE)


def list_breaks(source: str, materials: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what is broken, and the program with that one thing broken.

    A wall too thin, a hole beside its screw, the last other material of those given, a drive too slow, a size halved.
    """
    for found in _WALL.finditer(source):
        yield f"{found[1]} too thin", _put(source, found, THIN_MM)
    if (moved := _HOLE.sub(rf"\1 * {ASTRAY}", source)) != source:
        yield "holes beside their screws", moved
    for found in _MATERIAL.finditer(source):
        for other in [one for one in materials if one != found[2]][-1:]:
            yield f"{found[1]} {other}", _put(source, found, other)
    for found in _LEVEL.finditer(source):
        yield "drive too slow", _put(source, found, float(found[2]) * SLOWER)
    for found in _SIZE.finditer(source):
        yield f"{found[1]} halved", _put(source, found, float(found[2]) * NARROWER)


def list_excesses(source: str, processes: Sequence[str], materials: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what is more than needed, and the program with that: all walls thicker, other processes and materials."""
    thick = _WALL.sub(lambda found: f"{found[1]} = {float(found[2]) * THICKER:.4g}", source)
    if thick != source:
        yield "walls too thick", thick
    for process, material in product(processes, materials):
        made = _PROCESS.sub(rf"\1 = '{process}'", _MATERIAL.sub(rf"\1 = '{material}'", source))
        if made != source:
            yield f"{process} of {material}", made


def _put(source: str, found: re.Match[str], value: float | str) -> str:
    told = repr(value) if isinstance(value, str) else f"{value:.4g}"
    return f"{source[: found.start()]}{found[1]} = {told}{source[found.end() :]}"
