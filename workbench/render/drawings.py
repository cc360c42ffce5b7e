"""Draws a part by the kernel's hidden-line removal as SVG: an isometric view and its size, no GL needed."""

from collections.abc import Iterator, Mapping, Sequence

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

MOST_PX, TEXT_PX, BORDER_PX, CHORD_PX = 640, 14.0, 24.0, 0.25
VIEW = gp_Ax2(gp_Pnt(0, 0, 0), gp_Dir(1, -1, 0.8), gp_Dir(1, 1, 0))
STYLE = (
    "path{fill:none;stroke:#2e3440;stroke-width:1.2;vector-effect:non-scaling-stroke}"
    ".hidden{stroke:#9aa5b1;stroke-width:.7;stroke-dasharray:4 3}text{fill:#4c566a;font-family:sans-serif}"
    "circle{fill-opacity:.35;stroke-width:1.2;vector-effect:non-scaling-stroke}"
    ".error{fill:#bf616a;stroke:#bf616a}.warning{fill:#d08770;stroke:#d08770}"
)


def draw_part(shape: TopoDS_Shape, findings: Sequence[PartFinding] = ()) -> bytes:
    """Return the SVG of a solid: visible edges solid, hidden ones dashed, its extents in mm, its findings in words.

    Findings that have a place are marked there by number, from 1, red where one of them is an error, else orange.
    """
    algorithm, projector = HLRBRep_Algo(), HLRAlgo_Projector(VIEW)
    algorithm.Add(shape)
    algorithm.Projector(projector)
    algorithm.Update()
    algorithm.Hide()
    found = HLRBRep_HLRToShape(algorithm)
    visible = [found.VCompound(), found.Rg1LineVCompound(), found.OutLineVCompound()]
    hidden = [found.HCompound(), found.OutLineHCompound()]
    extents = measure(shape).extents_mm
    chord_mm = CHORD_PX * float(np.linalg.norm(extents)) / MOST_PX
    lines = {"visible": list(_polylines(visible, chord_mm)), "hidden": list(_polylines(hidden, chord_mm))}
    marks: dict[tuple[float, float], list[int]] = {}
    for number, finding in enumerate(findings, 1):
        if finding.point_mm is not None:
            place = gp_Pnt2d()
            projector.Project(gp_Pnt(*finding.point_mm), place)
            marks.setdefault((round(place.X(), 1), round(-place.Y(), 1)), []).append(number)
    words = [" × ".join(f"{extent:.1f}" for extent in extents) + " mm"]
    words += [f"{number} {one.severity} {one.rule_id}" for number, one in enumerate(findings, 1)]
    worst = {place: min(findings[number - 1].severity for number in numbers) for place, numbers in marks.items()}
    return _write_svg(lines, words, {place: (numbers, worst[place]) for place, numbers in marks.items()})


def _polylines(compounds: list[TopoDS_Shape | None], chord_mm: float) -> Iterator[Floats]:
    for compound in compounds:
        if compound is None or compound.IsNull():
            continue
        BRepLib.BuildCurves3d_s(compound)
        for edge in explore(compound, TopAbs_ShapeEnum.TopAbs_EDGE):
            points = GCPnts_QuasiUniformDeflection(BRepAdaptor_Curve(TopoDS.Edge_s(edge)), chord_mm)
            found = [points.Value(number + 1) for number in range(points.NbPoints())]
            yield np.array([[point.X(), -point.Y()] for point in found])


def _write_svg(
    lines: Mapping[str, list[Floats]],
    words: Sequence[str],
    marks: Mapping[tuple[float, float], tuple[list[int], str]],
) -> bytes:
    """Return lines and marks, in mm, at most MOST_PX wide and high, with lines of words below."""
    points = np.vstack([line for group in lines.values() for line in group] + [np.array([place]) for place in marks])
    px_mm = float((np.ptp(points, axis=0)).max()) / (MOST_PX - 2 * BORDER_PX)
    low, high = points.min(axis=0) - BORDER_PX * px_mm, points.max(axis=0) + BORDER_PX * px_mm
    width, text_mm = max(high[0] - low[0], MOST_PX / 2 * px_mm), TEXT_PX * px_mm
    height = high[1] - low[1] + (len(words) + 0.5) * 1.3 * text_mm
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width / px_mm:.0f}" height="{height / px_mm:.0f}" '
        f'viewBox="{low[0]:.2f} {low[1]:.2f} {width:.2f} {height:.2f}"><style>{STYLE}</style>'
    ]
    for kind in ("hidden", "visible"):
        for line in lines[kind]:
            path = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in line)
            parts.append(f'<path class="{kind}" d="{path}"/>')
    texts = [((x + text_mm, y), ", ".join(map(str, numbers))) for (x, y), (numbers, _) in marks.items()]
    texts += [((low[0] + text_mm, high[1] + 1.3 * text_mm * n), word) for n, word in enumerate(words, 1)]
    for (x, y), (_, severity) in marks.items():
        parts.append(f'<circle class="{severity}" cx="{x:.2f}" cy="{y:.2f}" r="{text_mm * 0.7:.2f}"/>')
    parts += [f'<text x="{x:.2f}" y="{y:.2f}" font-size="{text_mm:.2f}">{text}</text>' for (x, y), text in texts]
    return "\n".join([*parts, "</svg>"]).encode()
