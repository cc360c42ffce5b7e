"""Measures solids exactly, from their surfaces."""

from typing import NamedTuple

import numpy as np
from OCP.Bnd import Bnd_Box
from OCP.BRepBndLib import BRepBndLib
from OCP.BRepGProp import BRepGProp
from OCP.GProp import GProp_GProps
from OCP.TopoDS import TopoDS_Shape

from workbench.kernel.arrays import Floats

KEPT_SOLIDS = 256
"""How many solids a process remembers its findings on; kernel shapes are known by identity."""


class SolidMeasure(NamedTuple):
    """Exact kernel values: inertia_mm5 (3, 3) about the centre at density 1, box_mm (2, 3) as min and max corner."""

    volume_mm3: float
    area_mm2: float
    centre_mm: Floats
    inertia_mm5: Floats
    box_mm: Floats


def measure(shape: TopoDS_Shape) -> SolidMeasure:
    """Return volume, area, centre, inertia and bounding box of a solid from its exact surfaces."""
    volume, area = GProp_GProps(), GProp_GProps()
    BRepGProp.VolumeProperties_s(shape, volume)
    BRepGProp.SurfaceProperties_s(shape, area)
    centre, matrix = volume.CentreOfMass(), volume.MatrixOfInertia()
    box = Bnd_Box()
    BRepBndLib.AddOptimal_s(shape, box, False, False)
    low, high = box.CornerMin(), box.CornerMax()
    return SolidMeasure(
        volume.Mass(),
        area.Mass(),
        np.array(centre.Coord()),
        np.array([[matrix.Value(i, j) for j in (1, 2, 3)] for i in (1, 2, 3)]),
        np.array([low.Coord(), high.Coord()]),
    )
