"""Cuts a solid piece by piece until hulls fill little, or what remains can be finished in the plane."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from manifold3d import Manifold

from workbench.convert.facets import EXACT_MM, find_facets, find_reflex_edges, read_mesh
from workbench.convert.planes import SMOOTH_COSINE, Plane, find_middles, find_planes, pick_through, split_at
from workbench.convert.prisms import Budget, Finished, Guide, Prisms, Turned, find_plan

LEAST_WALL_MM = 1e-3
MOST_HULLS = 256
MOST_WORK = 600_000
"""Triangles × planes of all cuts that are tried, some seconds of work; a count gives the same verdict anywhere."""
MOST_CUT_EDGES = 24
"""A piece with more reflex edges than this, or with smooth ones, is finished in the plane where it can be."""


@dataclass(frozen=True)
class Piece:
    """A connected piece of the solid with what its hull adds, or the plan by which it is finished in the plane."""

    solid: Manifold
    hull: Manifold = field(repr=False)
    guide: Guide = field(repr=False)

    @cached_property
    def plan(self) -> Prisms | Turned | None:
        """Return how the piece is finished in the plane; None if it is convex, or simple enough to be cut."""
        if self.hollow_mm3 < EXACT_MM * self.hull.surface_area():
            return None
        points, triangles = read_mesh(self.solid)
        facets = find_facets(points, triangles)
        edges = find_reflex_edges(points, triangles, facets.normals)
        cosines = np.einsum("ij,ij->i", *(facets.normals[edges.faces[:, side]] for side in (0, 1)))
        if len(cosines) <= MOST_CUT_EDGES and (cosines < SMOOTH_COSINE).all():
            return None
        plan = find_plan(facets, self.guide)
        return plan if not isinstance(plan, Turned) or self.guide.known or plan.is_plan_of(self.solid) else None

    @cached_property
    def hollow_mm3(self) -> float:
        """Return the volume by which the hull is larger."""
        return max(0.0, float(self.hull.volume() - self.solid.volume()))

    @property
    def excess(self) -> float:
        """Return the volume that the hull adds (mm³), nothing if the hull is not what it gets."""
        return self.hollow_mm3 if self.plan is None else 0.0

    @cached_property
    def depth(self) -> float:
        """Return the mean thickness of the thickest hollow that the hull fills (mm): 2 V ÷ A."""
        if self.excess < EXACT_MM * self.hull.surface_area():
            return 0.0
        hollows = (self.hull - self.solid).decompose()
        return max((2 * hollow.volume() / hollow.surface_area() for hollow in hollows), default=0.0)

    def finish(self, budget: Budget) -> Finished:
        """Return the convex pieces; chords of the plan miss about the budget."""
        if self.plan is None:
            return Finished((read_mesh(self.hull)[0],), self.hollow_mm3)
        return self.plan.split(self.solid, budget)


class Manner(NamedTuple):
    """How cuts are chosen: by the least sum of the pieces' excess to a power, among so many planes along edges.

    With `halves` the planes through a piece's middle are tried too, which a power above 1 prefers: they even out.
    """

    halves: bool
    power: float
    candidates: int


EDGEWISE, HALVING = Manner(halves=False, power=1.0, candidates=8), Manner(halves=True, power=1.5, candidates=4)
"""For plane and turned faces, whose edges say where to cut; for swept and free ones, which are cut into short ones."""


class Limits(NamedTuple):
    """When to stop: volume that all hulls may add (mm³), mean depth of what one fills; how rough cuts are compared."""

    excess_mm3: float
    depth_mm: float
    rough_mm: float


class Cut(NamedTuple):
    """The pieces that a solid has come to, and the work that it took."""

    pieces: list[Piece]
    work: int


def split_until(pieces: list[Piece], limits: Limits, manner: Manner, seams: Sequence[Plane]) -> Cut:
    """Cut the worst piece until the excess is within its limit and hollows are shallow, or there are too many."""
    stuck: list[Piece] = []
    work = 0
    while pieces and work < MOST_WORK and len(pieces) + len(stuck) <= MOST_HULLS:
        wrong = pieces
        if sum(piece.excess for piece in (*pieces, *stuck)) <= limits.excess_mm3:
            wrong = [piece for piece in pieces if piece.depth > limits.depth_mm]
        if not wrong:
            break
        worst = max(wrong, key=lambda piece: piece.excess)
        pieces.remove(worst)
        rough = worst.solid.simplify(limits.rough_mm) if limits.rough_mm else worst.solid
        planes = [*pick_through(rough, seams), *find_planes(rough, manner.candidates)]
        planes += find_middles(rough) if manner.halves else []
        work += rough.num_tri() * len(planes)
        parts = _cut(worst, rough, planes, manner.power)
        if parts:
            pieces += parts
        else:
            stuck.append(worst)
    return Cut([*pieces, *stuck], work)


def _cut(piece: Piece, rough: Manifold, planes: Sequence[Plane], power: float) -> list[Piece]:
    """Return the two sides of the best plane, as connected pieces; nothing if no plane divides the piece.

    Planes are compared on the piece with its curves made rough, since only their order matters.
    """
    scores: list[tuple[float, int, int]] = []
    for rank, plane in enumerate(planes):
        parts = list_pieces(split_at(rough, plane), piece.guide)
        if len(parts) > 1:
            scores.append((round(sum(part.excess**power for part in parts), 6), len(parts), rank))
    for *_, rank in sorted(scores):
        parts = list_pieces(split_at(piece.solid, planes[rank]), piece.guide)
        if len(parts) > 1:
            return parts
    return []


def list_pieces(solids: list[Manifold], guide: Guide) -> list[Piece]:
    """Return the connected pieces, without slivers that rounding has left."""
    parts = [part for solid in solids for part in solid.decompose()]
    thick = [part for part in parts if 2 * part.volume() > LEAST_WALL_MM * part.surface_area()]
    return [Piece(part, part.hull(), guide) for part in thick]
