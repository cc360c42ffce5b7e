"""Fills the holes that fasteners occupy, so that collision geometry need not follow them."""

from collections.abc import Sequence

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepAlgoAPI import BRepAlgoAPI_Defeaturing
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS_Face, TopoDS_Shape

from schemas.bundle import Fastener
from workbench.kernel.faces import explore, is_reversed, read_axis, read_faces

SAME_AXIS_MM = 0.1
SAME_DIRECTION = 1e-4
WIDEST_HOLE_MM = 20.0


def fill_fastened_holes(shape: TopoDS_Shape, fasteners: Sequence[Fastener]) -> TopoDS_Shape:
    """Return the solid without the holes that run along these fasteners, with their counterbores and countersinks.

    A hole that the kernel can't remove stays as it is: its geometry is then followed instead.
    """
    removal = BRepAlgoAPI_Defeaturing()
    removal.SetShape(shape)
    walls = list(read_faces(shape))
    holes = [face for face, surface in walls if any(_runs_along(face, surface, fastener) for fastener in fasteners)]
    if not holes:
        return shape
    for wall in [*holes, *(face for face, _ in walls if _ends_in(face, holes))]:
        removal.AddFaceToRemove(wall)
    removal.Build()
    solids = list(explore(removal.Shape(), TopAbs_ShapeEnum.TopAbs_SOLID)) if removal.IsDone() else []
    return solids[0] if len(solids) == 1 else shape


def _runs_along(face: TopoDS_Face, surface: BRepAdaptor_Surface, fastener: Fastener) -> bool:
    """Say whether a face is the wall of a round hole around the fastener's axis."""
    axis, kind = read_axis(surface), surface.GetType()
    narrow = kind == GeomAbs_SurfaceType.GeomAbs_Cylinder and 2 * surface.Cylinder().Radius() < WIDEST_HOLE_MM
    if axis is None or not (narrow or kind == GeomAbs_SurfaceType.GeomAbs_Cone) or not is_reversed(face):
        return False
    direction = np.array(axis.Direction().Coord())
    offset = np.array(axis.Location().Coord()) - np.array(fastener.position_mm)
    aside = offset - direction * (offset @ direction)
    parallel = abs(float(direction @ np.array(fastener.axis))) > 1 - SAME_DIRECTION
    return parallel and float(np.linalg.norm(aside)) < SAME_AXIS_MM


def _ends_in(face: TopoDS_Face, holes: list[TopoDS_Face]) -> bool:
    """Say whether every edge of a face belongs to the holes: the floor of a blind hole or counterbore."""
    if any(face.IsSame(hole) for hole in holes):
        return False
    rims = [edge for hole in holes for edge in explore(hole, TopAbs_ShapeEnum.TopAbs_EDGE)]
    edges = list(explore(face, TopAbs_ShapeEnum.TopAbs_EDGE))
    return all(any(edge.IsSame(rim) for rim in rims) for edge in edges)
