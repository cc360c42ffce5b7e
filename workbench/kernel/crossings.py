"""Finds where a solid passes through itself: places that its skin encloses other than once, or turned inside out.

The kernel's own check looks at neighbouring faces alone, and its integrals count such places again and again.
"""

from typing import NamedTuple

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepBuilderAPI import BRepBuilderAPI_Copy, BRepBuilderAPI_MakeVertex
from OCP.BRepExtrema import BRepExtrema_DistShapeShape
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.gp import gp_Pnt
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS_Shape

from workbench.kernel.arrays import Floats, Ints
from workbench.kernel.faces import explore, read_faces
from workbench.kernel.meshes import mesh_faces

CHORD_MM, FINE_CHORD_MM = 0.15, 0.03
CLEAR = 2.0
MANY_LAYERS = 3
"""What so many layers enclose too much is no error of a mesh."""
MOST_TRIED = 12
TURN_RAD = 1.0
SPREAD, MOST_TRIANGLES = 500, 500
"""Lines run through so many places of the skin by area, and through the middles of so many triangles."""
LEAST_MM, FLAT_MM2, SAME_RAD = 1e-3, 1e-12, 1e-6
PLASTIC_RATIO = (0.7548776662466927, 0.5698402909980532)
SKEW = np.linalg.qr(np.array([[0.62, -0.31, 0.43], [0.17, 0.71, -0.29], [-0.53, 0.23, 0.67]]))[0]
"""A frame that no face of a design is square to, but by accident."""


class Crossing(NamedTuple):
    """A place (3,) in mm that a solid's skin encloses `layers` times: once is inside, 0 outside."""

    point_mm: Floats
    layers: int

    @property
    def is_many(self) -> bool:
        """Say whether it is enclosed so many times that no chord error makes it."""
        return abs(self.layers - 0.5) > MANY_LAYERS


def find_crossing(shape: TopoDS_Shape) -> Crossing | None:
    """Return a place that a solid encloses more than once or inside out, None where lines through its skin find none.

    A place counts that is farther from the skin than twice the mesh's chord error: there mesh and solid agree. What
    is nearer is looked at again in a finer mesh, if that can tell. A torus that meets itself hides a hollow.
    """
    for _, surface in read_faces(shape):
        if surface.GetType() == GeomAbs_SurfaceType.GeomAbs_Torus and (pole := _find_pole(surface)) is not None:
            return Crossing(pole, 0)
    shape = BRepBuilderAPI_Copy(shape, False, False).Shape()  # meshing marks what it meshes, BREP files would differ
    found = _find_candidates(_read_corners(shape, CHORD_MM))[:MOST_TRIED]
    depths = [_measure_depth(shape, crossing.point_mm) for crossing in found]
    sure = [crossing for crossing, depth in zip(found, depths, strict=True) if depth > CLEAR * CHORD_MM]
    if not sure and any(depth > CLEAR * FINE_CHORD_MM or c.is_many for c, depth in zip(found, depths, strict=True)):
        fine = _find_candidates(_read_corners(shape, FINE_CHORD_MM))[:MOST_TRIED]
        sure = [c for c in fine if c.is_many or _measure_depth(shape, c.point_mm) > CLEAR * FINE_CHORD_MM]
    return sure[0] if sure else None


def _find_pole(surface: BRepAdaptor_Surface) -> Floats | None:
    """Return where a torus that is thicker than its hole runs through its own axis, None where it ends there."""
    torus = surface.Torus()
    if torus.MinorRadius() <= torus.MajorRadius():
        return None
    around = np.arccos(-torus.MajorRadius() / torus.MinorRadius())
    for place in (turn + way * around for turn in (0.0, 2 * np.pi) for way in (1, -1)):
        if surface.FirstVParameter() + SAME_RAD < place < surface.LastVParameter() - SAME_RAD:
            return np.array(surface.Value(surface.FirstUParameter(), float(place)).Coord())
    return None


def _read_corners(shape: TopoDS_Shape, chord_mm: float) -> Floats:
    """Return the corners (m, 3, 3) of outward triangles in the skew frame."""
    meshes = [mesh for mesh in mesh_faces(shape, chord_mm, TURN_RAD) if mesh is not None]
    corners = [mesh.nodes[mesh.triangles[:, [0, 2, 1]] if mesh.is_turned else mesh.triangles] for mesh in meshes]
    return np.asarray(np.concatenate(corners) @ SKEW.T)


def _find_candidates(corners: Floats) -> list[Crossing]:
    """Return the middles of the stretches that lines along the frame's last axis find enclosed wrongly, longest first.

    A line that does not leave as often as it enters has met a flaw of the mesh and says nothing.
    """
    lines, heights, steps = _cross(corners, _place_lines(corners))
    order = np.lexsort((heights[:, 2], lines))
    lines, heights, steps = lines[order], heights[order], steps[order]
    layers = np.cumsum(steps)
    layers -= np.concatenate([[0], layers])[np.searchsorted(lines, lines)]
    sums = np.bincount(lines, steps)
    same = np.append(lines[1:] == lines[:-1], False) & (sums[lines] == 0)
    lengths = np.append(np.diff(heights[:, 2]), 0.0)
    wrong = np.flatnonzero(same & ((layers < 0) | (layers > 1)) & (lengths > LEAST_MM))
    wrong = wrong[np.argsort(-lengths[wrong], kind="stable")]
    return [Crossing(SKEW.T @ ((heights[n] + heights[n + 1]) / 2), int(layers[n])) for n in wrong.tolist()]


def _place_lines(corners: Floats) -> Floats:
    """Return where lines (n, 2) run: through a low-discrepancy sample of the skin and the middles of triangles."""
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    shares = np.cumsum(areas)
    step = np.arange(SPREAD) + 0.5
    rows = np.minimum(np.searchsorted(shares, step / SPREAD * shares[-1]), len(corners) - 1)
    u, v = (step * PLASTIC_RATIO[0]) % 1, (step * PLASTIC_RATIO[1]) % 1
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    a, b, c = corners[rows].transpose(1, 0, 2)
    middles = corners[np.unique(np.linspace(0, len(corners) - 1, MOST_TRIANGLES).astype(int))].mean(axis=1)
    points = np.concatenate([a + u[:, None] * (b - a) + v[:, None] * (c - a), middles])
    return np.asarray(points[np.argsort(points[:, 0], kind="stable"), :2])


def _cross(corners: Floats, places: Floats) -> tuple[Ints, Floats, Ints]:
    """Return where lines, sorted by x, cross triangles: line, point (n, 3), 1 to enter and -1 to leave."""
    low, high = corners.min(axis=1), corners.max(axis=1)
    first, last = (np.searchsorted(places[:, 0], side) for side in (low[:, 0], high[:, 0]))
    rows = np.repeat(np.arange(len(corners)), last - first)
    lines = np.arange(len(rows)) - np.repeat(np.cumsum(last - first) - (last - first), last - first) + first[rows]
    near = (places[lines, 1] >= low[rows, 1]) & (places[lines, 1] <= high[rows, 1])
    rows, lines = rows[near], lines[near]
    a, ab, ac = corners[rows, 0], corners[rows, 1] - corners[rows, 0], corners[rows, 2] - corners[rows, 0]
    offset = places[lines] - a[:, :2]
    twice = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    u = (offset[:, 0] * ac[:, 1] - offset[:, 1] * ac[:, 0]) * np.sign(twice)
    v = (ab[:, 0] * offset[:, 1] - ab[:, 1] * offset[:, 0]) * np.sign(twice)
    hit = (u >= 0) & (v >= 0) & (u + v <= np.abs(twice)) & (np.abs(twice) > FLAT_MM2)
    rise = (u * ab[:, 2] + v * ac[:, 2])[hit] / np.abs(twice[hit])
    points = np.column_stack([places[lines[hit]], a[hit, 2] + rise])
    return lines[hit], points, -np.sign(twice[hit]).astype(np.int64)


def _measure_depth(shape: TopoDS_Shape, point_mm: Floats) -> float:
    """Return how far a point is from a solid's skin; from the solid itself it is 0 all through the material."""
    vertex = BRepBuilderAPI_MakeVertex(gp_Pnt(*point_mm.tolist())).Vertex()
    shells = explore(shape, TopAbs_ShapeEnum.TopAbs_SHELL)
    return min(float(BRepExtrema_DistShapeShape(vertex, shell).Value()) for shell in shells)
