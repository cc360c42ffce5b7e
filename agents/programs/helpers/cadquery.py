"""What scene programs call, for CadQuery: a program holds the functions that it needs."""

import cadquery as cq

DIRECTION = {"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1)}


def box(corners: tuple) -> cq.Workplane:
    """Return the box between two opposite corners."""
    low, high = corners
    size = [end - start for start, end in zip(low, high, strict=True)]
    return cq.Workplane().box(*size, centered=False).translate(low)


def rod(start: tuple, end: tuple, radius: float) -> cq.Workplane:
    """Return the cylinder from one point to another."""
    along = cq.Vector(*end) - cq.Vector(*start)
    return cq.Workplane(cq.Solid.makeCylinder(radius, along.Length, cq.Vector(*start), along))


def cone(start: tuple, end: tuple, radius: float, end_radius: float) -> cq.Workplane:
    """Return the cone's frustum from one point to another."""
    along = cq.Vector(*end) - cq.Vector(*start)
    return cq.Workplane(cq.Solid.makeCone(radius, end_radius, along.Length, cq.Vector(*start), along))


def ball(centre: tuple, radius: float) -> cq.Workplane:
    """Return the sphere around a centre."""
    return cq.Workplane().sphere(radius).translate(centre)


def ring(centre: tuple, axis: str, radius: float, wire: float) -> cq.Workplane:
    """Return the torus around a centre."""
    return cq.Workplane(cq.Solid.makeTorus(radius, wire, cq.Vector(*centre), cq.Vector(*DIRECTION[axis])))


def prism(axis: str, span: tuple, outline: tuple) -> cq.Workplane:
    """Return an outline, given in the other two axes, drawn out between two places along an axis."""
    at, (low, high) = "xyz".index(axis), span
    corners = [cq.Vector(*corner[:at], low, *corner[at:]) for corner in outline]
    wire = cq.Wire.makePolygon(corners, close=True)
    along = cq.Vector(*DIRECTION[axis]) * (high - low)
    return cq.Workplane(cq.Solid.extrudeLinear(wire, [], along))


def frustum(lower: tuple, upper: tuple, heights: tuple) -> cq.Workplane:
    """Return what lies between a rectangle and another above it."""
    wires = []
    for ((x0, y0), (x1, y1)), z in zip((lower, upper), heights, strict=True):
        corners = [cq.Vector(x, y, z) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
        wires.append(cq.Wire.makePolygon(corners, close=True))
    return cq.Workplane(cq.Solid.makeLoft(wires, True))


def turned(solid: cq.Workplane, about: tuple, axis: str, angle: float) -> cq.Workplane:
    """Return a solid turned about the line along an axis through a point."""
    beyond = [a + d for a, d in zip(about, DIRECTION[axis], strict=True)]
    return solid.rotate(about, tuple(beyond), angle)


def rectangle(size: tuple) -> list:
    """Return the corners of a rectangle around the middle of a face."""
    x, y = size[0] / 2, size[1] / 2
    return [(-x, -y), (x, -y), (x, y), (-x, y)]
