"""Takes a solid from build123d or cadquery apart into its geometry in its own frame and its pose in the world."""

import io

import numpy as np
from OCP.BinTools import BinTools, BinTools_FormatVersion
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepClass3d import BRepClass3d_SolidClassifier
from OCP.gp import gp_Pnt
from OCP.TopAbs import TopAbs_ShapeEnum, TopAbs_State
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import Pose
from schemas.errors import InputError
from workbench.authoring.values import Vector
from workbench.kernel.faces import explore, is_closed
from workbench.kernel.measuring import measure
from workbench.kernel.overlaps import make_cylinder
from workbench.kernel.rounds import Line, list_round_faces

_SAME_MM = 1e-6


def extract_solid(given: object, body_id: str) -> TopoDS_Shape:
    """Return the one closed solid in `given`, where it stands in the world.

    Accepts build123d shapes and builders, cadquery shapes, workplanes and one-part assemblies, and kernel shapes.
    Raises InputError if there is not exactly one solid, or its shell is open.
    """
    shape = _kernel_shape(given, body_id)
    solids = list(explore(shape, TopAbs_ShapeEnum.TopAbs_SOLID))
    if not solids:
        kind = "nothing" if shape.IsNull() else shape.ShapeType().name.removeprefix("TopAbs_").lower()
        raise InputError(f"body '{body_id}' must be a solid, it is a {kind}: extrude or revolve faces, close shells")
    if len(solids) > 1:
        raise InputError(
            f"body '{body_id}' must be one connected solid, it has {len(solids)}: fuse them or add one body each; a "
            "bought part of several pieces (a bearing with its balls) may be simplified by tube_around()"
        )
    if not is_closed(solids[0]):
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
    low, high = measure(own).box_mm
    upright = Line(np.zeros(3), np.array([0.0, 0.0, 1.0]))
    bores = [face.diameter_mm / 2 for face in list_round_faces(own) if face.is_hole and upright.is_same(face.line)]
    if not bores or min(bores) >= high[0] - _SAME_MM:
        raise InputError("tube_around() needs a part with a round hole about its own z axis")
    foot = np.array([0.0, 0.0, low[2]])
    outer, bore = (make_cylinder(foot, upright.axis, r, high[2] - low[2]) for r in (high[0], min(bores)))
    return BRepAlgoAPI_Cut(outer, bore).Shape().Located(shape.Location())


def _kernel_shape(given: object, body_id: str) -> TopoDS_Shape:
    if isinstance(given, TopoDS_Shape):
        return given
    for attribute in ("part", "toCompound", "val"):
        found = getattr(given, attribute, None)
        if found is not None and not hasattr(given, "wrapped"):
            return _kernel_shape(found() if callable(found) else found, body_id)
    if isinstance(wrapped := getattr(given, "wrapped", None), TopoDS_Shape):
        return wrapped
    raise InputError(f"body '{body_id}': expected a solid of build123d or cadquery, got {type(given).__name__}")
