"""Solids that scenes are laid out of: each knows its words, its volume, its bounds and the code that models it.

Lengths are mm, angles degrees. The code calls the helpers of `programs/helpers_*.py` with named constants, which it
adds to those of the program: a solid of the body `tray` names its own `TRAY_…`.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from schemas.record import Vec3Mm

Corners = tuple[Vec3Mm, Vec3Mm]
Axis = Literal["x", "y", "z"]
PlanePoint = tuple[float, float]
Constants = dict[str, object]
Points = NDArray[np.float64]
ARC = np.linspace(0, 2 * math.pi, 720, endpoint=False)


def number(value: float) -> str:
    """Return a number as statements show it: three decimals at most, no trailing zeros."""
    return f"{round(value, 3) + 0.0:g}"


def point(values: Iterable[float]) -> str:
    """Return coordinates in parentheses."""
    return f"({', '.join(number(value) for value in values)})"


def corners(box: Corners) -> str:
    """Return two opposite corners of a box."""
    return f"{point(box[0])} to {point(box[1])}"


class Shape(ABC):
    """One solid where it stands in the world."""

    @property
    @abstractmethod
    def words(self) -> str:
        """Return what the statement says of it."""

    @property
    @abstractmethod
    def volume_mm3(self) -> float:
        """Return its volume."""

    @property
    @abstractmethod
    def points(self) -> Points:
        """Return points (n, 3) whose hull holds it, and whose bounds are its own to 0.1 %."""

    @abstractmethod
    def code(self, prefix: str, constants: Constants) -> str:
        """Return the expression that models it, adding its constants under a prefix."""

    @cached_property
    def bounds(self) -> Corners:
        """Return its axis-aligned bounds."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        return _triple(low), _triple(high)

    def reach(self, anchor: Vec3Mm, axis: Vec3Mm) -> tuple[float, float]:
        """Return how far it reaches from a line, and along the line to either side of a point of it."""
        away = self.points - np.array(anchor)
        along = away @ np.array(axis)
        across = np.linalg.norm(away - along[:, None] * np.array(axis), axis=1)
        return float(across.max()), float(np.abs(along).max())

    def plus(self, **others: "Shape") -> "Shape":
        """Return this and others in one piece, which touch; their constants carry their names."""
        return reduce(lambda whole, one: Joined(whole, one[1], one[0]), others.items(), self)

    def less(self, **others: "Shape") -> "Shape":
        """Return this without others, each within what is left; their constants carry their names."""
        return reduce(lambda whole, one: Cut(whole, one[1], one[0]), others.items(), self)


@dataclass(frozen=True)
class Block(Shape):
    """The box between two opposite corners."""

    corners: Corners

    @property
    def words(self) -> str:
        """Return its corners."""
        return f"box {corners(self.corners)}"

    @property
    def volume_mm3(self) -> float:
        """Return length times width times height."""
        return math.prod(high - low for low, high in zip(*self.corners, strict=True))

    @property
    def points(self) -> Points:
        """Return its corners."""
        places: Points = np.stack(np.meshgrid(*zip(*self.corners, strict=True)), axis=-1).reshape(-1, 3).astype(float)
        return places

    def code(self, prefix: str, constants: Constants) -> str:
        """Return a box between its corners."""
        constants[f"{prefix}_MM"] = self.corners
        return f"box({prefix}_MM)"


@dataclass(frozen=True)
class Taper(Shape):
    """A cylinder from one point to another, or with another radius at its end a cone's frustum."""

    start: Vec3Mm
    end: Vec3Mm
    radius_mm: float
    end_radius_mm: float | None = None

    @property
    def _radii(self) -> tuple[float, float]:
        return self.radius_mm, self.radius_mm if self.end_radius_mm is None else self.end_radius_mm

    @property
    def words(self) -> str:
        """Return its ends and radii."""
        first, last = map(number, self._radii)
        ends = f"from {point(self.start)} to {point(self.end)}"
        return f"rod of radius {first} {ends}" if first == last else f"cone {ends}, radius {first} to {last}"

    @property
    def volume_mm3(self) -> float:
        """Return π/3 h (r² + rs + s²)."""
        one, other = self._radii
        return math.pi / 3 * math.dist(self.start, self.end) * (one**2 + one * other + other**2)

    @property
    def points(self) -> Points:
        """Return points on both rims."""
        return np.concatenate(
            [_circle(at, self._axis, radius) for at, radius in zip((self.start, self.end), self._radii, strict=True)]
        )

    @property
    def _axis(self) -> Points:
        return np.subtract(self.end, self.start)

    def code(self, prefix: str, constants: Constants) -> str:
        """Return a rod or a cone between its ends."""
        constants[f"{prefix}_FROM_MM"], constants[f"{prefix}_TO_MM"] = self.start, self.end
        constants[f"{prefix}_RADIUS_MM"] = self.radius_mm
        ends = f"{prefix}_FROM_MM, {prefix}_TO_MM, {prefix}_RADIUS_MM"
        if self.end_radius_mm is None:
            return f"rod({ends})"
        constants[f"{prefix}_END_RADIUS_MM"] = self.end_radius_mm
        return f"cone({ends}, {prefix}_END_RADIUS_MM)"


@dataclass(frozen=True)
class Ball(Shape):
    """A sphere."""

    centre: Vec3Mm
    radius_mm: float

    @property
    def words(self) -> str:
        """Return its centre and radius."""
        return f"sphere of radius {number(self.radius_mm)} around {point(self.centre)}"

    @property
    def volume_mm3(self) -> float:
        """Return 4/3 π r³."""
        return 4 / 3 * math.pi * self.radius_mm**3

    @property
    def points(self) -> Points:
        """Return three great circles."""
        return np.concatenate([_circle(self.centre, axis, self.radius_mm) for axis in np.eye(3)])

    def code(self, prefix: str, constants: Constants) -> str:
        """Return a ball around its centre."""
        constants[f"{prefix}_AT_MM"], constants[f"{prefix}_RADIUS_MM"] = self.centre, self.radius_mm
        return f"ball({prefix}_AT_MM, {prefix}_RADIUS_MM)"


@dataclass(frozen=True)
class Ring(Shape):
    """A torus around an axis: `radius_mm` to the middle of its wire, whose own is `wire_mm`."""

    centre: Vec3Mm
    axis: Axis
    radius_mm: float
    wire_mm: float

    @property
    def words(self) -> str:
        """Return its centre and both radii."""
        radii = f"radius {number(self.radius_mm)} to the middle of its wire of radius {number(self.wire_mm)}"
        return f"ring around {point(self.centre)} with its axis along {self.axis}, {radii}"

    @property
    def volume_mm3(self) -> float:
        """Return 2 π² R r²."""
        return 2 * math.pi**2 * self.radius_mm * self.wire_mm**2

    @property
    def points(self) -> Points:
        """Return its outer rim over and under its wire."""
        axis = np.eye(3)["xyz".index(self.axis)]
        rim = _circle(self.centre, axis, self.radius_mm + self.wire_mm)
        return np.concatenate([rim + self.wire_mm * axis, rim - self.wire_mm * axis])

    def code(self, prefix: str, constants: Constants) -> str:
        """Return a ring around its axis."""
        constants[f"{prefix}_AT_MM"] = self.centre
        constants[f"{prefix}_RADII_MM"] = (self.radius_mm, self.wire_mm)
        return f'ring({prefix}_AT_MM, "{self.axis}", *{prefix}_RADII_MM)'


@dataclass(frozen=True)
class Prism(Shape):
    """An outline drawn across an axis, in the other two in their order, drawn out between two places along it."""

    axis: Axis
    span: PlanePoint
    outline: tuple[PlanePoint, ...]

    @property
    def words(self) -> str:
        """Return its outline and where it begins and ends."""
        across = ", ".join(name for name in "xyz" if name != self.axis)
        outline = ", ".join(point(corner) for corner in self.outline)
        low, high = map(number, self.span)
        return f"prism along {self.axis} from {low} to {high} with the outline ({across}) {outline}"

    @property
    def volume_mm3(self) -> float:
        """Return the outline's area times the length."""
        u, v = np.array(self.outline).T
        return float(abs(u @ np.roll(v, 1) - v @ np.roll(u, 1))) / 2 * (self.span[1] - self.span[0])

    @property
    def points(self) -> Points:
        """Return its corners."""
        return np.concatenate([np.insert(self.outline, "xyz".index(self.axis), at, axis=1) for at in self.span])

    def code(self, prefix: str, constants: Constants) -> str:
        """Return the outline drawn out."""
        constants[f"{prefix}_SPAN_MM"], constants[f"{prefix}_OUTLINE_MM"] = self.span, self.outline
        return f'prism("{self.axis}", {prefix}_SPAN_MM, {prefix}_OUTLINE_MM)'


@dataclass(frozen=True)
class Frustum(Shape):
    """What lies between a rectangle and another above it: opposite corners (x, y) of each, and both heights."""

    lower: tuple[PlanePoint, PlanePoint]
    upper: tuple[PlanePoint, PlanePoint]
    heights: PlanePoint

    @property
    def words(self) -> str:
        """Return both rectangles."""
        faces = [
            f"{point(low)} to {point(high)} at z = {number(z)}"
            for (low, high), z in zip((self.lower, self.upper), self.heights, strict=True)
        ]
        return f"block with flat sides between the rectangles (x, y) {faces[0]} and {faces[1]}"

    @property
    def volume_mm3(self) -> float:
        """Return h/6 (A₀ + 4 A½ + A₁), exact as the sides are flat."""
        sizes = [np.subtract(high, low) for low, high in (self.lower, self.upper)]
        areas = [float(np.prod(size)) for size in (sizes[0], (sizes[0] + sizes[1]) / 2, sizes[1])]
        return (self.heights[1] - self.heights[0]) / 6 * (areas[0] + 4 * areas[1] + areas[2])

    @property
    def points(self) -> Points:
        """Return its corners."""
        return np.array(
            [
                (x, y, z)
                for (low, high), z in zip((self.lower, self.upper), self.heights, strict=True)
                for x in (low[0], high[0])
                for y in (low[1], high[1])
            ]
        )

    def code(self, prefix: str, constants: Constants) -> str:
        """Return the loft between both rectangles."""
        names = [f"{prefix}_{name}_MM" for name in ("LOWER", "UPPER", "HEIGHTS")]
        constants.update(zip(names, (self.lower, self.upper, self.heights), strict=True))
        return f"frustum({', '.join(names)})"


@dataclass(frozen=True)
class Turned(Shape):
    """A solid turned right-handedly about a line along an axis through a point."""

    shape: Shape
    about: Vec3Mm
    axis: Axis
    angle_deg: float

    @property
    def words(self) -> str:
        """Return the solid and its turn."""
        turn = f"turned {number(self.angle_deg)} deg about the line along {self.axis} through {point(self.about)}"
        return f"{self.shape.words}, {turn}"

    @property
    def volume_mm3(self) -> float:
        """Return that of the solid."""
        return self.shape.volume_mm3

    @property
    def points(self) -> Points:
        """Return those of the solid, turned."""
        first, second = ((1, 2), (2, 0), (0, 1))["xyz".index(self.axis)]
        away, angle = self.shape.points - np.array(self.about), math.radians(self.angle_deg)
        turned: Points = away.copy()
        turned[:, first] = math.cos(angle) * away[:, first] - math.sin(angle) * away[:, second]
        turned[:, second] = math.sin(angle) * away[:, first] + math.cos(angle) * away[:, second]
        turned += np.array(self.about)
        return turned

    def code(self, prefix: str, constants: Constants) -> str:
        """Return the solid, turned."""
        constants[f"{prefix}_TURN_AT_MM"], constants[f"{prefix}_TURN_DEG"] = self.about, self.angle_deg
        inner = self.shape.code(prefix, constants)
        return f'turned({inner}, {prefix}_TURN_AT_MM, "{self.axis}", {prefix}_TURN_DEG)'


@dataclass(frozen=True)
class Joined(Shape):
    """Two solids in one piece that touch; the other's constants carry its name."""

    shape: Shape
    other: Shape
    name: str
    join: ClassVar[str] = "with"
    sign: ClassVar[str] = "+"

    @property
    def words(self) -> str:
        """Return both."""
        return f"{self.shape.words}, {self.join} {self.other.words}"

    @property
    def volume_mm3(self) -> float:
        """Return the sum of both."""
        return self.shape.volume_mm3 + self.other.volume_mm3

    @property
    def points(self) -> Points:
        """Return those of both."""
        return np.concatenate([self.shape.points, self.other.points])

    def code(self, prefix: str, constants: Constants) -> str:
        """Return the sum of both."""
        first = self.shape.code(prefix, constants)
        return f"{first} {self.sign} {self.other.code(f'{prefix}_{self.name.upper()}', constants)}"


class Cut(Joined):
    """A solid less another that it holds."""

    join, sign = "less", "-"

    @property
    def volume_mm3(self) -> float:
        """Return the difference."""
        return self.shape.volume_mm3 - self.other.volume_mm3

    @property
    def points(self) -> Points:
        """Return those of the solid that is left."""
        return self.shape.points


def _circle(centre: Vec3Mm, axis: Points, radius: float) -> Points:
    along = axis / np.linalg.norm(axis)
    first = np.cross(along, np.eye(3)[int(np.argmin(np.abs(along)))])
    first /= np.linalg.norm(first)
    return np.array(centre) + radius * (np.outer(np.cos(ARC), first) + np.outer(np.sin(ARC), np.cross(along, first)))


def _triple(values: Points) -> Vec3Mm:
    x, y, z = (round(float(value), 3) for value in values)
    return x, y, z
