"""Estimates how hard payloads and joints load the parts of a design, by one documented beam rule (mechanics §8)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from schemas.bundle import Joint
from schemas.catalogue import Catalogue
from schemas.units import M_PER_MM, PA_PER_GPA, PA_PER_MPA
from workbench.judge.trial.contacts import EVERY_SAMPLES, ContactReadings
from workbench.judge.trial.motion import SAMPLE_S, Stretch
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Floats
from workbench.kernel.loading import LoadedBundle
from workbench.kernel.measuring import measure

SAFETY = 1.2
WARN_SHARE = 0.8
HISTORY = 4
"""Looks (80 ms) over which the least force counts as lasting; what exceeds it is an impact."""


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
        elif row is not None and row.static_load_rating_n is not None:
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


@dataclass(frozen=True)
class LoadReadings:
    """The greatest share (A, K) of the allowed stress up to every sample, and the part that bore it."""

    share: Floats
    parts: list[list[str]]


class LoadMonitor:
    """Follows the stress that payloads and joints cause in every part, as a share of what is allowed."""

    def __init__(self, subject: TrialModel, beams: Mapping[str, Beam], trials: int) -> None:
        payloads = len(subject.scene.payloads)
        self._subject, self._beams = subject, beams
        self._forces_n = np.zeros((trials, payloads, HISTORY))
        self._before = np.zeros((trials, payloads, 3))
        self._fresh = np.ones(trials, dtype=bool)
        self._peak = np.zeros(trials)
        self._peak_part = [""] * trials

    def observe(self, stretch: Stretch, contacts: ContactReadings, masses_kg: Floats) -> LoadReadings:
        """Return the greatest share of the allowed stress so far, and which part bore it.

        The force is m (Δv/Δt − g) over each 20 ms; above the least of the last 80 ms it is an impact of speed v that
        adds v √(m k). The force in a joint is its mean over the 20 ms, and bears on the bodies that the joint names.
        """
        share = np.zeros((len(stretch.rows), len(stretch.sample_times_s)))
        parts = [[""] * share.shape[1] for _ in stretch.rows]
        if not self._beams:
            return LoadReadings(share, parts)
        step_s = EVERY_SAMPLES * SAMPLE_S
        gravity = np.array(self._subject.model.opt.gravity)
        velocities = stretch.velocities[:, stretch.samples]
        forces_n = self._average_joints(stretch)
        for sample in range(EVERY_SAMPLES - 1, share.shape[1], EVERY_SAMPLES):
            now, rows = velocities[:, sample], stretch.rows
            before = np.where(self._fresh[rows, None, None], now, self._before[rows])
            kicks = np.linalg.norm(now - before - gravity * step_s, axis=-1)
            self._before[rows], self._fresh[rows] = now, False
            history = np.roll(self._forces_n[rows], 1, axis=-1)
            history[..., 0] = masses_kg * kicks / step_s
            self._forces_n[rows] = history
            for (place, seen, payload), bodies in contacts.touched.items():
                if seen == sample:
                    mass_kg = float(masses_kg[place, payload])
                    self._raise_peak(int(rows[place]), self._stress(history[place, payload], mass_kg, bodies, step_s))
            for place, row in enumerate(rows):
                for joint, force_n in zip(self._subject.conversion.joints, forces_n[place, sample], strict=True):
                    self._raise_peak(int(row), self._bear(joint, float(force_n)))
                share[place, sample:] = self._peak[row]
                parts[place][sample:] = [self._peak_part[row]] * (share.shape[1] - sample)
        return LoadReadings(share, parts)

    def _average_joints(self, stretch: Stretch) -> Floats:
        """Return at every sample (A, K, joints) the length of the mean force over the 20 ms of its look."""
        count, steps = len(self._subject.conversion.joints), EVERY_SAMPLES * stretch.steps_per_sample
        shape = (len(stretch.rows), len(stretch.times_s) // steps, steps, count, 3)
        looks = stretch.sensors.reshape(shape).mean(axis=2)
        return np.asarray(np.repeat(np.linalg.norm(looks, axis=-1), EVERY_SAMPLES, axis=1))

    def _bear(self, joint: Joint, force_n: float) -> list[tuple[str, float]]:
        named = {name for name in (joint.child, joint.parent, joint.through) if name in self._beams}
        beams = [(str(name), self._beams[str(name)]) for name in sorted(map(str, named))]
        return [(name, force_n * beam.stress_pa_n / beam.allowed_pa) for name, beam in beams]

    def _raise_peak(self, row: int, stress: list[tuple[str, float]]) -> None:
        for part, share in stress:
            if share > self._peak[row]:
                self._peak[row], self._peak_part[row] = share, part

    def _stress(
        self, forces_n: Floats, mass_kg: float, bodies: frozenset[str], step_s: float
    ) -> list[tuple[str, float]]:
        lasting_n = float(forces_n.min())
        impact_m_s = float(forces_n[:2].sum() - 2.0 * lasting_n) * step_s / mass_kg
        found = []
        for body in sorted(bodies & self._beams.keys()):
            beam = self._beams[body]
            force_n = lasting_n + impact_m_s * math.sqrt(mass_kg * beam.stiffness_n_m)
            found.append((body, force_n * beam.stress_pa_n / beam.allowed_pa))
        return found
