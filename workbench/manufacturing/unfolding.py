"""Unfold a bent sheet: one side of it, plane by plane and bend by bend, laid flat with the K-factor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Curve, BRepAdaptor_Surface
from OCP.GCPnts import GCPnts_AbscissaPoint
from OCP.GeomAbs import GeomAbs_CurveType
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS

from workbench.kernel.arrays import Floats
from workbench.kernel.edges import Edge, list_edges
from workbench.kernel.faces import explore, is_reversed, measure_area
from workbench.kernel.notches import FACING
from workbench.kernel.solid_view import SolidView
from workbench.manufacturing.access import OFF_MM, sample_skin
from workbench.manufacturing.planar import span_plane
from workbench.manufacturing.profile import Loop, Piece, Profile, discretise, make_loop, tangent

SAME_MM = 1e-4
STEP = 1e-4
Flatten = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Bend:
    """A bend: its face, angle (deg), inner radius, length, and its two ends in the flat pattern (2, 2, 2) in mm."""

    face: int
    angle_deg: float
    radius_mm: float
    length_mm: float
    lines: Floats


@dataclass(frozen=True)
class Unfolded:
    """A bent sheet laid flat: its profile, its bends, and the faces that each loop runs over.

    `uneven_mm` is by how much the volume, over its area, or a place differs from one thickness; `gap_mm` how far
    places that should meet miss each other, or half a thickness where the pattern lies on itself.
    """

    profile: Profile
    bends: tuple[Bend, ...]
    loop_faces: tuple[frozenset[int], ...]
    uneven_mm: float
    gap_mm: float
    flatten: dict[int, Flatten]


@dataclass(frozen=True)
class _Sheet:
    """One side of a sheet: its faces, where they run into each other, its thickness and K-factor."""

    view: SolidView
    faces: frozenset[int]
    seams: tuple[Edge, ...]
    thickness_mm: float
    k_factor: float

    def inner_radius(self, face: int) -> float:
        """Return the radius inside a bend: the face's own where it looks inwards."""
        radius = self.view.faces[face].radius_mm
        return radius if self.view.faces[face].concave else radius - self.thickness_mm


def unfold(view: SolidView, k_factor: float) -> Unfolded | None:
    """Return a solid's largest flat side laid flat with all that runs on from it smoothly; None where it has none."""
    flat = [index for index, face in enumerate(view.faces) if face.kind == "plane"]
    if not flat:
        return None
    root = max(flat, key=lambda index: round(float(view.face_areas[index]), 6))
    thickness = _measure_thickness(view, root)
    if thickness is None:
        return None
    sheet = _find_side(view, root, thickness, k_factor)
    flatten, gap = _lay(sheet, root)
    loops, faces = _trace(sheet, flatten)
    profile = Profile(root, thickness, loops, span_plane(view.faces[root].direction), view.faces[root].point)
    bends = tuple(_read_bend(sheet, index, flatten) for index in sorted(sheet.faces) if index not in flat)
    if _lies_on_itself(sheet, flatten):
        gap = max(gap, thickness / 2)
    return Unfolded(
        profile, bends, faces, _measure_unevenness(sheet, sum(_list_bent_holes(sheet, loops, faces))), gap, flatten
    )


def _measure_thickness(view: SolidView, root: int) -> float | None:
    """Return how far the plane is that lies behind a plane."""
    row = int(np.flatnonzero(view.owners == root)[np.argmax(view.areas[view.owners == root])])
    _, hit = view.cast(view.centroids[row][None], -view.normals[row][None])
    behind = view.faces[int(view.owners[hit[0]])] if hit[0] >= 0 else None
    face = view.faces[root]
    if behind is None or behind.kind != "plane" or float(behind.direction @ face.direction) > -1 + 1e-9:
        return None
    return float((face.point - behind.point) @ face.direction)


def _find_side(view: SolidView, root: int, thickness: float, k_factor: float) -> _Sheet:
    """Return the planes and cylinders that run on smoothly from a plane over straight edges."""
    smooth = [edge for edge in list_edges(view.shape) if edge.is_smooth and edge.is_line]
    faces, grown = {root}, True
    while grown:
        near = {
            face
            for edge in smooth
            if faces & set(edge.faces)
            for face in edge.faces
            if view.faces[face].kind != "other"
        }
        grown = not near <= faces
        faces |= near
    seams = tuple(edge for edge in smooth if faces.issuperset(edge.faces))
    return _Sheet(view, frozenset(faces), seams, thickness, k_factor)


def _lay(sheet: _Sheet, root: int) -> tuple[dict[int, Flatten], float]:
    """Return how each face is laid flat, from the root on, and by how much seams miss each other that close a ring."""
    view = sheet.view
    frame, base = span_plane(view.faces[root].direction), view.faces[root].point
    flatten: dict[int, Flatten] = {root: lambda points: (points - base) @ frame.T}
    queue = [root]
    while queue:
        known = queue.pop(0)
        for edge in sheet.seams:
            if known in edge.faces:
                fresh = edge.faces[1] if edge.faces[0] == known else edge.faces[0]
                if fresh not in flatten:
                    flatten[fresh] = _lay_next(sheet, edge, fresh, flatten[known])
                    queue.append(fresh)
    ends = [(np.array(edge.ends), edge.faces) for edge in sheet.seams]
    gaps = [float(np.abs(flatten[one](points) - flatten[two](points)).max()) for points, (one, two) in ends]
    return flatten, max(gaps, default=0.0)


def _lay_next(sheet: _Sheet, edge: Edge, fresh: int, before: Flatten) -> Flatten:
    """Return how a face is laid flat beside one that is, over their common edge."""
    start, stop = edge.ends
    corner, other = before(start[None])[0], before(stop[None])[0]
    along = (stop - start) / np.linalg.norm(stop - start)
    flat_along = (other - corner) / np.linalg.norm(other - corner)
    place = edge.faces.index(fresh)
    normal = edge.normals[place]
    into = np.cross(normal, edge.along if place == 0 else -edge.along)
    turn = np.sign(np.linalg.det(np.array([along, into, normal])))
    flat_into = turn * np.array([-flat_along[1], flat_along[0]])
    face = sheet.view.faces[fresh]
    if face.kind == "plane":
        rows = np.array([along, into])
        return lambda points: corner + (points - start) @ rows.T @ np.array([flat_along, flat_into])
    radius = sheet.inner_radius(fresh) + sheet.k_factor * sheet.thickness_mm

    def unroll(points: Floats) -> Floats:
        out = start - face.point - ((start - face.point) @ face.direction) * face.direction
        out /= np.linalg.norm(out)
        offset = points - face.point
        angle = np.arctan2(offset @ into, offset @ out)
        angle = np.where(angle < -0.1, angle + 2 * np.pi, angle)
        return np.asarray(
            corner + ((points - start) @ along)[:, None] * flat_along + (angle * radius)[:, None] * flat_into
        )

    return unroll


def _trace(sheet: _Sheet, flatten: dict[int, Flatten]) -> tuple[tuple[Loop, ...], tuple[frozenset[int], ...]]:
    """Return the loops of the flat pattern, the outer one first, and the faces that each runs over."""
    left = list(_list_rim(sheet, flatten))
    chains: list[tuple[list[Piece], frozenset[int]]] = []
    while left:
        first, start, end, piece = left.pop(0)
        pieces, faces = [piece], {first}
        while end != start:
            place = next((n for n, row in enumerate(left) if row[1] == end), None)
            if place is None:
                break
            face, _, end, piece = left.pop(place)
            pieces.append(piece)
            faces.add(face)
        chains.append((pieces, frozenset(faces)))
    ranked = sorted(chains, key=lambda chain: -round(make_loop(chain[0], outside=True).area_mm2, 6))
    loops = tuple(make_loop(pieces, outside=n == 0) for n, (pieces, _) in enumerate(ranked))
    return loops, tuple(faces for _, faces in ranked)


Rim = tuple[int, tuple[float, ...], tuple[float, ...], Piece]


def _list_rim(sheet: _Sheet, flatten: dict[int, Flatten]) -> Iterator[Rim]:
    """Yield the edges that do not join two faces of the side: face, ends in space as keys, and the edge laid flat."""
    joints = {_name(edge.point) for edge in sheet.seams}
    for index in sorted(sheet.faces):
        for edge in map(TopoDS.Edge_s, explore(sheet.view.surfaces[index], TopAbs_ShapeEnum.TopAbs_EDGE)):
            curve = BRepAdaptor_Curve(edge)
            first, last = curve.FirstParameter(), curve.LastParameter()
            if _name(np.array(curve.Value((first + last) / 2).Coord())) in joints:
                continue
            raw = discretise(curve)
            raw = raw[::-1] if is_reversed(edge) else raw
            yield index, _name(raw[0]), _name(raw[-1]), _lay_edge(sheet, index, curve, raw, flatten[index])


def _lay_edge(sheet: _Sheet, index: int, curve: BRepAdaptor_Curve, raw: Floats, flatten: Flatten) -> Piece:
    points = flatten(raw)
    first, last = curve.FirstParameter(), curve.LastParameter()
    ends = [np.array(tangent(curve, place)) for place in (first, last)]
    ends = [-ends[1], -ends[0]] if is_reversed(curve.Edge()) else ends
    ways = [
        _unit(flatten(place + STEP * _unit(way)) - flatten(place))
        for place, way in zip((raw[:1], raw[-1:]), ends, strict=True)
    ]
    length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    circle = None
    if sheet.view.faces[index].kind == "plane":
        length = float(GCPnts_AbscissaPoint.Length_s(curve, first, last))
        if curve.GetType() == GeomAbs_CurveType.GeomAbs_Circle:
            centre = np.array(curve.Circle().Location().Coord())
            circle = (curve.Circle().Radius(), flatten(centre[None])[0])
    return Piece(points, ways[0][0], ways[1][0], length, circle)


def _unit(step: Floats) -> Floats:
    return np.asarray(step / max(float(np.linalg.norm(step)), 1e-12))


def _name(point: Floats) -> tuple[float, ...]:
    return tuple((np.round(point, 4) + 0.0).tolist())


def _read_bend(sheet: _Sheet, index: int, flatten: dict[int, Flatten]) -> Bend:
    surface = BRepAdaptor_Surface(sheet.view.surfaces[index])
    angle = surface.LastUParameter() - surface.FirstUParameter()
    seams = [np.array(edge.ends) for edge in sheet.seams if index in edge.faces]
    lines = np.array([flatten[index](ends) for ends in seams])
    length = max(float(np.linalg.norm(ends[1] - ends[0])) for ends in seams)
    return Bend(index, float(np.degrees(angle)), sheet.inner_radius(index), length, lines)


def _list_bent_holes(sheet: _Sheet, loops: tuple[Loop, ...], faces: tuple[frozenset[int], ...]) -> Iterator[float]:
    """Yield the area of each hole that runs over a bend, where its sides needn't stand square to the sheet."""
    for loop, over in zip(loops[1:], faces[1:], strict=True):
        if any(sheet.view.faces[face].kind == "cylinder" for face in over):
            yield loop.area_mm2


def _measure_unevenness(sheet: _Sheet, holes_mm2: float) -> float:
    """Return by how much the solid differs from its side at one thickness: its volume over the area, or a place.

    What holes through bends may take more or less is no unevenness: the rule for holes beside bends refuses them.
    """
    volume = area = 0.0
    for index in sheet.faces:
        face, own = sheet.view.faces[index], measure_area(sheet.view.surfaces[index])
        middle = sheet.inner_radius(index) + sheet.thickness_mm / 2
        share = 1.0 if face.kind == "plane" else middle / face.radius_mm
        volume, area = volume + own * share * sheet.thickness_mm, area + own
    off = (abs(sheet.view.volume_mm3 - volume) - holes_mm2 * sheet.thickness_mm) / area
    off = max(off, _measure_steps(sheet))
    return off if off > SAME_MM else 0.0


def _measure_steps(sheet: _Sheet) -> float:
    """Return how far planes are off the thickness: at most where they face each other, on average where they do not.

    What is added in one place and missing in another has the right volume. Rays leave from the side, and from all
    planes that do not border on it, which are the other side and what stands on it or is sunk into it.
    """
    view, sample = sheet.view, sample_skin(sheet.view)
    lengths, ends = view.cast(sample.points - 2 * OFF_MM * sample.normals, -sample.normals)
    off = np.abs(lengths + OFF_MM - sheet.thickness_mm)
    rims = {face for edge in list_edges(view.shape) if sheet.faces & set(edge.faces) for face in edge.faces}
    planes = [index for index, face in enumerate(view.faces) if face.kind == "plane"]
    flat = np.isin(sample.owners, planes) & np.isin(view.owners[ends], planes)
    own = np.isin(sample.owners, list(sheet.faces))
    faced = np.einsum("ij,ij->i", view.normals[ends], sample.normals) < -FACING
    across = ~np.isin(sample.owners, list(rims)) & np.isin(view.owners[ends], list(sheet.faces))
    mean = np.average(off[flat & own], weights=sample.areas[flat & own])
    return max(float(off[flat & faced & (own | across)].max(initial=0.0)), float(mean))


def _lies_on_itself(sheet: _Sheet, flatten: dict[int, Flatten]) -> bool:
    """Say whether the middle of a triangle of one face falls into a triangle of another in the flat pattern."""
    view = sheet.view
    rows = np.flatnonzero(np.isin(view.owners, sorted(sheet.faces)))
    owners = view.owners[rows]
    corners = np.array([flatten[int(owner)](view.corners[row]) for row, owner in zip(rows, owners, strict=True)])
    middles = corners.mean(axis=1)
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    twice = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    offset = middles[:, None] - a
    with np.errstate(divide="ignore", invalid="ignore"):
        u = (offset[..., 0] * ac[:, 1] - offset[..., 1] * ac[:, 0]) / twice
        v = (ab[:, 0] * offset[..., 1] - ab[:, 1] * offset[..., 0]) / twice
    inside = (u > 1e-3) & (v > 1e-3) & (u + v < 1 - 1e-3)
    return bool((inside & (owners[:, None] != owners)).any())
