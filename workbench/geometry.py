"""Reads a geometry bundle back into checked kernel solids in the world frame, and measures and explores them exactly.

Nothing that the program claims is believed: files, hashes, references, solids and numbers are taken again.
"""

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from OCP.BinTools import BinTools
from OCP.Bnd import Bnd_Box
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepBndLib import BRepBndLib
from OCP.BRepCheck import BRepCheck_Analyzer
from OCP.BRepGProp import BRepGProp
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.gp import gp_Ax1, gp_Pnt, gp_Quaternion, gp_Trsf, gp_Vec
from OCP.GProp import GProp_GProps
from OCP.TopAbs import TopAbs_Orientation, TopAbs_ShapeEnum
from OCP.TopExp import TopExp_Explorer
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS, TopoDS_Face, TopoDS_Shape
from pydantic import TypeAdapter, ValidationError

from schemas.bundle import AssemblyBundle, Body, Bundle, Pose, SceneBundle
from schemas.jobs import BUNDLE_FILE
from schemas.reasons import Reason, ReasonCode
from schemas.record import describe_validation, hash_bytes
from workbench.reasons import reason, refuse
from workbench.references import find_reference_faults

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOST_JSON_BYTES = 4_000_000
MOST_BREP_BYTES = 8_000_000
MOST_BUNDLE_BYTES = 64_000_000
MOST_EXTENT_MM = 10_000.0
LEAST_VOLUME_MM3 = 1e-3

_AXES = {
    GeomAbs_SurfaceType.GeomAbs_Plane: lambda surface: surface.Plane().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Cylinder: lambda surface: surface.Cylinder().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Cone: lambda surface: surface.Cone().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Torus: lambda surface: surface.Torus().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Sphere: lambda surface: surface.Sphere().Position().Axis(),
    GeomAbs_SurfaceType.GeomAbs_SurfaceOfRevolution: lambda surface: surface.AxeOfRevolution(),
}
_BUNDLE: TypeAdapter[SceneBundle | AssemblyBundle] = TypeAdapter(Bundle)


@dataclass(frozen=True)
class Solid:
    """A body and its solid in world coordinates (mm) at t = 0."""

    body: Body
    shape: TopoDS_Shape


@dataclass(frozen=True)
class LoadedBundle:
    """A bundle whose files, references and solids have been checked."""

    record: SceneBundle | AssemblyBundle
    solids: Mapping[str, Solid]
    bundle_hash: str

    @property
    def scene(self) -> SceneBundle:
        """Return the record of a scene; raises ValueError for an assembly."""
        if not isinstance(self.record, SceneBundle):
            raise ValueError("a scene bundle is needed, this is an assembly")
        return self.record

    @property
    def assembly(self) -> AssemblyBundle:
        """Return the record of an assembly; raises ValueError for a scene."""
        if not isinstance(self.record, AssemblyBundle):
            raise ValueError("an assembly bundle is needed, this is a scene")
        return self.record


class SolidMeasure(NamedTuple):
    """Exact kernel values: inertia_mm5 (3, 3) about the centre at density 1, box_mm (2, 3) as min and max corner."""

    volume_mm3: float
    area_mm2: float
    centre_mm: Floats
    inertia_mm5: Floats
    box_mm: Floats


def load_bundle(files: Mapping[str, bytes]) -> LoadedBundle | tuple[Reason, ...]:
    """Check and read `bundle.json` and its BREP files; returns every fault that was found instead of raising."""
    faults = tuple(_find_size_faults(files))
    if faults:
        return faults
    try:
        record = _BUNDLE.validate_json(files[BUNDLE_FILE], strict=True)
    except ValidationError as error:
        return (refuse(ReasonCode.BUNDLE_INVALID, BUNDLE_FILE, describe_validation(error)),)
    found = [*_find_file_faults(record, files), *find_reference_faults(record)]
    solids: dict[str, Solid] = {}
    for body in record.bodies:
        data = files.get(body.geometry)
        if data is not None and hash_bytes(data) == body.geometry_sha256:
            solid = _read_solid(body, data)
            if isinstance(solid, Reason):
                found.append(solid)
            else:
                solids[body.id] = solid
    return tuple(found) or LoadedBundle(record, solids, record.digest())


def measure(shape: TopoDS_Shape) -> SolidMeasure:
    """Return volume, area, centre, inertia and bounding box of a solid from its exact surfaces."""
    volume, area = GProp_GProps(), GProp_GProps()
    BRepGProp.VolumeProperties_s(shape, volume)
    BRepGProp.SurfaceProperties_s(shape, area)
    centre, matrix = volume.CentreOfMass(), volume.MatrixOfInertia()
    box = Bnd_Box()
    BRepBndLib.AddOptimal_s(shape, box, False, False)
    low, high = box.CornerMin(), box.CornerMax()
    return SolidMeasure(
        volume.Mass(),
        area.Mass(),
        np.array(centre.Coord()),
        np.array([[matrix.Value(i, j) for j in (1, 2, 3)] for i in (1, 2, 3)]),
        np.array([low.Coord(), high.Coord()]),
    )


def place(shape: TopoDS_Shape, pose: Pose) -> TopoDS_Shape:
    """Return the shape moved from its own frame to its pose."""
    w, x, y, z = pose.quaternion_wxyz
    transform = gp_Trsf()
    transform.SetRotation(gp_Quaternion(x, y, z, w))
    transform.SetTranslationPart(gp_Vec(*pose.position_mm))
    return shape.Moved(TopLoc_Location(transform), False)


def read_location(location: TopLoc_Location) -> tuple[Floats, Floats]:
    """Return the rotation (3, 3) and origin (3,) in mm of a place."""
    move = location.Transformation()
    matrix = np.array([[move.Value(i, j) for j in (1, 2, 3, 4)] for i in (1, 2, 3)])
    return matrix[:, :3], matrix[:, 3]


def explore(shape: TopoDS_Shape, kind: TopAbs_ShapeEnum) -> Iterator[TopoDS_Shape]:
    """Yield the sub-shapes of one kind in the kernel's order."""
    explorer = TopExp_Explorer(shape, kind)
    while explorer.More():
        yield explorer.Current()
        explorer.Next()


def read_faces(shape: TopoDS_Shape) -> Iterator[tuple[TopoDS_Face, BRepAdaptor_Surface]]:
    """Yield the faces of a shape in the kernel's order, each with its surface."""
    for face in map(TopoDS.Face_s, explore(shape, TopAbs_ShapeEnum.TopAbs_FACE)):
        yield face, BRepAdaptor_Surface(face)


def read_axis(surface: BRepAdaptor_Surface) -> gp_Ax1 | None:
    """Return a plane's normal or the axis of a turned surface, None for any other."""
    axis = _AXES.get(surface.GetType())
    return axis(surface) if axis else None


def read_normal(surface: BRepAdaptor_Surface, u: float, v: float) -> tuple[Floats, Floats]:
    """Return a point (3,) of a surface by its parameters, and the normal (3,) there, of any length."""
    point, along_u, along_v = gp_Pnt(), gp_Vec(), gp_Vec()
    surface.D1(u, v, point, along_u, along_v)
    return np.array(point.Coord()), np.array(along_u.Crossed(along_v).Coord())


def is_reversed(shape: TopoDS_Shape) -> bool:
    """Say whether a face or edge is turned against its surface or curve."""
    return bool(shape.Orientation() == TopAbs_Orientation.TopAbs_REVERSED)


def list_corners(shape: TopoDS_Shape) -> Floats:
    """Return the vertices (n, 3) of a shape."""
    corners = explore(shape, TopAbs_ShapeEnum.TopAbs_VERTEX)
    return np.array([BRep_Tool.Pnt_s(TopoDS.Vertex_s(corner)).Coord() for corner in corners])


def _find_size_faults(files: Mapping[str, bytes]) -> Iterator[Reason]:
    if BUNDLE_FILE not in files:
        yield reason(ReasonCode.BUNDLE_INVALID, f"{BUNDLE_FILE} is missing", BUNDLE_FILE)
    total = sum(len(data) for data in files.values())
    limits = {name: MOST_JSON_BYTES if name == BUNDLE_FILE else MOST_BREP_BYTES for name in files}
    sizes = [(name, len(data), limits[name]) for name, data in files.items()]
    for name, size, limit in [*sizes, ("bundle", total, MOST_BUNDLE_BYTES)]:
        if size > limit:
            message = f"{name[:80]} is too large"
            yield reason(ReasonCode.BUNDLE_INVALID, message, name[:80], size_b=size, limit_b=limit)


def _find_file_faults(record: SceneBundle | AssemblyBundle, files: Mapping[str, bytes]) -> Iterator[Reason]:
    named = {body.geometry: body for body in record.bodies}
    for name in sorted(files.keys() - named.keys() - {BUNDLE_FILE}):
        yield refuse(ReasonCode.BUNDLE_INVALID, name[:80], "no body names this file: remove it")
    for name, body in named.items():
        if name not in files:
            yield refuse(ReasonCode.BUNDLE_INVALID, body.id, f"its geometry {name} is missing")
        elif hash_bytes(files[name]) != body.geometry_sha256:
            yield refuse(ReasonCode.BUNDLE_INVALID, body.id, f"geometry_sha256 is not the hash of {name}")


def _read_solid(body: Body, data: bytes) -> Solid | Reason:
    shape = TopoDS_Shape()
    try:
        BinTools.Read_s(shape, io.BytesIO(data))
        if shape.IsNull():
            return refuse(ReasonCode.GEOMETRY_INVALID, body.id, "its geometry file holds no shape")
        placed = place(shape, body.pose)
        fault = _find_solid_fault(body.id, placed)
    except Exception as error:  # noqa: BLE001  the kernel's exceptions share no base; each becomes a reason
        text = (str(error) or type(error).__name__)[:160]
        return refuse(ReasonCode.GEOMETRY_INVALID, body.id, f"the kernel can't read its geometry: {text}")
    return fault or Solid(body, next(explore(placed, TopAbs_ShapeEnum.TopAbs_SOLID)))


def _find_solid_fault(body_id: str, shape: TopoDS_Shape) -> Reason | None:
    """Return why a shape is not exactly one closed, valid solid of positive volume and bounded size."""
    count = sum(1 for _ in explore(shape, TopAbs_ShapeEnum.TopAbs_SOLID))
    shells = list(explore(shape, TopAbs_ShapeEnum.TopAbs_SHELL))
    if count != 1:
        return refuse(ReasonCode.GEOMETRY_INVALID, body_id, "must be exactly one closed solid", solids=count)
    if not all(BRep_Tool.IsClosed_s(TopoDS.Shell_s(shell)) for shell in shells):
        return refuse(ReasonCode.GEOMETRY_INVALID, body_id, "its shell is open: close it")
    if not BRepCheck_Analyzer(shape).IsValid():
        return refuse(ReasonCode.GEOMETRY_INVALID, body_id, "is not a valid solid (self-intersecting or non-manifold)")
    size = measure(shape)
    if not math.isfinite(size.volume_mm3) or size.volume_mm3 < LEAST_VOLUME_MM3:
        volume_mm3 = size.volume_mm3 if math.isfinite(size.volume_mm3) else -1.0
        return refuse(ReasonCode.GEOMETRY_INVALID, body_id, "its volume must be positive", volume_mm3=volume_mm3)
    extent = float(np.abs(size.box_mm).max())
    if extent > MOST_EXTENT_MM:
        return refuse(ReasonCode.GEOMETRY_INVALID, body_id, "reaches too far from the origin", reach_mm=extent)
    return None
