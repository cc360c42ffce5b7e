"""Finds how a drawn solid stands as its catalogue's drawing: turned along its faces, its box in the other's box.

The pose is taken from the drawing itself, not from the program: what a design claims is measured (ADR 15).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from OCP.gp import gp_Mat, gp_Quaternion, gp_Trsf, gp_Vec
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from workbench.kernel.arrays import Floats
from workbench.kernel.faces import read_guide_lines
from workbench.kernel.frames import frame_across
from workbench.kernel.measuring import measure
from workbench.kernel.rounds import list_round_faces

ACROSS, NEAR_MM = 1e-3, 0.3
MOST_DIRECTIONS = 40


class Turned(NamedTuple):
    """A way that a solid may be turned: the rotation of its drawing's frame, and its box (2, 3) in that frame."""

    rotation: Floats
    box_mm: Floats

    @property
    def extents_mm(self) -> Floats:
        """Return the lengths (3,) of the box."""
        return np.asarray(np.ptp(self.box_mm, axis=0))


def list_turns(drawn: TopoDS_Shape, points_mm: Floats) -> Iterator[Turned]:
    """Yield every right-handed frame along the solid's plane normals and axes; `points_mm` (n, 3) are its surface's."""
    given = read_guide_lines(drawn)[0][:MOST_DIRECTIONS]
    given = given if len(given) else np.eye(3)
    directions = np.vstack([given, -given])
    for up in directions:
        beside = [x for x in directions if abs(float(x @ up)) < ACROSS] or [frame_across(up)[0]]
        for x in beside:
            along = x - up * (x @ up)
            along /= np.linalg.norm(along)
            rotation = np.column_stack([along, np.cross(up, along), up])
            own = points_mm @ rotation
            yield Turned(rotation, np.array([own.min(axis=0), own.max(axis=0)]))


def find_origin(turned: Turned, box_mm: Floats) -> Floats:
    """Return where the drawing's origin lies when the middle of its box (2, 3) is that of the solid."""
    return np.asarray(turned.rotation @ (turned.box_mm.mean(axis=0) - box_mm.mean(axis=0)))


def sharpen_origin(origin_mm: Floats, rotation: Floats, drawing: TopoDS_Shape, drawn: TopoDS_Shape) -> Floats:
    """Return the origin with the drawing's exact box on the drawn solid's, its narrowest round face on the same line.

    Boxes of meshes and of curved faces are off by micrometres and more, which a shaft in a bore would feel.
    """
    standing = drawn.Moved(locate(rotation, origin_mm).Inverted(), False)
    shift = measure(standing).box_mm.mean(axis=0) - measure(drawing).box_mm.mean(axis=0)
    own = [face.line for face in sorted(list_round_faces(drawing), key=lambda face: face.diameter_mm)]
    theirs = [face.line for face in list_round_faces(standing)]
    for line in own:
        near = [other for other in theirs if line.is_parallel(other) and line.offset_mm(other) <= NEAR_MM]
        if near:
            away = min(near, key=line.offset_mm).point_mm - line.point_mm
            shift = line.axis * (shift @ line.axis) + away - line.axis * (away @ line.axis)
            break
    return np.asarray(origin_mm + rotation @ shift)


def locate(rotation: Floats, origin_mm: Floats) -> TopLoc_Location:
    """Return the kernel's place of a rotation (3, 3) and an origin (3,)."""
    transform = gp_Trsf()
    transform.SetRotation(gp_Quaternion(gp_Mat(*rotation.ravel().tolist())))
    transform.SetTranslationPart(gp_Vec(*origin_mm.tolist()))
    return TopLoc_Location(transform)
