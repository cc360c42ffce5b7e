"""Finds the closed cavities of a solid: what no tool, powder or support gets out of."""

from typing import NamedTuple

import numpy as np
from OCP.BRepClass3d import BRepClass3d
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS, TopoDS_Shape

from workbench.kernel.arrays import Floats
from workbench.kernel.faces import explore, read_faces
from workbench.kernel.measuring import measure


class Void(NamedTuple):
    """A closed cavity: its volume, middle (3,) in mm, and the indices of its faces in the solid's order."""

    volume_mm3: float
    centre_mm: Floats
    faces: tuple[int, ...]


def list_voids(shape: TopoDS_Shape) -> list[Void]:
    """Return the closed cavities of the solids of a shape, largest first; each is a shell besides the outer one."""
    faces = [face for face, _ in read_faces(shape)]
    found = []
    for solid in map(TopoDS.Solid_s, explore(shape, TopAbs_ShapeEnum.TopAbs_SOLID)):
        outer = BRepClass3d.OuterShell_s(solid)
        for shell in explore(solid, TopAbs_ShapeEnum.TopAbs_SHELL):
            if not shell.IsSame(outer):
                inner = [face for face, _ in read_faces(shell)]
                indices = tuple(n for n, face in enumerate(faces) if any(face.IsSame(own) for own in inner))
                size = measure(shell)
                found.append(Void(abs(size.volume_mm3), np.asarray(size.centre_mm), indices))
    return sorted(found, key=lambda void: -round(void.volume_mm3, 6))
