"""Takes a solid from build123d or cadquery apart into its geometry in its own frame and its pose in the world."""

import io
from typing import Protocol, cast

from OCP.BinTools import BinTools
from OCP.gp import gp_Trsf
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopExp import TopExp_Explorer
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import Pose
from schemas.errors import InputError


class Wrapped(Protocol):
    """Any CAD object that holds a kernel shape: build123d's and cadquery's shapes do."""

    wrapped: TopoDS_Shape


def take_solid(given: object, body_id: str) -> tuple[bytes, Pose]:
    """Return the one solid in `given` as binary BREP bytes in its own frame, and its pose.

    Accepts build123d shapes and builders, cadquery shapes, workplanes and one-part assemblies, and kernel shapes.
    Raises InputError if there is not exactly one solid.
    """
    shape = _kernel_shape(given, body_id)
    solid = _only_solid(shape, body_id)
    return write_brep(solid.Located(TopLoc_Location())), _read_pose(solid.Location().Transformation())


def write_brep(shape: TopoDS_Shape) -> bytes:
    """Return the kernel's binary BREP without triangulation: the same bytes in any process."""
    buffer = io.BytesIO()
    BinTools.Write_s(shape, buffer, False, False, _format_version())
    return buffer.getvalue()


def _format_version() -> object:
    from OCP.BinTools import BinTools_FormatVersion

    return BinTools_FormatVersion.BinTools_FormatVersion_VERSION_4


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


def _only_solid(shape: TopoDS_Shape, body_id: str) -> TopoDS_Shape:
    explorer = TopExp_Explorer(shape, TopAbs_ShapeEnum.TopAbs_SOLID)
    solids = []
    while explorer.More():
        solids.append(explorer.Current())
        explorer.Next()
    if len(solids) == 1:
        return solids[0]
    if not solids and not shape.IsNull():
        return shape
    raise InputError(f"body '{body_id}' must be one connected solid, it has {len(solids)}: fuse them or add one each")


def _read_pose(transform: gp_Trsf) -> Pose:
    turn, move = transform.GetRotation(), transform.TranslationPart()
    return Pose(
        position_mm=(move.X(), move.Y(), move.Z()),
        quaternion_wxyz=(turn.W(), turn.X(), turn.Y(), turn.Z()),
    )
