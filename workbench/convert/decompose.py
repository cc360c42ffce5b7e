"""Splits solids into convex hulls within the bounds of mechanics §3."""

import numpy as np
from OCP.TopoDS import TopoDS_Shape

from workbench.convert.model import Hull
from workbench.convert.tessellate import tessellate
from workbench.geometry import measure


def decompose(shape: TopoDS_Shape) -> tuple[Hull, ...]:
    """Return one hull (first sketch)."""
    vertices, _ = tessellate(shape, 0.1, 0.3)
    return (Hull("mesh", vertices, float(np.ptp(measure(shape).box_mm, axis=0).min())),)
