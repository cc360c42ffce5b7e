"""Exact extents of the collision geometry of a MuJoCo body, and the distance of its convex pieces from a box.

Everything is metres in the body's own frame; a piece is a hull of points, blown up by a ball, or a cylinder.
"""

from dataclasses import dataclass
from itertools import combinations

import mujoco
import numpy as np

from workbench.convert.settings import COLLISION_GROUP
from workbench.kernel.arrays import Floats

_MOST_ITERATIONS = 64


@dataclass(frozen=True)
class Piece:
    """One convex geom: points (n, 3) with a ball of `radius_m` around each, or discs across `axis` (cylinders).

    An ellipsoid has half axes (3, 3), its columns, around its one point; its ball bounds it.
    """

    points_m: Floats
    radius_m: float = 0.0
    axis: Floats | None = None
    half_axes_m: Floats | None = None

    def reach(self, turn: Floats) -> tuple[Floats, Floats]:
        """Return lower and upper bounds (..., 3) of the piece turned by rotation matrices (..., 3, 3)."""
        turned = self.points_m @ np.swapaxes(turn, -1, -2)
        swell: Floats | float = self.radius_m
        if self.half_axes_m is not None:
            swell = np.linalg.norm(turn @ self.half_axes_m, axis=-1)
        elif self.axis is not None:
            swell = self.radius_m * np.sqrt(np.clip(1.0 - (turn @ self.axis) ** 2, 0.0, 1.0))
        return turned.min(axis=-2) - swell, turned.max(axis=-2) + swell

    def support(self, direction: Floats) -> Floats:
        """Return the point of the piece that is farthest along a direction."""
        if self.half_axes_m is not None:
            along = direction @ self.half_axes_m
            return np.asarray(self.points_m[0] + self.half_axes_m @ along / max(float(np.linalg.norm(along)), 1e-12))
        point: Floats = self.points_m[np.argmax(self.points_m @ direction)]
        across = direction if self.axis is None else direction - (direction @ self.axis) * self.axis
        length = float(np.linalg.norm(across))
        return point if self.radius_m == 0.0 or length < 1e-12 else point + self.radius_m * across / length


@dataclass(frozen=True)
class Shape:
    """All collision pieces of one body; `radius_m` bounds each point's distance from `centre_m`, the centre of mass."""

    pieces: tuple[Piece, ...]
    centre_m: Floats
    radius_m: float

    def bounds(self, place: Floats, turn: Floats) -> tuple[Floats, Floats]:
        """Return the exact axis-aligned bounds (..., 3) at positions (..., 3) and rotation matrices (..., 3, 3)."""
        reaches = [piece.reach(turn) for piece in self.pieces]
        low = np.min([reach[0] for reach in reaches], axis=0)
        high = np.max([reach[1] for reach in reaches], axis=0)
        return place + low, place + high

    def gap(self, place: Floats, turn: Floats, low: Floats, high: Floats) -> float:
        """Return the distance of the body at one pose from a world box (0 where they overlap)."""
        return min(_box_gap(piece, place, turn, low, high) for piece in self.pieces)


def read_shape(model: mujoco.MjModel, body: int, chosen: frozenset[int] | None = None) -> Shape:
    """Read the collision geoms of a body of a compiled model, or the chosen ones of them.

    Raises ValueError if it has none.
    """
    pieces = tuple(piece for geom, piece in read_pieces(model, body) if chosen is None or geom in chosen)
    if not pieces:
        raise ValueError(f"body {model.body(body).name} has no collision geoms")
    centre = np.array(model.body_ipos[body])
    reach = [float(np.linalg.norm(p.points_m - centre, axis=1).max()) + p.radius_m for p in pieces]
    return Shape(pieces, centre, max(reach))


def read_pieces(model: mujoco.MjModel, body: int) -> list[tuple[int, Piece]]:
    """Return the collision geoms (group 3) of a body, each with its number."""
    geoms = np.flatnonzero((model.geom_bodyid == body) & (model.geom_group == int(COLLISION_GROUP)))
    return [(geom, read_piece(model, geom)) for geom in geoms.tolist()]


def read_piece(model: mujoco.MjModel, geom: int) -> Piece:
    """Read one geom in its body's frame; raises ValueError for kinds that the converter never writes."""
    kind, size = int(model.geom_type[geom]), np.array(model.geom_size[geom])
    turn = np.zeros(9)
    mujoco.mju_quat2Mat(turn, model.geom_quat[geom])
    matrix, place = turn.reshape(3, 3), np.array(model.geom_pos[geom])
    kinds = mujoco.mjtGeom
    if kind == kinds.mjGEOM_SPHERE:
        return Piece(place[None], size[0])
    if kind == kinds.mjGEOM_BOX:
        corners = np.stack(np.meshgrid([-1, 1], [-1, 1], [-1, 1]), -1).reshape(-1, 3) * size
        return Piece(corners @ matrix.T + place)
    if kind in (kinds.mjGEOM_CAPSULE, kinds.mjGEOM_CYLINDER):
        ends = place + np.outer([-1.0, 1.0], matrix[:, 2] * size[1])
        return Piece(ends, size[0], matrix[:, 2] if kind == kinds.mjGEOM_CYLINDER else None)
    if kind == kinds.mjGEOM_ELLIPSOID:
        return Piece(place[None], float(size.max()), half_axes_m=matrix * size)
    if kind == kinds.mjGEOM_MESH:
        mesh = model.geom_dataid[geom]
        start, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
        return Piece(model.mesh_vert[start : start + count].astype(float) @ matrix.T + place)
    raise ValueError(f"geom {model.geom(geom).name} is of a kind that has no extents here")


def _box_gap(piece: Piece, place: Floats, turn: Floats, low: Floats, high: Floats) -> float:
    """Return the distance of a piece from a box by GJK (Gilbert, Johnson, Keerthi 1988) on exact support points."""
    simplex: list[Floats] = []
    nearest = place + turn @ piece.points_m[0] - (low + high) / 2.0
    for _ in range(_MOST_ITERATIONS):
        length = float(np.linalg.norm(nearest))
        if length < 1e-9:
            return 0.0
        far = place + turn @ piece.support(-nearest @ turn) - np.where(nearest > 0, high, low)
        if length * length - float(nearest @ far) <= 1e-9 * length:
            return length
        simplex, nearest = _reduce_simplex([*simplex, far])
        if len(simplex) == 4:
            return 0.0
    return float(np.linalg.norm(nearest))


def _reduce_simplex(points: list[Floats]) -> tuple[list[Floats], Floats]:
    """Return the smallest face of a simplex that holds its point nearest to the origin, and that point."""
    best: tuple[float, list[Floats], Floats] | None = None
    for count in range(1, len(points) + 1):
        for chosen in combinations(points, count):
            nearest = _nearest_on_hull(np.array(chosen))
            if nearest is None:
                continue
            length = float(nearest @ nearest)
            if best is None or length < best[0] - 1e-18:
                best = (length, list(chosen), nearest)
    assert best is not None
    return best[1], best[2]


def _nearest_on_hull(corners: Floats) -> Floats | None:
    """Return the point of the affine hull nearest to the origin, None where it lies outside the corners' hull."""
    edges = corners[1:] - corners[0]
    if not len(edges):
        return np.array(corners[0])
    gram = edges @ edges.T
    if np.linalg.det(gram) <= 1e-30 * max(float(np.trace(gram)), 1e-30) ** len(edges):
        return None
    weights = np.linalg.solve(gram, -edges @ corners[0])
    if weights.min() < 0.0 or weights.sum() > 1.0:
        return None
    nearest: Floats = corners[0] + weights @ edges
    return nearest
