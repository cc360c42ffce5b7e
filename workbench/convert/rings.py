"""Builds rings of primitives, so that they roll: hulls would stop on their facets (mechanics §2).

A rim is a row of ellipsoids around the ring's axis, each with the rim's own curvature where it touches the ground. A
torus is one row; a tube has a row along each edge, and hulls a little farther in that bound its ends and bore.
"""

import math
from typing import NamedTuple

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.GeomAbs import GeomAbs_SurfaceType as Kind
from OCP.gp import gp_Ax1, gp_Ax3
from OCP.TopoDS import TopoDS_Shape

from schemas.units import M_PER_MM
from workbench.convert.conversion import NO_POINTS, Hull
from workbench.convert.prisms import measure_swirl
from workbench.kernel.arrays import Floats
from workbench.kernel.faces import has_free_faces, read_axis, read_faces, sample_normals
from workbench.kernel.frames import Frame
from workbench.kernel.measuring import measure

TURNED = (Kind.GeomAbs_Cylinder, Kind.GeomAbs_Cone, Kind.GeomAbs_Torus, Kind.GeomAbs_SurfaceOfRevolution)
"""Surfaces with an axis of their own; a sphere has any."""
SAME_VOLUME = 1e-6
SAME_MM, SAME_DIRECTION = 1e-5, 1e-9
MOST_FREE_SWIRL = 2e-3
"""Tangential part of a normal on a face that is turned as good as exactly."""
MOST_TILT_RAD = math.radians(0.1)
"""How far the rim's normal may lean: on a slope less steep than that the ring may stick."""
DRAWN_IN_MM = 0.05
"""How far hulls stay within the rim: their facets have normals of their own; resting contacts sink in by microns."""
EDGE_SHARE, WIDEST_EDGE_MM = 0.1, 0.5
"""Half the width of the ellipsoids along a tube's edges, as a share of its length and at most."""


class Ring(NamedTuple):
    """A ring of radius `outer_mm`, `wall_mm` thick; its rows stand at heights along the axis and have a half width."""

    axis: gp_Ax1
    outer_mm: float
    wall_mm: float
    heights_mm: tuple[float, ...]
    half_width_mm: float
    volume_mm3: float

    @property
    def is_torus(self) -> bool:
        """Say whether the ellipsoids are all of it."""
        return len(self.heights_mm) == 1

    def build_rim(self) -> tuple[Hull, ...]:
        """Return the ellipsoids."""
        return tuple(_place(self, height, turn) for height in self.heights_mm for turn in _split_turn(self))

    def draw_in(self, points_mm: Floats) -> Floats:
        """Return points (n, 3) of the ring moved to within DRAWN_IN_MM of its rim, so that the rim alone touches."""
        start, along = np.array(self.axis.Location().Coord()), np.array(self.axis.Direction().Coord())
        offset = points_mm - start
        middle = start + np.outer(offset @ along, along)
        away = np.linalg.norm(points_mm - middle, axis=1, keepdims=True)
        share = np.minimum(1.0, (self.outer_mm - DRAWN_IN_MM) / np.maximum(away, SAME_MM))
        return np.asarray(middle + share * (points_mm - middle))


def find_ring(shape: TopoDS_Shape) -> Ring | None:
    """Return the torus or tube that a solid is, None for any other."""
    faces = [surface for _, surface in read_faces(shape)]
    kinds = {face.GetType() for face in faces}
    torus, tube = {Kind.GeomAbs_Torus}, {Kind.GeomAbs_Plane, Kind.GeomAbs_Cylinder}
    if find_turning_axis(shape) is None or kinds not in (torus, tube):
        return None
    ring = _fit_torus(faces) if kinds == torus else _fit_tube(faces)
    same = ring is not None and math.isclose(measure(shape).volume_mm3, ring.volume_mm3, rel_tol=SAME_VOLUME)
    return ring if same else None


def find_turning_axis(shape: TopoDS_Shape) -> gp_Ax1 | None:
    """Return the axis about which every face of a solid is turned, None where there is none."""
    faces = [surface for _, surface in read_faces(shape)]
    axis = next((read_axis(face) for face in faces if face.GetType() in TURNED), None)
    return axis if axis is not None and all(_is_turned(face, axis) for face in faces) else None


def is_turned_freely(shape: TopoDS_Shape) -> bool:
    """Say whether spline faces make a solid that is turned about a principal axis: a scaled ball or disc, say.

    To MOST_FREE_SWIRL, which a disc of 20 mm reaches where it is 0.04 mm out of round.
    """
    if not has_free_faces(shape):
        return False
    size, (points, normals) = measure(shape), sample_normals(shape)
    axes = np.linalg.eigh(size.inertia_mm5)[1].T
    swirls = [measure_swirl(points, normals, np.concatenate([size.centre_mm, axis]))[1].max() for axis in axes]
    return bool(min(swirls) < MOST_FREE_SWIRL)


def _is_turned(face: BRepAdaptor_Surface, axis: gp_Ax1) -> bool:
    own = read_axis(face)
    if own is None:
        return False
    if face.GetType() == Kind.GeomAbs_Plane:
        return bool(own.Direction().IsParallel(axis.Direction(), SAME_DIRECTION))
    if face.GetType() == Kind.GeomAbs_Sphere:
        own = gp_Ax1(face.Sphere().Location(), axis.Direction())
    return any(bool(one.IsCoaxial(axis, SAME_DIRECTION, SAME_MM)) for one in (own, own.Reversed()))


def _fit_torus(faces: list[BRepAdaptor_Surface]) -> Ring:
    torus = faces[0].Torus()
    large, small = torus.MajorRadius(), torus.MinorRadius()
    volume = 2 * math.pi**2 * large * small**2
    return Ring(torus.Axis(), large + small, 2 * small, (0.0,), small, volume)


def _fit_tube(faces: list[BRepAdaptor_Surface]) -> Ring | None:
    walls = [face.Cylinder() for face in faces if face.GetType() == Kind.GeomAbs_Cylinder]
    ends = [face.Plane().Location() for face in faces if face.GetType() == Kind.GeomAbs_Plane]
    inner, outer = min(wall.Radius() for wall in walls), max(wall.Radius() for wall in walls)
    if outer - inner < SAME_MM:
        return None
    axis = walls[0].Axis()
    along = [(end.XYZ() - axis.Location().XYZ()).Dot(axis.Direction().XYZ()) for end in ends]
    low, high = min(along), max(along)
    half_width = min(EDGE_SHARE * (high - low), WIDEST_EDGE_MM)
    volume = math.pi * (outer**2 - inner**2) * (high - low)
    return Ring(axis, outer, outer - inner, (low + half_width, high - half_width), half_width, volume)


def _split_turn(ring: Ring) -> Floats:
    """Return the angles of a row: so many that the normals of neighbours lean less than MOST_TILT_RAD where they meet.

    At the angle t from its tip the normal of an ellipse with the rim's curvature there leans by t³ / 2 (R / a − 1).
    """
    half_angle = (2 * MOST_TILT_RAD / (2 * ring.outer_mm / ring.wall_mm - 1)) ** (1 / 3)
    return np.linspace(0.0, 2 * math.pi, math.ceil(math.pi / half_angle), endpoint=False)


def _place(ring: Ring, height_mm: float, turn_rad: float) -> Hull:
    frame = gp_Ax3(ring.axis.Location(), ring.axis.Direction())  # not `frame_across`: a row begins where it always has
    x, y, z = (np.array(axis.Coord()) for axis in (frame.XDirection(), frame.YDirection(), frame.Direction()))
    out = math.cos(turn_rad) * x + math.sin(turn_rad) * y
    rotation = np.column_stack([out, np.cross(z, out), z])
    radial = ring.wall_mm / 2
    size = (radial, math.sqrt(ring.outer_mm * radial), ring.half_width_mm)
    centre = np.array(ring.axis.Location().Coord()) + ((ring.outer_mm - radial) * out + height_mm * z)
    return Hull("ellipsoid", NO_POINTS, ring.wall_mm, Frame(rotation, centre * M_PER_MM), size)
