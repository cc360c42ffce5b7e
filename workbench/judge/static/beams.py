"""Reads every made part of a design as a beam, the one rule by which its strength is judged (mechanics §8)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from schemas.catalogue import Catalogue
from schemas.components import Bearing, Carriage, LinearBushing
from schemas.units import M_PER_MM, PA_PER_GPA, PA_PER_MPA
from workbench.kernel.arrays import Floats
from workbench.kernel.loading import LoadedBundle
from workbench.kernel.measuring import measure

SAFETY = 1.2


@dataclass(frozen=True)
class Beam:
    """A part as a cantilever: stiffness k = E b h³ / (4 a³), stress per newton 6 a / (b h²), allowed stress in Pa.

    Length l, width b and height h are those of the box with the part's volume and principal moments of inertia; the arm
    a is the farthest that a point along the length lies from the nearest fastener, the whole length without any.
    """

    stiffness_n_m: float
    stress_pa_n: float
    allowed_pa: float


def read_beams(design: LoadedBundle, catalogue: Catalogue) -> Mapping[str, Beam]:
    """Return every made part as a beam (Euler–Bernoulli), held at its fasteners and joints.

    A component with a static load rating is a beam whose stress is the force itself; others are not checked.
    """
    record, beams = design.assembly, {}
    for body in record.bodies:
        row = catalogue.components.get(body.component_id or "")
        if body.material_id is not None:
            points = [
                f.position_mm for link in record.attachments if body.id in (link.a, link.b) for f in link.fasteners
            ]
            points += [joint.anchor_mm for joint in record.joints if body.id in (joint.child, joint.parent)]
            beams[body.id] = _read_beam(design, body.id, np.array(points).reshape(-1, 3), catalogue)
        elif isinstance(row, Bearing | LinearBushing | Carriage):
            beams[body.id] = Beam(stiffness_n_m=0.0, stress_pa_n=1.0, allowed_pa=row.static_load_rating_n)
    return beams


def _read_beam(design: LoadedBundle, body_id: str, fasteners_mm: Floats, catalogue: Catalogue) -> Beam:
    solid = design.solids[body_id]
    size = measure(solid.shape)
    material = catalogue.materials[str(solid.body.material_id)]
    moments, axes = np.linalg.eigh(size.inertia_mm5 / size.volume_mm3)
    spans = np.sqrt(np.maximum(6.0 * (moments.sum() - 2.0 * moments), 1e-9)) * M_PER_MM
    height, width, length = np.sort(spans)
    height = min(height, size.volume_mm3 * M_PER_MM**3 / (width * length))
    along = (fasteners_mm - size.centre_mm) @ axes[:, int(np.argmin(moments))] * M_PER_MM
    arm = max(_find_arm(np.clip(along, -length / 2, length / 2), length), height)
    modulus = material.youngs_modulus_gpa * PA_PER_GPA
    return Beam(
        stiffness_n_m=float(modulus * width * height**3 / (4.0 * arm**3)),
        stress_pa_n=float(6.0 * arm / (width * height**2)),
        allowed_pa=material.yield_or_flexural_strength_mpa * PA_PER_MPA / SAFETY,
    )


def _find_arm(along: Floats, length: float) -> float:
    if not len(along):
        return length
    ordered = np.sort(along)
    gaps = [ordered[0] + length / 2, length / 2 - ordered[-1], *(np.diff(ordered) / 2)]
    return float(max(gaps))
