"""Takes a solid from build123d or cadquery apart into its geometry in its own frame and its pose in the world."""

import io
from typing import Any

import cadquery
import numpy as np
from build123d import Shape, Solid
from OCP.BinTools import BinTools, BinTools_FormatVersion
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepClass3d import BRepClass3d_SolidClassifier
from OCP.gp import gp_Pnt
from OCP.TopAbs import TopAbs_ShapeEnum, TopAbs_State
from OCP.TopExp import TopExp_Explorer
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import Pose
from schemas.components import Carriage, Rail, Stock
from schemas.errors import InputError
from workbench.authoring.lookup import find_component
from workbench.authoring.values import Vector
from workbench.components.envelopes import draw, usual_given
from workbench.kernel.arrays import Floats
from workbench.kernel.faces import explore, is_closed
from workbench.kernel.measuring import measure
from workbench.kernel.overlaps import make_cylinder
from workbench.kernel.rounds import Line, list_round_faces

_SAME_MM = 1e-6
MOST_LENGTH_MM = 10_000.0


def extract_solid(given: object, body_id: str) -> TopoDS_Shape:
    """Return the one closed solid in `given`, where it stands in the world.

    Accepts build123d shapes and builders, cadquery shapes, workplanes and one-part assemblies, and kernel shapes.
    Raises InputError if there is not exactly one solid and nothing beside it, its shell is open, or it is the child of
    a compound that has it elsewhere.
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
    if TopExp_Explorer(shape, TopAbs_ShapeEnum.TopAbs_VERTEX, TopAbs_ShapeEnum.TopAbs_SOLID).More():
        raise InputError(f"body '{body_id}' has faces or lines beside its solid: leave them out or make them solid")
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


def bought_solid(component_id: str, length: float | None = None) -> Solid:
    """Return a component's solid as the judge draws it from the catalogue, a build123d Solid with its foot in z = 0.

    Its axis is z. `length` (mm) is that of goods by the metre, or of a motor's shaft.
    Raises InputError for goods by the metre without one.
    """
    row = find_component(component_id)
    if isinstance(row, Stock) and (length is None or not 0.4 <= length <= MOST_LENGTH_MM):
        raise InputError(f"'{component_id}' is sold by the metre: bought_solid('{component_id}', length=300)")
    rail = find_component(row.rail_id) if isinstance(row, Carriage) else None
    return Solid(draw(row, usual_given(row, length, rail if isinstance(rail, Rail) else None)))


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
    if isinstance(given, cadquery.Workplane):
        stack = given.vals()
        return _kernel_shape(stack[0] if len(stack) == 1 else cadquery.Compound.makeCompound(stack), body_id)
    if isinstance(given, Shape) and given.parent is not None:
        return _place_child(given, body_id)
    for attribute in ("part", "toCompound", "val"):
        found = getattr(given, attribute, None)
        if found is not None and not hasattr(given, "wrapped"):
            return _kernel_shape(found() if callable(found) else found, body_id)
    if isinstance(wrapped := getattr(given, "wrapped", None), TopoDS_Shape):
        return wrapped
    raise InputError(f"body '{body_id}': expected a solid of build123d or cadquery, got {type(given).__name__}")


def _place_child(child: Shape[Any], body_id: str) -> TopoDS_Shape:
    """Return a child of a build123d compound where the compound has it, which its own location does not say."""
    placed: TopoDS_Shape = child.wrapped.Located(child.global_location.wrapped)
    own = _describe(placed)
    for solid in child.path[0].solids():
        if np.allclose(_describe(solid.wrapped), own, rtol=0.0, atol=_SAME_MM):
            return placed
    raise InputError(
        f"body '{body_id}': its compound, mirrored or changed after it was made, has it elsewhere; take it from the "
        "compound's solids()"
    )


def _describe(shape: TopoDS_Shape) -> Floats:
    """Return lengths (mm) that tell where a solid stands and how it is turned."""
    size = measure(shape)
    spread_mm = size.inertia_mm5.ravel() / (size.volume_mm3 * size.longest_mm)
    return np.concatenate([size.box_mm.ravel(), size.centre_mm, spread_mm])
