"""Describes a scene by what a near-copy of it would share, for check 9 of mechanics §6."""

from collections.abc import Iterator

import numpy as np

from schemas.bundle import Role, SceneBundle
from schemas.catalogue import Catalogue
from schemas.likeness import DOING_NOTHING, PAYLOAD_MASS, describe_box
from schemas.record import Measure
from schemas.units import G_PER_KG
from schemas.verdict import Trial
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.frames import read_zone
from workbench.kernel.loading import LoadedBundle
from workbench.kernel.measuring import measure


def describe_likeness(
    scene: LoadedBundle, subject: TrialModel, nothing: tuple[Trial, ...], catalogue: Catalogue
) -> tuple[Measure, ...]:
    """Return the boxes of bodies and zones, what weighs, slips and moves, and where doing nothing ends."""
    record = subject.scene
    numbers = [*_describe_boxes(scene, record), *_describe_physics(subject, catalogue)]
    space = record.zones.workspace
    longest_mm = float(np.subtract(space.max_mm, space.min_mm).max())
    share = float(np.mean([trial.closest_mm for trial in nothing])) / longest_mm
    return (*numbers, Measure(name=DOING_NOTHING, value=round(share, 4)))


def _describe_boxes(scene: LoadedBundle, record: SceneBundle) -> Iterator[Measure]:
    for solid in scene.solids.values():
        size = measure(solid.shape)
        filled = size.volume_mm3 / float(np.prod(size.extents_mm))
        yield from describe_box(solid.body.role.value, size.box_mm, filled)
    zones = record.zones
    named = [("workspace", zones.workspace), ("build zone", zones.build_zone)]
    named += [("goal zone", zone) for zone in zones.goal_zones]
    named += [("forbid zone", zone) for zone in zones.forbid_zones]
    for label, zone in named:
        yield from describe_box(label, read_zone(zone))


def _describe_physics(subject: TrialModel, catalogue: Catalogue) -> Iterator[Measure]:
    record = subject.scene
    materials = {body.id: str(body.material_id) for body in record.bodies}
    others = sorted({materials[body.id] for body in record.bodies if body.role is not Role.PAYLOAD})
    for payload, row in zip(record.payloads, subject.payload_bodies, strict=True):
        mass_g = float(subject.model.body_mass[row]) * G_PER_KG
        yield Measure(name=PAYLOAD_MASS, value=round(mass_g, 2), unit="g")
        frictions = [catalogue.pair(materials[payload.body], other).friction for other in others]
        yield Measure(name="payload: least friction", value=min(frictions, default=0.0))
        yield Measure(name="payload: most friction", value=max(frictions, default=0.0))
        yield Measure(name="payload: speed", value=float(np.linalg.norm(payload.velocity_mm_s)), unit="mm/s")
    for contract in record.motion_contracts:
        yield Measure(name="motion: top speed", value=contract.max_speed)
        yield Measure(name="motion: period", value=contract.period_s or 0.0, unit="s")
