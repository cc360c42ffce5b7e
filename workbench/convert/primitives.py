"""Recognises solids that are exactly a sphere, cylinder, capsule or box, on the kernel's surfaces."""

import math

import numpy as np
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.gp import gp_Dir, gp_Pnt
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS, TopoDS_Shape

from workbench.convert.model import M_PER_MM, Frame, Hull
from workbench.geometry import Floats, explore, measure

SAME_VOLUME = 1e-6
SAME_MM = 1e-5
SAME_CORNER_MM = 1e-4
SAME_DIRECTION = 1e-7
RING_POINTS = 32


def recognise(shape: TopoDS_Shape) -> Hull | None:
    """Return the primitive that the solid is, or None; a candidate of another volume than the solid is not it."""
    faces = [BRepAdaptor_Surface(TopoDS.Face_s(face)) for face in explore(shape, TopAbs_ShapeEnum.TopAbs_FACE)]
    kinds = {face.GetType() for face in faces}
    plane, cylinder = GeomAbs_SurfaceType.GeomAbs_Plane, GeomAbs_SurfaceType.GeomAbs_Cylinder
    sphere = GeomAbs_SurfaceType.GeomAbs_Sphere
    candidate: tuple[Hull, float] | None = None
    if kinds == {plane}:
        candidate = _fit_planar(faces, _vertices(shape))
    elif kinds == {sphere}:
        candidate = _fit_sphere(faces)
    elif kinds == {plane, cylinder}:
        candidate = _fit_cylinder(faces, [f for f in faces if f.GetType() == plane])
    elif kinds == {cylinder, sphere}:
        candidate = _fit_capsule(faces, [f for f in faces if f.GetType() == sphere])
    if candidate is None:
        return None
    hull, volume = candidate
    return hull if math.isclose(measure(shape).volume_mm3, volume, rel_tol=SAME_VOLUME) else None


def fit_box(normals: list[Floats], corners: Floats) -> Hull | None:
    """Return the box that has these unit face normals, largest faces first, and corners (n, 3) in mm; None if none."""
    axes: list[Floats] = []
    for normal in normals:
        cosines = [abs(float(axis @ normal)) for axis in axes]
        if len(axes) < 3 and all(cosine < SAME_DIRECTION for cosine in cosines):
            axes.append(normal)
    if len(axes) < 3:
        return None
    rotation = _right_handed(axes)
    low, high = (corners @ rotation).min(axis=0), (corners @ rotation).max(axis=0)
    half, centre = (high - low) / 2, rotation @ ((high + low) / 2)
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    ideal = centre + (signs * half) @ rotation.T
    gaps = np.linalg.norm(corners[:, None] - ideal[None], axis=2)
    if max(gaps.min(axis=0).max(), gaps.min(axis=1).max()) > SAME_CORNER_MM:
        return None
    return Hull("box", ideal, float(2 * half.min()), _frame(rotation, centre), tuple(half.tolist()))


def _fit_planar(faces: list[BRepAdaptor_Surface], corners: Floats) -> tuple[Hull, float] | None:
    box = fit_box([_direction(face.Plane().Axis().Direction()) for face in faces], corners)
    return (box, 8 * math.prod(box.size_mm)) if box else None


def _fit_sphere(faces: list[BRepAdaptor_Surface]) -> tuple[Hull, float] | None:
    centre, radius = _point(faces[0].Sphere().Location()), faces[0].Sphere().Radius()
    if not all(_near(_point(f.Sphere().Location()), centre) and _same(f.Sphere().Radius(), radius) for f in faces):
        return None
    signs = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if x or y or z], float)
    points = centre + radius * signs / np.linalg.norm(signs, axis=1, keepdims=True)
    hull = Hull("sphere", points, 2 * radius, _frame(np.eye(3), centre), (radius,))
    return hull, 4 / 3 * math.pi * radius**3


def _fit_cylinder(faces: list[BRepAdaptor_Surface], ends: list[BRepAdaptor_Surface]) -> tuple[Hull, float] | None:
    bore = _find_bore(faces)
    if bore is None:
        return None
    start, axis, radius = bore
    if any(abs(_direction(f.Plane().Axis().Direction()) @ axis) < 1 - SAME_DIRECTION for f in ends):
        return None
    along = [float((_point(f.Plane().Location()) - start) @ axis) for f in ends]
    half, centre = (max(along) - min(along)) / 2, start + axis * (max(along) + min(along)) / 2
    frame = _frame(_frame_along(axis), centre)
    hull = Hull("cylinder", _rings(frame, radius, half), 2 * min(radius, half), frame, (radius, half))
    return hull, 2 * half * math.pi * radius**2


def _fit_capsule(faces: list[BRepAdaptor_Surface], ends: list[BRepAdaptor_Surface]) -> tuple[Hull, float] | None:
    bore = _find_bore(faces)
    if bore is None or not all(_same(f.Sphere().Radius(), bore[2]) for f in ends):
        return None
    start, axis, radius = bore
    along = [float((_point(f.Sphere().Location()) - start) @ axis) for f in ends]
    half, centre = (max(along) - min(along)) / 2, start + axis * (max(along) + min(along)) / 2
    frame = _frame(_frame_along(axis), centre)
    poles = np.array([centre - axis * (half + radius), centre + axis * (half + radius)])
    points = np.vstack([_rings(frame, radius, half), poles])
    hull = Hull("capsule", points, 2 * radius, frame, (radius, half))
    return hull, 2 * half * math.pi * radius**2 + 4 / 3 * math.pi * radius**3


def _find_bore(faces: list[BRepAdaptor_Surface]) -> tuple[Floats, Floats, float] | None:
    """Return the point, axis and radius that all cylindrical faces share."""
    bores = [f.Cylinder() for f in faces if f.GetType() == GeomAbs_SurfaceType.GeomAbs_Cylinder]
    start, axis = _point(bores[0].Location()), _direction(bores[0].Axis().Direction())
    radius = bores[0].Radius()
    for bore in bores:
        offset = _point(bore.Location()) - start
        straight = abs(_direction(bore.Axis().Direction()) @ axis) > 1 - SAME_DIRECTION
        if not straight or not _same(bore.Radius(), radius) or not _near(offset - axis * (offset @ axis), np.zeros(3)):
            return None
    return start, axis, radius


def _rings(frame: Frame, radius: float, half: float) -> Floats:
    turn = np.linspace(0, 2 * math.pi, RING_POINTS, endpoint=False)
    ring = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])
    local = np.vstack([np.column_stack([ring, np.full(RING_POINTS, z)]) for z in (-half, half)])
    return np.asarray(local @ frame.rotation.T + frame.origin_m / M_PER_MM)


def _frame(rotation: Floats, centre_mm: Floats) -> Frame:
    return Frame(rotation, centre_mm * M_PER_MM)


def _frame_along(axis: Floats) -> Floats:
    side = np.eye(3)[int(np.argmin(np.abs(axis)))]
    x = np.cross(side, axis)
    x /= np.linalg.norm(x)
    return np.column_stack([x, np.cross(axis, x), axis])


def _right_handed(axes: list[Floats]) -> Floats:
    first, second = axes[0], axes[1] - axes[0] * (axes[0] @ axes[1])
    second /= np.linalg.norm(second)
    return np.column_stack([first, second, np.cross(first, second)])


def _vertices(shape: TopoDS_Shape) -> Floats:
    found = explore(shape, TopAbs_ShapeEnum.TopAbs_VERTEX)
    return np.array([_point(BRep_Tool.Pnt_s(TopoDS.Vertex_s(vertex))) for vertex in found])


def _point(point: gp_Pnt) -> Floats:
    return np.array([point.X(), point.Y(), point.Z()])


def _direction(direction: gp_Dir) -> Floats:
    return np.array([direction.X(), direction.Y(), direction.Z()])


def _near(a: Floats, b: Floats) -> bool:
    return float(np.abs(a - b).max()) < SAME_MM


def _same(a: float, b: float) -> bool:
    return abs(a - b) < SAME_MM
