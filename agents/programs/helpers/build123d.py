"""What scene programs call, for build123d: a program holds the functions that it needs."""

from build123d import (
    Align,
    Axis,
    Box,
    Cone,
    Cylinder,
    Part,
    Plane,
    Polyline,
    Pos,
    Rectangle,
    Sphere,
    Torus,
    extrude,
    loft,
    make_face,
)

DIRECTION = {"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1)}


def box(corners: tuple) -> Part:
    """Return the box between two opposite corners."""
    low, high = corners
    size = [end - start for start, end in zip(low, high, strict=True)]
    return Pos(*low) * Box(*size, align=(Align.MIN, Align.MIN, Align.MIN))


def rod(start: tuple, end: tuple, radius: float) -> Part:
    """Return the cylinder from one point to another."""
    along = [b - a for a, b in zip(start, end, strict=True)]
    length = sum(c * c for c in along) ** 0.5
    upright = Cylinder(radius, length, align=(Align.CENTER, Align.CENTER, Align.MIN))
    return Plane(start, z_dir=along) * upright


def cone(start: tuple, end: tuple, radius: float, end_radius: float) -> Part:
    """Return the cone's frustum from one point to another."""
    along = [b - a for a, b in zip(start, end, strict=True)]
    length = sum(c * c for c in along) ** 0.5
    upright = Cone(radius, end_radius, length, align=(Align.CENTER, Align.CENTER, Align.MIN))
    return Plane(start, z_dir=along) * upright


def ball(centre: tuple, radius: float) -> Part:
    """Return the sphere around a centre."""
    return Pos(*centre) * Sphere(radius)


def ring(centre: tuple, axis: str, radius: float, wire: float) -> Part:
    """Return the torus around a centre."""
    return Plane(centre, z_dir=DIRECTION[axis]) * Torus(radius, wire)


def prism(axis: str, span: tuple, outline: tuple) -> Part:
    """Return an outline, given in the other two axes, drawn out between two places along an axis."""
    at, (low, high) = "xyz".index(axis), span
    corners = [(*corner[:at], low, *corner[at:]) for corner in outline]
    return extrude(make_face(Polyline(*corners, close=True)), amount=high - low, dir=DIRECTION[axis])


def frustum(lower: tuple, upper: tuple, heights: tuple) -> Part:
    """Return what lies between a rectangle and another above it."""
    faces = []
    for (low, high), z in zip((lower, upper), heights, strict=True):
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
        faces.append(Pos(*middle, z) * Rectangle(high[0] - low[0], high[1] - low[1]))
    return loft(faces)


def turned(solid: Part, about: tuple, axis: str, angle: float) -> Part:
    """Return a solid turned about the line along an axis through a point."""
    return solid.rotate(Axis(about, DIRECTION[axis]), angle)


def rectangle(size: tuple) -> list:
    """Return the corners of a rectangle around the middle of a face."""
    x, y = size[0] / 2, size[1] / 2
    return [(-x, -y), (x, -y), (x, y), (-x, y)]
