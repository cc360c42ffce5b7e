"""Reads a geometry bundle back into checked kernel solids in the world frame, and measures and explores them exactly.

Nothing that the program claims is believed: files, hashes, references, solids and numbers are taken again.
"""

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from OCP.BinTools import BinTools
from OCP.BRep import BRep_Tool
from OCP.BRepCheck import BRepCheck_Analyzer
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS_Shape
from pydantic import TypeAdapter, ValidationError

from schemas.bundle import AssemblyBundle, Body, Bundle, SceneBundle
from schemas.jobs import BUNDLE_FILE
from schemas.reasons import Reason, ReasonCode
from schemas.record import describe_validation, hash_bytes
from workbench.kernel.crossings import find_crossing
from workbench.kernel.faces import explore, is_closed
from workbench.kernel.frames import place
from workbench.kernel.measuring import measure
from workbench.kernel.references import find_reference_faults
from workbench.reasons import Refused, reason, reason_at

MOST_JSON_BYTES = 4_000_000
MOST_BREP_BYTES = 8_000_000
MOST_BUNDLE_BYTES = 64_000_000
MOST_EXTENT_MM = 10_000.0
LEAST_VOLUME_MM3 = 1e-3
MOST_LOOSE_MM = 0.05
"""Faces and edges that meet less exactly hide so much from every Boolean; lofts and threads meet to 1e-4 mm."""
MEETING = (TopAbs_ShapeEnum.TopAbs_FACE, TopAbs_ShapeEnum.TopAbs_EDGE, TopAbs_ShapeEnum.TopAbs_VERTEX)

_BUNDLE: TypeAdapter[SceneBundle | AssemblyBundle] = TypeAdapter(Bundle)


@dataclass(frozen=True)
class Solid:
    """A body and its solid in world coordinates (mm) at t = 0; goods by the metre have their length."""

    body: Body
    shape: TopoDS_Shape
    length_mm: float | None = None


@dataclass(frozen=True)
class LoadedBundle:
    """A bundle whose files, references and solids have been checked."""

    record: SceneBundle | AssemblyBundle
    solids: Mapping[str, Solid]
    bundle_hash: str

    @property
    def scene(self) -> SceneBundle:
        """Return the record of a scene; raises ValueError for an assembly."""
        if not isinstance(self.record, SceneBundle):
            raise ValueError("a scene bundle is needed, this is an assembly")
        return self.record

    @property
    def assembly(self) -> AssemblyBundle:
        """Return the record of an assembly; raises ValueError for a scene."""
        if not isinstance(self.record, AssemblyBundle):
            raise ValueError("an assembly bundle is needed, this is a scene")
        return self.record


def load_bundle(files: Mapping[str, bytes]) -> LoadedBundle | Refused:
    """Check and read `bundle.json` and its BREP files; returns every fault that was found instead of raising."""
    faults = tuple(_find_size_faults(files))
    if faults:
        return Refused(faults)
    try:
        record = _BUNDLE.validate_json(files[BUNDLE_FILE], strict=True)
    except ValidationError as error:
        return Refused((reason_at(ReasonCode.BUNDLE_INVALID, BUNDLE_FILE, describe_validation(error)),))
    found = [*_find_file_faults(record, files), *find_reference_faults(record)]
    solids: dict[str, Solid] = {}
    for body in record.bodies:
        data = files.get(body.geometry)
        if data is not None and hash_bytes(data) == body.geometry_sha256:
            solid = _read_solid(body, data)
            if isinstance(solid, Reason):
                found.append(solid)
            else:
                solids[body.id] = solid
    return Refused(tuple(found)) if found else LoadedBundle(record, solids, record.digest())


def _find_size_faults(files: Mapping[str, bytes]) -> Iterator[Reason]:
    if BUNDLE_FILE not in files:
        yield reason(ReasonCode.BUNDLE_INVALID, BUNDLE_FILE, f"{BUNDLE_FILE} is missing")
    total = sum(len(data) for data in files.values())
    limits = {name: MOST_JSON_BYTES if name == BUNDLE_FILE else MOST_BREP_BYTES for name in files}
    sizes = [(name, len(data), limits[name]) for name, data in files.items()]
    for name, size, limit in [*sizes, ("bundle", total, MOST_BUNDLE_BYTES)]:
        if size > limit:
            message = f"{name[:80]} is too large"
            yield reason(ReasonCode.BUNDLE_INVALID, name[:80], message, size_b=size, limit_b=limit)


def _find_file_faults(record: SceneBundle | AssemblyBundle, files: Mapping[str, bytes]) -> Iterator[Reason]:
    named = {body.geometry: body for body in record.bodies}
    for name in sorted(files.keys() - named.keys() - {BUNDLE_FILE}):
        yield reason_at(ReasonCode.BUNDLE_INVALID, name[:80], "no body names this file: remove it")
    for name, body in named.items():
        if name not in files:
            yield reason_at(ReasonCode.BUNDLE_INVALID, body.id, f"its geometry {name} is missing")
        elif hash_bytes(files[name]) != body.geometry_sha256:
            yield reason_at(ReasonCode.BUNDLE_INVALID, body.id, f"geometry_sha256 is not the hash of {name}")


def _read_solid(body: Body, data: bytes) -> Solid | Reason:
    shape = TopoDS_Shape()
    try:
        BinTools.Read_s(shape, io.BytesIO(data))
        if shape.IsNull():
            return reason_at(ReasonCode.GEOMETRY_INVALID, body.id, "its geometry file holds no shape")
        placed = place(shape, body.pose)
        fault = find_solid_fault(body.id, placed)
    except Exception as error:  # noqa: BLE001  the kernel's exceptions share no base; each becomes a reason
        text = (str(error) or type(error).__name__)[:160]
        return reason_at(ReasonCode.GEOMETRY_INVALID, body.id, f"the kernel can't read its geometry: {text}")
    return fault or Solid(body, next(explore(placed, TopAbs_ShapeEnum.TopAbs_SOLID)))


def find_solid_fault(body_id: str, shape: TopoDS_Shape) -> Reason | None:
    """Return why a shape is not exactly one closed, valid solid of positive volume and bounded size."""
    count = sum(1 for _ in explore(shape, TopAbs_ShapeEnum.TopAbs_SOLID))
    if count != 1:
        return reason_at(ReasonCode.GEOMETRY_INVALID, body_id, "must be exactly one closed solid", solids=count)
    if not is_closed(shape):
        return reason_at(ReasonCode.GEOMETRY_INVALID, body_id, "its shell is open: close it")
    if not BRepCheck_Analyzer(shape).IsValid():
        return reason_at(
            ReasonCode.GEOMETRY_INVALID, body_id, "is not a valid solid (self-intersecting or non-manifold)"
        )
    loose_mm = max(BRep_Tool.MaxTolerance_s(shape, kind) for kind in MEETING)
    if not loose_mm <= MOST_LOOSE_MM:
        message = "its faces and edges claim to meet loosely: draw it anew, or lower its tolerance"
        return reason_at(ReasonCode.GEOMETRY_INVALID, body_id, message, tolerance_mm=loose_mm, limit_mm=MOST_LOOSE_MM)
    size = measure(shape)
    if not math.isfinite(size.volume_mm3) or size.volume_mm3 < LEAST_VOLUME_MM3:
        volume_mm3 = size.volume_mm3 if math.isfinite(size.volume_mm3) else -1.0
        return reason_at(ReasonCode.GEOMETRY_INVALID, body_id, "its volume must be positive", volume_mm3=volume_mm3)
    extent = float(np.abs(size.box_mm).max())
    if extent > MOST_EXTENT_MM:
        far = (
            f"reaches {extent:,.0f} mm from the origin, at most {MOST_EXTENT_MM:,.0f}: mend its unit, or move it nearer"
        )
        return reason_at(ReasonCode.GEOMETRY_INVALID, body_id, far, reach_mm=extent)
    crossing = find_crossing(shape)
    if crossing:
        x, y, z = (float(value) for value in crossing.point_mm)
        message = (
            f"passes through itself near ({x:.1f}, {y:.1f}, {z:.1f}) mm: make it one solid whose faces don't cross"
        )
        numbers = {"x_mm": x, "y_mm": y, "z_mm": z, "layers": float(crossing.layers)}
        return reason_at(ReasonCode.GEOMETRY_INVALID, body_id, message, **numbers)
    return None
