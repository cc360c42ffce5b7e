"""Reads the figures back out of a problem statement, as an engineer does; knows nothing of families or programs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.errors import InputError
from schemas.record import Vec3, Vec3Mm

FORMS: Mapping[str, str] = {
    "payload": "- <id> (payload): <shape> <x> x <y> x <z> mm, solid <material>, <mass> g; at t = 0 … with its "
    "centre at (<x>, <y>, <z>).",
    "box": "- <id> (<material>): fixed, box (<x>, <y>, <z>) to (<x>, <y>, <z>)",
    "friction": "Sliding friction of <material> against <pairs>.",
    "swing": "Motion: <id> … hinge through (<x>, <y>, <z>) along (<x>, <y>, <z>)… keeps within <reach> mm of that line "
    "and <half_depth> mm of that point along it.",
}
"""The lines that are read; `…` is any text within a line. Coders of scenes see them, patterns are made of them."""
_KINDS = {"…": r"[^\n]*?", "<pairs>": r"([^\n]*?\d)", **dict.fromkeys(("<id>", "<shape>", "<material>"), r"(\w+)")}
_NUMBER = r"(-?\d+(?:\.\d+)?)"


def _compile(form: str) -> re.Pattern[str]:
    pieces = re.split(r"(<\w+>|…)", form)
    patterns = [_KINDS.get(piece, _NUMBER if piece.startswith("<") else re.escape(piece)) for piece in pieces]
    return re.compile(f"^{''.join(patterns)}(?!\\d)", re.MULTILINE)


_PAYLOAD, _BOX, _FRICTION, _SWING = (_compile(form) for form in FORMS.values())


@dataclass(frozen=True)
class StatedPayload:
    """The payload as the statement describes it; size and centre are x, y, z at t = 0."""

    body: str
    shape: str
    size_mm: Vec3Mm
    material: str
    mass_g: float
    centre_mm: Vec3Mm


@dataclass(frozen=True)
class StatedBox:
    """A body's box, or the outer box of a hollow body."""

    material: str
    min_mm: Vec3Mm
    max_mm: Vec3Mm


@dataclass(frozen=True)
class StatedSwing:
    """A body on a hinge: a point of its line, the line's direction, and how far it reaches from it and along it."""

    body: str
    hinge_mm: Vec3Mm
    axis: Vec3
    radius_mm: float
    half_depth_mm: float


@dataclass(frozen=True)
class Facts:
    """Everything that the reference engineer takes from the words."""

    payload: StatedPayload
    boxes: Mapping[str, StatedBox]
    friction: Mapping[str, float]
    swings: tuple[StatedSwing, ...]


def read_statement(text: str) -> Facts:
    """Return the facts of a statement; raises InputError where it does not tell of a payload or its friction."""
    payload, friction = _PAYLOAD.search(text), _FRICTION.search(text)
    if payload is None or friction is None:
        raise InputError("the statement tells of no payload or of no friction: it can't be designed for")
    body, shape, x, y, z, material, mass = payload.groups()[:7]
    pairs = (pair.rsplit(" ", 1) for pair in friction.group(2).split(", "))
    return Facts(
        payload=StatedPayload(body, shape, (float(x), float(y), float(z)), material, float(mass), _point(payload, 8)),
        boxes={found[1]: StatedBox(found[2], _point(found, 3), _point(found, 6)) for found in _BOX.finditer(text)},
        friction={name: float(value) for name, value in pairs},
        swings=tuple(
            StatedSwing(found[1], _point(found, 2), _point(found, 5), float(found[8]), float(found[9]))
            for found in _SWING.finditer(text)
        ),
    )


def _point(found: re.Match[str], first: int) -> Vec3Mm:
    return (float(found[first]), float(found[first + 1]), float(found[first + 2]))
