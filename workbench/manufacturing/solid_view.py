"""Read a solid into arrays once: exact faces, a fine triangulation, and rays through it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepBuilderAPI import BRepBuilderAPI_Copy
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopExp import TopExp
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS, TopoDS_Face, TopoDS_Shape
from OCP.TopTools import TopTools_IndexedMapOfShape

from schemas.errors import InputError
from workbench.kernel.arrays import Floats, Ints
from workbench.kernel.faces import is_reversed, read_normal
from workbench.kernel.frames import read_location
from workbench.kernel.measuring import measure

CHORD_MM = 0.15
CHORD_RAD = 1.0
NEAREST_HIT_MM = 1e-4
EDGE_SLACK = 1e-6
BATCH_CELLS = 16_384


@dataclass(frozen=True)
class FaceShape:
    """One face: `direction` is a plane's outward normal or a cylinder's axis, `point` lies on plane or axis.

    `concave` says that the material is outside the cylinder (a hole); `turn_rad` is how far it goes round.
    """

    kind: Literal["plane", "cylinder", "other"]
    point: Floats
    direction: Floats
    radius_mm: float = 0.0
    concave: bool = False
    turn_rad: float = 0.0

    @property
    def is_pin(self) -> bool:
        """Say whether this is a whole cylinder with the material inside."""
        return self.kind == "cylinder" and not self.concave and self.turn_rad > 2 * np.pi - 1e-3

    @property
    def is_hole(self) -> bool:
        """Say whether this is at least half a cylinder with the material outside; less is a fillet."""
        return self.kind == "cylinder" and self.concave and self.turn_rad > np.pi - 1e-3


@dataclass(frozen=True)
class SolidView:
    """A solid as arrays in its own frame (mm): triangle corners (T, 3, 3), outward normals, areas, owning faces."""

    shape: TopoDS_Shape
    surfaces: tuple[TopoDS_Face, ...]
    faces: tuple[FaceShape, ...]
    corners: Floats
    normals: Floats
    areas: Floats
    owners: Ints
    to_local: tuple[Floats, Floats]
    volume_mm3: float
    surface_mm2: float

    @property
    def vertices(self) -> Floats:
        """Return every triangle corner, (3T, 3) mm."""
        return self.corners.reshape(-1, 3)

    @property
    def centroids(self) -> Floats:
        """Return the triangles' centroids, (T, 3) mm."""
        return np.asarray(self.corners.mean(axis=1))

    def cast(self, origins: Floats, directions: Floats) -> tuple[Floats, Ints]:
        """Return the distance to the first triangle along each ray (inf: none) and its index (-1: none).

        Each triangle maps the ray into its own unit frame (Baldwin & Weber 2016), so that all tests are two products;
        batches keep the arrays in the processor's cache.
        """
        batch = max(1, BATCH_CELLS // len(self.corners))
        cuts = range(0, len(origins), batch)
        found = [self._cast_batch(origins[cut : cut + batch], directions[cut : cut + batch]) for cut in cuts]
        distances = np.concatenate([np.empty(0), *(distance for distance, _ in found)])
        return distances, np.concatenate([np.empty(0, dtype=np.int64), *(hit for _, hit in found)])

    def _cast_batch(self, origins: Floats, directions: Floats) -> tuple[Floats, Ints]:
        linear, shift = self.to_local
        start = (linear @ origins.T).reshape(3, len(self.corners), -1) + shift[:, :, None]
        along = (linear @ directions.T).reshape(3, len(self.corners), -1)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            reach = -start[2] / along[2]
            u, v = start[0] + reach * along[0], start[1] + reach * along[1]
            inside = (u > -EDGE_SLACK) & (v > -EDGE_SLACK) & (u + v < 1 + EDGE_SLACK) & (reach > NEAREST_HIT_MM)
        reach[~inside] = np.inf
        hit = np.asarray(reach.argmin(axis=0), dtype=np.int64)
        distance = reach[hit, np.arange(len(origins))]
        return distance, np.where(np.isfinite(distance), hit, -1)


def read_solid(shape: TopoDS_Shape) -> SolidView:
    """Triangulate a private copy of a shape to 0.15 mm and 1 rad and measure it with the kernel.

    The copy keeps any mesh that the caller's shape carries from changing the answer. Raises InputError for a shape
    with a face that can't be meshed or without volume.
    """
    copy = BRepBuilderAPI_Copy(shape, False, False).Shape()
    BRepMesh_IncrementalMesh(copy, CHORD_MM, False, CHORD_RAD, False)
    surfaces = tuple(TopoDS.Face_s(face) for face in list_shapes(copy, TopAbs_ShapeEnum.TopAbs_FACE))
    meshes = [_read_mesh(face) for face in surfaces]
    corners = np.concatenate(meshes) if meshes else np.empty((0, 3, 3))
    owners = np.repeat(np.arange(len(meshes)), [len(mesh) for mesh in meshes])
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(cross, axis=1)
    real = doubled > 1e-9
    corners, owners, cross, doubled = corners[real], owners[real], cross[real], doubled[real]
    if not len(corners) or (size := measure(copy)).volume_mm3 <= 0:
        raise InputError("the shape encloses no volume: hand over one closed solid")
    return SolidView(
        shape=copy,
        surfaces=surfaces,
        faces=tuple(_describe_face(face) for face in surfaces),
        corners=corners,
        normals=cross / doubled[:, None],
        areas=doubled / 2,
        owners=owners.astype(np.int64),
        to_local=_invert_frames(corners, cross),
        volume_mm3=size.volume_mm3,
        surface_mm2=size.area_mm2,
    )


def list_shapes(shape: TopoDS_Shape, kind: TopAbs_ShapeEnum) -> list[TopoDS_Shape]:
    """Return the distinct sub-shapes of a kind in the kernel's order."""
    found = TopTools_IndexedMapOfShape()
    TopExp.MapShapes_s(shape, kind, found)
    return [found.FindKey(index) for index in range(1, found.Extent() + 1)]


def _read_mesh(face: TopoDS_Face) -> Floats:
    place = TopLoc_Location()
    mesh = BRep_Tool.Triangulation_s(face, place)
    if mesh is None:
        raise InputError("a face of the shape can't be triangulated: hand over a valid solid")
    nodes = np.array([mesh.Node(i).Coord() for i in range(1, mesh.NbNodes() + 1)])
    index = np.array([mesh.Triangle(i).Get() for i in range(1, mesh.NbTriangles() + 1)]) - 1
    if is_reversed(face):
        index = index[:, [0, 2, 1]]
    rotation, origin = read_location(place)
    return np.asarray((nodes @ rotation.T + origin)[index])


def _invert_frames(corners: Floats, cross: Floats) -> tuple[Floats, Floats]:
    """Return what maps points into each triangle's unit frame: rows (3T, 3) ordered u, v, height, and shifts (3, T)."""
    frames = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], cross], axis=2)
    inverse = np.linalg.inv(frames)
    shift = -np.einsum("tij,tj->it", inverse, corners[:, 0])
    return np.ascontiguousarray(inverse.transpose(1, 0, 2)).reshape(-1, 3), shift


def _describe_face(face: TopoDS_Face) -> FaceShape:
    surface = BRepAdaptor_Surface(face)
    match surface.GetType():
        case GeomAbs_SurfaceType.GeomAbs_Plane:
            return _describe_plane(face, surface)
        case GeomAbs_SurfaceType.GeomAbs_Cylinder:
            return _describe_cylinder(face, surface)
    return FaceShape("other", np.zeros(3), np.zeros(3))


def _describe_plane(face: TopoDS_Face, surface: BRepAdaptor_Surface) -> FaceShape:
    plane = surface.Plane()
    normal = np.array(plane.Axis().Direction().Coord())
    direct = plane.Position().Direct()
    flip = is_reversed(face) == direct
    return FaceShape("plane", np.array(plane.Location().Coord()), -normal if flip else normal)


def _describe_cylinder(face: TopoDS_Face, surface: BRepAdaptor_Surface) -> FaceShape:
    cylinder = surface.Cylinder()
    axis, base = cylinder.Axis(), np.array(cylinder.Location().Coord())
    direction = np.array(axis.Direction().Coord())
    middle = (surface.FirstVParameter() + surface.LastVParameter()) / 2
    turn = surface.LastUParameter() - surface.FirstUParameter()
    concave = _points_to_axis(face, surface, base, direction)
    return FaceShape("cylinder", base + middle * direction, direction, cylinder.Radius(), concave, turn)


def _points_to_axis(face: TopoDS_Face, surface: BRepAdaptor_Surface, base: Floats, direction: Floats) -> bool:
    point, normal = read_normal(surface, surface.FirstUParameter(), surface.FirstVParameter())
    offset = point - base
    radial = offset - (offset @ direction) * direction
    return bool((-normal if is_reversed(face) else normal) @ radial < 0)
