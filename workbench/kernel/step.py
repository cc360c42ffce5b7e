"""Reads STEP files into the solids of an assembly, in millimetres whatever the file's unit, and writes them."""

import re
from pathlib import Path

from build123d import Compound, Shape, Solid, export_step, import_step
from OCP.IFSelect import IFSelect_ReturnStatus
from OCP.Standard import Standard_Failure
from OCP.STEPControl import STEPControl_Reader
from OCP.TColStd import TColStd_SequenceOfAsciiString
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS_Shape

from schemas.reasons import ReasonCode
from workbench.kernel.faces import explore
from workbench.kernel.loading import find_solid_fault
from workbench.reasons import Refused, reason

MOST_STEP_PARTS = 100
MOST_STEP_FACES = 5_000
FACE = re.compile(rb"=\s*(?:ADVANCED_FACE|FACE_SURFACE)\s*\(")
BROKEN = (AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError, Standard_Failure)
"""What reading raises where the products of a file name each other wrongly."""
MOST_NAME = 40
NO_NAMES = ("compound", "solid", "open_cascade_step_translator")
"""What writers call shapes that nobody has named."""


def read_step(file: Path) -> dict[str, TopoDS_Shape] | Refused:
    """Return every solid of a STEP file by a name of its own, or why the file can't be used.

    Solids of an assembly are its parts; they stand in their own frames. Length units are the file's, converted to mm.
    """
    unread = _find_fault(file)
    if unread is not None:
        return _refuse(unread)
    named: dict[str, TopoDS_Shape] = {}
    try:
        for leaf in _list_leaves(import_step(file)):
            for shape in explore(leaf.wrapped, TopAbs_ShapeEnum.TopAbs_SOLID):
                named[_name(leaf.label, named)] = shape
    except BROKEN:
        return _refuse("its products do not hang together: export it again, as one part or assembly")
    if not named:
        return _refuse("it holds no solid: export solids, not surfaces, curves or meshes")
    if len(named) > MOST_STEP_PARTS:
        return _refuse(f"it has {len(named)} solids, {MOST_STEP_PARTS} at most are checked: export fewer")
    faults = [fault for name, shape in named.items() if (fault := find_solid_fault(name, shape))]
    return Refused(tuple(faults)) if faults else named


def _find_fault(file: Path) -> str | None:
    """Return why a file can't be read as STEP of a bounded number of faces, with a unit of length."""
    faces = len(FACE.findall(file.read_bytes()))
    if faces > MOST_STEP_FACES:
        return f"it has {faces:,} faces, {MOST_STEP_FACES:,} at most are checked: leave out what is not asked for"
    reader = STEPControl_Reader()
    if reader.ReadFile(str(file)) != IFSelect_ReturnStatus.IFSelect_RetDone:
        return "it is not a STEP file that can be read: export it again as STEP AP203, AP214 or AP242"
    lengths, angles, solid_angles = (TColStd_SequenceOfAsciiString() for _ in range(3))
    reader.FileUnits(lengths, angles, solid_angles)
    if not lengths.Length() or any(lengths.Value(n).IsEmpty() for n in range(1, lengths.Length() + 1)):
        return "it names no unit of length: export it again, in millimetres or inches"
    return None


def write_step(solids: dict[str, TopoDS_Shape], file: Path) -> None:
    """Write solids where they stand as the labelled parts of one assembly, in millimetres."""
    parts = [Solid(shape) for shape in solids.values()]
    for part, name in zip(parts, solids, strict=True):
        part.label = name
    export_step(Compound(children=parts, label="design"), file)


def _list_leaves(node: Shape) -> list[Shape]:
    return [leaf for child in node.children for leaf in _list_leaves(child)] if node.children else [node]


def _name(label: str, taken: dict[str, TopoDS_Shape]) -> str:
    """Return a label as an id that no other solid has."""
    plain = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:MOST_NAME]
    plain = "" if plain.startswith(NO_NAMES) else plain
    plain = plain if plain[:1].isalpha() else f"part_{plain}".rstrip("_")
    return plain if plain not in taken else next(n for k in range(2, 10_000) if (n := f"{plain}_{k}") not in taken)


def _refuse(message: str) -> Refused:
    return Refused((reason(ReasonCode.UNSUPPORTED_FORMAT, "", message),))
