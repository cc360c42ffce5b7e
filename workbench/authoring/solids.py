"""Takes a solid from build123d or cadquery apart into its geometry in its own frame and its pose in the world."""

import io
from typing import Protocol, cast

from OCP.BinTools import BinTools, BinTools_FormatVersion
from OCP.Bnd import Bnd_Box
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepBndLib import BRepBndLib
from OCP.BRepClass3d import BRepClass3d_SolidClassifier
from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
from OCP.TopAbs import TopAbs_ShapeEnum, TopAbs_State
from OCP.TopExp import TopExp_Explorer
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS, TopoDS_Shape

from schemas.bundle import Pose
from schemas.errors import InputError
from workbench.authoring.values import Vector

_SAME_MM = 1e-6


class Wrapped(Protocol):
    """Any CAD object that holds a kernel shape: build123d's and cadquery's shapes do."""

    wrapped: TopoDS_Shape


def extract_solid(given: object, body_id: str) -> TopoDS_Shape:
    """Return the one closed solid in `given`, where it stands in the world.

    Accepts build123d shapes and builders, cadquery shapes, workplanes and one-part assemblies, and kernel shapes.
    Raises InputError if there is not exactly one solid, or its shell is open.
    """
    shape = _kernel_shape(given, body_id)
    solids = _explore(shape, TopAbs_ShapeEnum.TopAbs_SOLID)
    if not solids:
        kind = "nothing" if shape.IsNull() else shape.ShapeType().name.removeprefix("TopAbs_").lower()
        raise InputError(f"body '{body_id}' must be a solid, it is a {kind}: extrude or revolve faces, close shells")
    if len(solids) > 1:
        raise InputError(
            f"body '{body_id}' must be one connected solid, it has {len(solids)}: fuse them or add one body each; a "
            "bought part of several pieces (a bearing with its balls) may be simplified by tube_around()"
        )
    shells = _explore(solids[0], TopAbs_ShapeEnum.TopAbs_SHELL)
    if not all(BRep_Tool.IsClosed_s(TopoDS.Shell_s(shell)) for shell in shells):
        raise InputError(f"body '{body_id}' has an open shell: add the missing faces")
    return solids[0]


def write_brep(shape: TopoDS_Shape) -> bytes:
    """Return the kernel's binary BREP without triangulation: the same bytes in any process."""
    buffer = io.BytesIO()
    version = BinTools_FormatVersion.BinTools_FormatVersion_VERSION_4
    BinTools.Write_s(shape, buffer, False, False, version)
    return buffer.getvalue()


def read_pose(shape: TopoDS_Shape) -> Pose:
    """Return where a shape's own frame sits in the world."""
    transform = shape.Location().Transformation()
    turn, move = transform.GetRotation(), transform.TranslationPart()
    return Pose(position_mm=(move.X(), move.Y(), move.Z()), quaternion_wxyz=(turn.W(), turn.X(), turn.Y(), turn.Z()))


def holds(shape: TopoDS_Shape, point: Vector) -> bool:
    """Say whether a point (mm, world) lies inside a solid."""
    found = BRepClass3d_SolidClassifier(shape, gp_Pnt(*point), _SAME_MM)
    return bool(found.State() == TopAbs_State.TopAbs_IN)


def tube_around(bearing: object) -> TopoDS_Shape:
    """Return the tube about its own z axis that a bearing of several solids fills, where the bearing stands.

    Outer radius and length are those of its bounding box, the bore is its narrowest hole about z. Raises InputError if
    there is none.
    """
    shape = _kernel_shape(bearing, "bearing")
    own = shape.Located(TopLoc_Location())
    box = Bnd_Box()
    BRepBndLib.AddOptimal_s(own, box, False, False)
    low, high = box.CornerMin(), box.CornerMax()
    faces = (BRepAdaptor_Surface(TopoDS.Face_s(face)) for face in _explore(own, TopAbs_ShapeEnum.TopAbs_FACE))
    round_faces = [face.Cylinder() for face in faces if face.GetType() == GeomAbs_SurfaceType.GeomAbs_Cylinder]
    around = [c for c in round_faces if abs(c.Axis().Direction().Z()) > 1 - _SAME_MM]
    centred = [c.Radius() for c in around if c.Location().X() ** 2 + c.Location().Y() ** 2 < _SAME_MM]
    if not centred or min(centred) >= high.X() - _SAME_MM:
        raise InputError("tube_around() needs a part with a round hole about its own z axis")
    frame = gp_Ax2(gp_Pnt(0, 0, low.Z()), gp_Dir(0, 0, 1))
    outer, bore = (BRepPrimAPI_MakeCylinder(frame, r, high.Z() - low.Z()).Shape() for r in (high.X(), min(centred)))
    return BRepAlgoAPI_Cut(outer, bore).Shape().Located(shape.Location())


def _kernel_shape(given: object, body_id: str) -> TopoDS_Shape:
    if isinstance(given, TopoDS_Shape):
        return given
    for attribute in ("part", "toCompound", "val"):
        found = getattr(given, attribute, None)
        if found is not None and not hasattr(given, "wrapped"):
            return _kernel_shape(found() if callable(found) else found, body_id)
    if isinstance(getattr(given, "wrapped", None), TopoDS_Shape):
        return cast(Wrapped, given).wrapped
    raise InputError(f"body '{body_id}': expected a solid of build123d or cadquery, got {type(given).__name__}")


def _explore(shape: TopoDS_Shape, kind: TopAbs_ShapeEnum) -> list[TopoDS_Shape]:
    found = []
    explorer = TopExp_Explorer(shape, kind)
    while explorer.More():
        found.append(explorer.Current())
        explorer.Next()
    return found
