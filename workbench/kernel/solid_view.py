"""Read a solid into arrays once: exact faces, a fine triangulation, and rays through it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.TopoDS import TopoDS_Face, TopoDS_Shape

from schemas.errors import InputError
from workbench.kernel.arrays import Bools, Floats, Ints
from workbench.kernel.faces import is_reversed, read_faces
from workbench.kernel.measuring import measure
from workbench.kernel.meshes import FaceMesh, mesh_faces
from workbench.kernel.rounds import HALF_TURN_RAD, WHOLE_TURN_RAD, Round, list_round_faces
from workbench.kernel.voids import Void, list_voids

CHORD_MM = 0.15
CHORD_RAD = 1.0
NEAREST_HIT_MM = 1e-6
EDGE_SLACK = 1e-6
BATCH_CELLS = 16_384


@dataclass(frozen=True)
class Spot:
    """A measured value and where on the solid it was measured (mm)."""

    measured: float
    face: int | None = None
    point: Floats | None = None


@dataclass(frozen=True)
class FaceShape:
    """One face: `direction` is a plane's outward normal or a cylinder's axis, `point` lies on plane or axis.

    `concave` says that the material is outside the cylinder (a hole); `turn_rad` is how far around it goes, with the
    faces beside it.
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
        return self.kind == "cylinder" and not self.concave and self.turn_rad > WHOLE_TURN_RAD

    @property
    def is_hole(self) -> bool:
        """Say whether this is at least half a cylinder with the material outside; less is a fillet."""
        return self.kind == "cylinder" and self.concave and self.turn_rad > HALF_TURN_RAD


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
    voids: tuple[Void, ...]

    @property
    def vertices(self) -> Floats:
        """Return every triangle corner, (3T, 3) mm."""
        return self.corners.reshape(-1, 3)

    @property
    def centroids(self) -> Floats:
        """Return the triangles' centroids, (T, 3) mm."""
        return np.asarray(self.corners.mean(axis=1))

    @cached_property
    def nodes(self) -> Floats:
        """Return every triangle corner once, (n, 3) mm."""
        _, first = np.unique(self.vertices.round(7), axis=0, return_index=True)
        return self.vertices[np.sort(first)]

    @cached_property
    def face_areas(self) -> Floats:
        """Return the area of each face's triangles, (F,) mm²."""
        return np.asarray(np.bincount(self.owners, self.areas, len(self.faces)), dtype=np.float64)

    @cached_property
    def curved(self) -> Bools:
        """Return which faces are not plane, (F,)."""
        return np.array([face.kind != "plane" for face in self.faces], dtype=np.bool_)

    def span_faces(self, way: Floats) -> tuple[Floats, Floats]:
        """Return where each face begins and ends along a direction, (F,) and (F,) mm."""
        heights, owners = self.vertices @ way, np.repeat(self.owners, 3)
        low, high = np.full(len(self.faces), np.inf), np.full(len(self.faces), -np.inf)
        np.minimum.at(low, owners, heights)
        np.maximum.at(high, owners, heights)
        return low, high

    def cast(self, origins: Floats, directions: Floats, among: Ints | None = None) -> tuple[Floats, Ints]:
        """Return the distance to the first triangle along each ray (inf: none) and its index (-1: none).

        Each triangle maps the ray into its own unit frame (Baldwin & Weber 2016), so that all tests are two products;
        batches keep the arrays in the processor's cache. `among` limits the triangles.
        """
        chosen = np.arange(len(self.corners)) if among is None else among
        if not len(chosen):
            return np.full(len(origins), np.inf), np.full(len(origins), -1, dtype=np.int64)
        linear, shift = self.to_local
        if among is not None:
            linear = linear.reshape(3, -1, 3)[:, among].reshape(-1, 3)
            shift = shift[:, among]
        batch = max(1, BATCH_CELLS // len(chosen))
        cuts = range(0, len(origins), batch)
        found = [_cast(linear, shift, origins[cut : cut + batch], directions[cut : cut + batch]) for cut in cuts]
        distances = np.concatenate([np.empty(0), *(distance for distance, _ in found)])
        hits = np.concatenate([np.empty(0, dtype=np.int64), *(hit for _, hit in found)])
        return distances, np.where(hits >= 0, chosen[hits], -1)


def _cast(linear: Floats, shift: Floats, origins: Floats, directions: Floats) -> tuple[Floats, Ints]:
    start = (linear @ origins.T).reshape(3, shift.shape[1], -1) + shift[:, :, None]
    along = (linear @ directions.T).reshape(3, shift.shape[1], -1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        reach = -start[2] / along[2]
        u, v = start[0] + reach * along[0], start[1] + reach * along[1]
        inside = (u > -EDGE_SLACK) & (v > -EDGE_SLACK) & (u + v < 1 + EDGE_SLACK) & (reach > NEAREST_HIT_MM)
    reach[~inside] = np.inf
    hit = np.asarray(reach.argmin(axis=0), dtype=np.int64)
    distance = reach[hit, np.arange(len(origins))]
    return distance, np.where(np.isfinite(distance), hit, -1)


def read_solid(shape: TopoDS_Shape) -> SolidView:
    """Triangulate a shape to 0.15 mm and 1 rad and measure it with the kernel.

    Raises InputError for a shape with a face that can't be meshed or without volume.
    """
    meshes = [_read_corners(mesh) for mesh in mesh_faces(shape, CHORD_MM, CHORD_RAD)]
    corners = np.concatenate(meshes) if meshes else np.empty((0, 3, 3))
    owners = np.repeat(np.arange(len(meshes)), [len(mesh) for mesh in meshes])
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(cross, axis=1)
    real = doubled > 1e-9
    corners, owners, cross, doubled = corners[real], owners[real], cross[real], doubled[real]
    if not len(corners) or (size := measure(shape)).volume_mm3 <= 0:
        raise InputError("the shape encloses no volume: hand over one closed solid")
    return SolidView(
        shape=shape,
        surfaces=tuple(face for face, _ in read_faces(shape)),
        faces=tuple(_describe_faces(shape)),
        corners=corners,
        normals=cross / doubled[:, None],
        areas=doubled / 2,
        owners=owners.astype(np.int64),
        to_local=_invert_frames(corners, cross),
        volume_mm3=size.volume_mm3,
        surface_mm2=size.area_mm2,
        voids=tuple(list_voids(shape)),
    )


def _read_corners(mesh: FaceMesh | None) -> Floats:
    """Return the corners (m, 3, 3) of a face's outward triangles, each beginning where the kernel begins it."""
    if mesh is None:
        raise InputError("a face of the shape can't be triangulated: hand over a valid solid")
    return mesh.nodes[mesh.triangles[:, [0, 2, 1]] if mesh.is_turned else mesh.triangles]


def _invert_frames(corners: Floats, cross: Floats) -> tuple[Floats, Floats]:
    """Return what maps points into each triangle's unit frame: rows (3T, 3) ordered u, v, height, and shifts (3, T)."""
    frames = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], cross], axis=2)
    inverse = np.linalg.inv(frames)
    shift = -np.einsum("tij,tj->it", inverse, corners[:, 0])
    return np.ascontiguousarray(inverse.transpose(1, 0, 2)).reshape(-1, 3), shift


def _describe_faces(shape: TopoDS_Shape) -> Iterator[FaceShape]:
    rounds = iter(list_round_faces(shape))
    for face, surface in read_faces(shape):
        match surface.GetType():
            case GeomAbs_SurfaceType.GeomAbs_Plane:
                yield _describe_plane(face, surface)
            case GeomAbs_SurfaceType.GeomAbs_Cylinder:
                yield _describe_cylinder(next(rounds))
            case _:
                yield FaceShape("other", np.zeros(3), np.zeros(3))


def _describe_plane(face: TopoDS_Face, surface: BRepAdaptor_Surface) -> FaceShape:
    plane = surface.Plane()
    normal = np.array(plane.Axis().Direction().Coord())
    direct = plane.Position().Direct()
    flip = is_reversed(face) == direct
    return FaceShape("plane", np.array(plane.Location().Coord()), -normal if flip else normal)


def _describe_cylinder(face: Round) -> FaceShape:
    return FaceShape("cylinder", face.middle_mm, face.line.axis, face.diameter_mm / 2, face.is_hole, face.turn_rad)
