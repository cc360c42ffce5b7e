"""Fills the holes that fasteners occupy, so that collision geometry need not follow them."""

from collections.abc import Iterator, Sequence

import numpy as np
from OCP.BRepAlgoAPI import BRepAlgoAPI_Defeaturing
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS_Face, TopoDS_Shape

from schemas.bundle import Fastener
from workbench.kernel.faces import explore, is_reversed, read_faces
from workbench.kernel.rounds import Line, list_round_faces, read_axis_line

WIDEST_HOLE_MM = 20.0


def fill_fastened_holes(shape: TopoDS_Shape, fasteners: Sequence[Fastener]) -> TopoDS_Shape:
    """Return the solid without the holes that run along these fasteners, with their counterbores and countersinks.

    A hole that the kernel can't remove stays as it is: its geometry is then followed instead.
    """
    lines = [Line(np.array(fastener.position_mm), np.array(fastener.axis)) for fastener in fasteners]
    holes = [face for face, wall in _list_walls(shape) if any(wall.is_same(line) for line in lines)]
    if not holes:
        return shape
    removal = BRepAlgoAPI_Defeaturing()
    removal.SetShape(shape)
    for wall in [*holes, *(face for face, _ in read_faces(shape) if _ends_in(face, holes))]:
        removal.AddFaceToRemove(wall)
    removal.Build()
    solids = list(explore(removal.Shape(), TopAbs_ShapeEnum.TopAbs_SOLID)) if removal.IsDone() else []
    return solids[0] if len(solids) == 1 else shape


def _list_walls(shape: TopoDS_Shape) -> Iterator[tuple[TopoDS_Face, Line]]:
    """Yield the walls of narrow round holes and of countersinks, in the kernel's order, each with its axis."""
    rounds = iter(list_round_faces(shape))
    for face, surface in read_faces(shape):
        if surface.GetType() == GeomAbs_SurfaceType.GeomAbs_Cylinder:
            wall = next(rounds)
            if wall.is_hole and wall.diameter_mm < WIDEST_HOLE_MM:
                yield face, wall.line
        elif surface.GetType() == GeomAbs_SurfaceType.GeomAbs_Cone and is_reversed(face) == surface.Cone().Direct():
            yield face, read_axis_line(surface.Cone().Axis())


def _ends_in(face: TopoDS_Face, holes: list[TopoDS_Face]) -> bool:
    """Say whether every edge of a face belongs to the holes: the floor of a blind hole or counterbore."""
    if any(face.IsSame(hole) for hole in holes):
        return False
    rims = [edge for hole in holes for edge in explore(hole, TopAbs_ShapeEnum.TopAbs_EDGE)]
    edges = list(explore(face, TopAbs_ShapeEnum.TopAbs_EDGE))
    return all(any(edge.IsSame(rim) for rim in rims) for edge in edges)
