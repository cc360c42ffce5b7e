"""Draws a part by the kernel's hidden-line removal as SVG: an isometric view and its size, no GL needed."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Curve
from OCP.BRepLib import BRepLib
from OCP.GCPnts import GCPnts_QuasiUniformDeflection
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt, gp_Pnt2d
from OCP.HLRAlgo import HLRAlgo_Projector
from OCP.HLRBRep import HLRBRep_Algo, HLRBRep_HLRToShape
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS, TopoDS_Shape

from schemas.verdict import PartFinding
from workbench.kernel.arrays import Floats
from workbench.kernel.faces import explore
from workbench.kernel.measuring import measure

DEFLECTION_MM, BORDER_MM, WIDTH_PX = 0.1, 6.0, 640
VIEW = gp_Ax2(gp_Pnt(0, 0, 0), gp_Dir(1, -1, 0.8), gp_Dir(1, 1, 0))


def draw_part(shape: TopoDS_Shape, findings: Sequence[PartFinding] = ()) -> bytes:
    """Return the SVG of a solid: visible edges solid, hidden ones dashed, its extents in mm.

    Findings that have a place are marked by their numbers, from 1, errors red and warnings orange.
    """
    algorithm, projector = HLRBRep_Algo(), HLRAlgo_Projector(VIEW)
    algorithm.Add(shape)
    algorithm.Projector(projector)
    algorithm.Update()
    algorithm.Hide()
    found = HLRBRep_HLRToShape(algorithm)
    visible = [found.VCompound(), found.Rg1LineVCompound(), found.OutLineVCompound()]
    hidden = [found.HCompound(), found.OutLineHCompound()]
    lines = {"visible": list(_polylines(visible)), "hidden": list(_polylines(hidden))}
    points = np.vstack([line for group in lines.values() for line in group])
    extents = measure(shape).extents_mm
    marks = []
    for number, finding in enumerate(findings, 1):
        if finding.point_mm is not None:
            place = gp_Pnt2d()
            projector.Project(gp_Pnt(*finding.point_mm), place)
            marks.append((number, finding.severity, place.X(), -place.Y()))
    return _write_svg(lines, points, " × ".join(f"{extent:.1f}" for extent in extents) + " mm", marks)


def _polylines(compounds: list[TopoDS_Shape | None]) -> Iterator[Floats]:
    for compound in compounds:
        if compound is None or compound.IsNull():
            continue
        BRepLib.BuildCurves3d_s(compound)
        for edge in explore(compound, TopAbs_ShapeEnum.TopAbs_EDGE):
            points = GCPnts_QuasiUniformDeflection(BRepAdaptor_Curve(TopoDS.Edge_s(edge)), DEFLECTION_MM)
            found = [points.Value(number + 1) for number in range(points.NbPoints())]
            yield np.array([[point.X(), -point.Y()] for point in found])


def _write_svg(
    lines: dict[str, list[Floats]], points: Floats, size: str, marks: Iterable[tuple[int, str, float, float]]
) -> bytes:
    low, high = points.min(axis=0) - BORDER_MM, points.max(axis=0) + BORDER_MM
    width, height = high - low
    text_mm = max(width, height) / 30.0
    style = (
        "path{fill:none;stroke:#2e3440;stroke-width:1.2;vector-effect:non-scaling-stroke}"
        ".hidden{stroke:#9aa5b1;stroke-width:.7;stroke-dasharray:4 3}text{fill:#4c566a;font-family:sans-serif}"
        "circle{fill-opacity:.35;stroke-width:1.2;vector-effect:non-scaling-stroke}"
        ".error{fill:#bf616a;stroke:#bf616a}.warning{fill:#d08770;stroke:#d08770}"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_PX}" height="{WIDTH_PX * height / width:.0f}" '
        f'viewBox="{low[0]:.2f} {low[1]:.2f} {width:.2f} {height + 2 * text_mm:.2f}"><style>{style}</style>'
    ]
    for kind in ("hidden", "visible"):
        for line in lines[kind]:
            path = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in line)
            parts.append(f'<path class="{kind}" d="{path}"/>')
    for number, severity, x, y in marks:
        parts.append(f'<circle class="{severity}" cx="{x:.2f}" cy="{y:.2f}" r="{text_mm * 0.7:.2f}"/>')
        parts.append(f'<text x="{x + text_mm:.2f}" y="{y:.2f}" font-size="{text_mm:.2f}">{number}</text>')
    parts.append(
        f'<text x="{low[0] + 2:.2f}" y="{high[1] + text_mm:.2f}" font-size="{text_mm:.2f}">{size}</text></svg>'
    )
    return "\n".join(parts).encode()
