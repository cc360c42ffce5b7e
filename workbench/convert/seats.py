"""Finds the pieces whose contact a joint or a declared fit models: seats of components, which do not collide."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import Interface, Joint
from workbench.convert.conversion import CollisionGeom, Group, Hull
from workbench.convert.reach import Piece, bound, find_gap, find_in_region, read_line, read_piece
from workbench.kernel.arrays import Bools
from workbench.kernel.rounds import Line, find_mates

REGION_MM, SEAT_MM = 0.5, 1.0
"""What reaches so near a joint's component, and lies so near the other side there, is the seat that it models."""
Shapes = Mapping[str, TopoDS_Shape]
Geoms = list[tuple[CollisionGeom, Piece]]


@dataclass(frozen=True)
class Sides:
    """Two groups and the geoms of each."""

    groups: tuple[Group, Group]
    geoms: tuple[Geoms, Geoms]

    def find_of(self, body_id: str) -> tuple[Bools, Bools]:
        """Say which geoms of either side are a body's."""
        one, other = (np.array([geom.body_id == body_id for geom, _ in side], dtype=bool) for side in self.geoms)
        return one, other

    def find_pairs_of(self, body_id: str) -> Bools:
        """Say which pairs (n, m) have a geom of a body."""
        one, other = self.find_of(body_id)
        return np.asarray(one[:, None] | other[None])

    def find_near(self, region: list[Piece]) -> Bools:
        """Say which pairs (n, m) reach into a component's box and have less than SEAT_MM between them at t = 0."""
        inside = [find_in_region([piece for _, piece in side], region, REGION_MM) for side in self.geoms]
        near = np.outer(*inside)
        for i, j in np.argwhere(near).tolist():
            near[i, j] = find_gap(self.geoms[0][i][1], self.geoms[1][j][1], SEAT_MM) < SEAT_MM
        return near


def list_joints(one: Group, other: Group) -> list[Joint]:
    """Return the joints that connect two groups: the bodies that they name or run through."""
    found = []
    for child, parent in ((one, other), (other, one)):
        bodies = set(parent.body_ids)
        found += [joint for joint in (*child.joints, *child.closures) if {joint.parent, joint.through} & bodies]
    return found


def find_seated(
    sides: Sides,
    joints: list[Joint],
    moves: list[Joint] | None,
    faces: Iterable[Interface],
    hulls: Mapping[str, tuple[Hull, ...]],
) -> Bools:
    """Say which geoms (n, m) of two groups are seats: of the components that joints run through, and of declared fits.

    `moves` are the joints that move the two against each other, None where one is free. A fit that they do not keep on
    its line is no seat: what is in such a hole is hit. A mesh is a coupling's.
    """
    seated = np.zeros(tuple(map(len, sides.geoms)), dtype=bool)
    shapes = {member.body.id: member.shape for group in sides.groups for member in group.members}
    for joint in {str(joint.through): joint for joint in joints}.values():
        near = sides.find_near([read_piece(hull) for hull in hulls[str(joint.through)]])
        seated |= _find_seats_of_joint(sides, joint, shapes, near)
    for face in faces:
        if {face.component, face.body} <= shapes.keys():
            near = sides.find_near([read_piece(hull) for hull in hulls[face.component]])
            seated |= _find_seats_of_fit(sides, face, shapes, near, moves)
    return seated


def _find_seats_of_joint(sides: Sides, joint: Joint, shapes: Shapes, near: Bools) -> Bools:
    """Say which pairs (n, m) seat a joint: what is near beside its component, and what runs in or on that."""
    component, line = str(joint.through), read_line(joint)
    own, far = sides.find_pairs_of(component), sides.groups[component in sides.groups[0].body_ids]
    bought = [shapes[component]] if component in shapes else []
    mates = [mate for shape in bought for member in far.members for mate in find_mates(shape, member.shape)]
    radii_mm = [mate.diameter_mm / 2.0 for mate in mates if mate.line.is_same(line)]
    if radii_mm:
        return near & ~own | own & _find_fitted(sides, component, line, min(radii_mm), near)
    return near & ~own | own & _find_whole(sides, near & own)


def _find_seats_of_fit(sides: Sides, face: Interface, shapes: Shapes, near: Bools, moves: list[Joint] | None) -> Bools:
    """Say which pairs (n, m) seat a declared fit that stays on its line."""
    pairs = sides.find_pairs_of(face.component) & sides.find_pairs_of(face.body)
    if face.kind == "mesh":
        return pairs
    fitted = np.zeros_like(pairs)
    for mate in find_mates(shapes[face.component], shapes[face.body]):
        if moves is not None and all(_keeps(joint, mate.line) for joint in moves):
            fitted |= _find_fitted(sides, face.component, mate.line, mate.diameter_mm / 2.0, near)
    return pairs & fitted


def list_moves(one: Group, other: Group, groups: Iterable[Group]) -> list[Joint] | None:
    """Return the joints that move two groups against each other, None where one of them is free."""
    named = {group.name: group for group in groups}
    chains = [list(_climb(group, named)) for group in (one, other)]
    common = {group.name for group in chains[0]} & {group.name for group in chains[1]}
    moving = [group for chain in chains for group in chain if group.name not in common]
    return None if any(group.is_free for group in moving) else [joint for group in moving for joint in group.joints]


def _climb(group: Group | None, named: Mapping[str, Group]) -> Iterator[Group]:
    while group is not None:
        yield group
        group = named.get(group.parent or "")


def _keeps(joint: Joint, line: Line) -> bool:
    """Say whether a joint leaves a pin in its hole: it turns about their line, or slides along it."""
    own = read_line(joint)
    return own.is_parallel(line) if joint.kind == "slide" else joint.kind == "hinge" and own.is_same(line)


def _find_fitted(sides: Sides, component: str, line: Line, radius_mm: float, near: Bools) -> Bools:
    """Say of which pairs (n, m) the piece that is not the component's lies within a fit, or reaches into it nearby."""
    mine, _ = sides.find_of(component)
    bounds = [np.array([bound(piece, None, line)[0] for _, piece in side]).reshape(-1, 2) for side in sides.geoms]
    reaches, lies = ([side[:, end] <= radius_mm + REGION_MM for side in bounds] for end in (0, 1))
    far_reaches, far_lies = (np.where(mine[:, None], theirs[None], own[:, None]) for own, theirs in (reaches, lies))
    return np.asarray(far_lies | far_reaches & near)


def _find_whole(sides: Sides, near: Bools) -> Bools:
    """Say which pairs (n, m) are of bodies that are near each other somewhere: leaves and carriages seat as a whole."""
    names = [np.array([geom.body_id for geom, _ in side]) for side in sides.geoms]
    rows, columns = np.nonzero(near)
    whole = np.zeros_like(near)
    for one, other in set(zip(names[0][rows].tolist(), names[1][columns].tolist(), strict=True)):
        whole |= np.outer(names[0] == one, names[1] == other)
    return whole
