"""Recognises solids that are exactly a sphere, cylinder, capsule or box, on the kernel's surfaces."""

import math

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.gp import gp_Dir, gp_Pnt
from OCP.TopoDS import TopoDS_Shape

from schemas.units import M_PER_MM
from workbench.convert.conversion import NO_POINTS, Hull
from workbench.kernel.arrays import Floats
from workbench.kernel.faces import list_corners, read_faces
from workbench.kernel.frames import Frame, frame_across
from workbench.kernel.measuring import measure
from workbench.kernel.rounds import Round, list_round_faces

SAME_VOLUME = 1e-6
SAME_MM = 1e-5
SAME_CORNER_MM = 1e-4
SAME_DIRECTION = 1e-7


def recognise(shape: TopoDS_Shape) -> Hull | None:
    """Return the primitive that the solid is, or None; a candidate of another volume than the solid is not it."""
    faces = [surface for _, surface in read_faces(shape)]
    kinds = {face.GetType() for face in faces}
    plane, cylinder = GeomAbs_SurfaceType.GeomAbs_Plane, GeomAbs_SurfaceType.GeomAbs_Cylinder
    sphere = GeomAbs_SurfaceType.GeomAbs_Sphere
    candidate: tuple[Hull, float] | None = None
    if kinds == {plane}:
        candidate = _fit_planar(faces, list_corners(shape))
    elif kinds == {sphere}:
        candidate = _fit_sphere(faces)
    elif kinds == {plane, cylinder}:
        candidate = _fit_cylinder(list_round_faces(shape), [f for f in faces if f.GetType() == plane])
    elif kinds == {cylinder, sphere}:
        candidate = _fit_capsule(list_round_faces(shape), [f for f in faces if f.GetType() == sphere])
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
    return Hull("box", NO_POINTS, float(2 * half.min()), _frame(rotation, centre), tuple(half.tolist()))


def _fit_planar(faces: list[BRepAdaptor_Surface], corners: Floats) -> tuple[Hull, float] | None:
    box = fit_box([_array(face.Plane().Axis().Direction()) for face in faces], corners)
    return (box, 8 * math.prod(box.size_mm)) if box else None


def _fit_sphere(faces: list[BRepAdaptor_Surface]) -> tuple[Hull, float] | None:
    centre, radius = _array(faces[0].Sphere().Location()), faces[0].Sphere().Radius()
    if not all(_near(_array(f.Sphere().Location()), centre) and _same(f.Sphere().Radius(), radius) for f in faces):
        return None
    hull = Hull("sphere", NO_POINTS, 2 * radius, _frame(np.eye(3), centre), (radius,))
    return hull, 4 / 3 * math.pi * radius**3


def _fit_cylinder(rounds: tuple[Round, ...], ends: list[BRepAdaptor_Surface]) -> tuple[Hull, float] | None:
    bore = _find_bore(rounds)
    if bore is None:
        return None
    if any(abs(_array(f.Plane().Axis().Direction()) @ bore.line.axis) < 1 - SAME_DIRECTION for f in ends):
        return None
    half, radius, frame = _span(bore, [f.Plane().Location() for f in ends])
    hull = Hull("cylinder", NO_POINTS, 2 * min(radius, half), frame, (radius, half))
    return hull, 2 * half * math.pi * radius**2


def _fit_capsule(rounds: tuple[Round, ...], ends: list[BRepAdaptor_Surface]) -> tuple[Hull, float] | None:
    bore = _find_bore(rounds)
    if bore is None or not all(_same(f.Sphere().Radius(), bore.diameter_mm / 2) for f in ends):
        return None
    half, radius, frame = _span(bore, [f.Sphere().Location() for f in ends])
    hull = Hull("capsule", NO_POINTS, 2 * radius, frame, (radius, half))
    return hull, 2 * half * math.pi * radius**2 + 4 / 3 * math.pi * radius**3


def _span(bore: Round, ends: list[gp_Pnt]) -> tuple[float, float, Frame]:
    """Return half the length of a bore between points, its radius and the frame of its middle."""
    start, axis, radius = bore.line.point_mm, bore.line.axis, bore.diameter_mm / 2
    along = [float((_array(end) - start) @ axis) for end in ends]
    half, centre = (max(along) - min(along)) / 2, start + axis * (max(along) + min(along)) / 2
    return half, radius, _frame(np.column_stack([*frame_across(axis)]), centre)


def _find_bore(rounds: tuple[Round, ...]) -> Round | None:
    """Return one of the cylindrical faces that all have its line and radius."""
    bore = rounds[0]
    alike = [_same(face.diameter_mm / 2, bore.diameter_mm / 2) for face in rounds]
    straight = [abs(float(face.line.axis @ bore.line.axis)) > 1 - SAME_DIRECTION for face in rounds]
    near = [bore.line.offset_mm(face.line) < SAME_MM for face in rounds]
    return bore if all((*alike, *straight, *near)) else None


def _frame(rotation: Floats, centre_mm: Floats) -> Frame:
    return Frame(rotation, centre_mm * M_PER_MM)


def _right_handed(axes: list[Floats]) -> Floats:
    first, second = axes[0], axes[1] - axes[0] * (axes[0] @ axes[1])
    second /= np.linalg.norm(second)
    return np.column_stack([first, second, np.cross(first, second)])


def _array(point: gp_Pnt | gp_Dir) -> Floats:
    return np.array(point.Coord())


def _near(a: Floats, b: Floats) -> bool:
    return float(np.abs(a - b).max()) < SAME_MM


def _same(a: float, b: float) -> bool:
    return abs(a - b) < SAME_MM
