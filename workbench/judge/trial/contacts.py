"""Watches how deep contacts are, at every step, and says who touches whom in a recorded state."""

from collections.abc import Callable
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from schemas.units import M_PER_MM
from workbench.convert.contact_pairs import DEEPEST
from workbench.convert.reach import BEYOND_MM
from workbench.judge.trial.motion import Stretch
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Bools, Floats

DEEP_M, DEEP_SHARE, TOO_DEEP_SHARE, DEEP_S = 0.002, 0.25, 0.5, 0.05
HEAVY = 1000.0
SINK_S = 0.002
"""Depth ÷ closing speed that the contact model intends: at most 1.6 ms of spheres, boxes and edges (measured)."""
APPROACH_S = 0.010
"""How long before a depth the speed is sought with which the two came together."""


@dataclass(frozen=True)
class ContactReadings:
    """Whether a contact is too deep at every sample (A, K), and the deepest of each trial in this stretch (A,; m).

    `find_worst` returns the exact depth (m) of a trial's, with which bodies it is between, their masses and where;
    0 and no text without a contact.
    """

    too_deep: Bools
    deepest_m: Floats
    find_worst: Callable[[int], tuple[float, str]]


class ContactMonitor:
    """Follows the depth of contacts over every trial (mechanics §6.6): a sensor sees it at every step.

    Only states in which it exceeds what is always allowed are collided again, one by one, without stepping.
    """

    def __init__(self, subject: TrialModel, trials: int) -> None:
        self._subject, self._trials = subject, trials
        self._shallow_s = np.zeros(trials)
        self._tail: tuple[Floats, Floats] | None = None
        self._prober = Prober(subject)
        thickness_m = np.zeros(subject.model.ngeom)
        for geom in subject.conversion.geoms:
            thickness_m[subject.model.geom(geom.name).id] = geom.thickness_m
        self._limits_m = np.maximum(DEEP_M, np.outer([DEEP_SHARE, TOO_DEEP_SHARE], thickness_m))

    def observe(self, stretch: Stretch) -> ContactReadings:
        """Take in a stretch of motion."""
        history = self._extend(stretch)
        first = history[0].shape[1] - len(stretch.times_s) - 1  # of the states in which steps begin
        depths_m = -stretch.read_sensor(DEEPEST)[:, :, 0]
        bad = np.zeros_like(depths_m, dtype=bool)
        for place in np.flatnonzero((depths_m > DEEP_M).any(axis=1)).tolist():
            row = int(stretch.rows[place])
            for step in range(len(stretch.times_s)):
                lasting, absolute = False, False
                if depths_m[place, step] > DEEP_M:
                    lasting, absolute = self._judge(history[0][place], history[1][place], first + step, stretch.step_s)
                begins_s = float(stretch.times_s[step]) - stretch.step_s
                self._shallow_s[row] = self._shallow_s[row] if lasting else begins_s
                bad[place, step] = absolute or begins_s - self._shallow_s[row] > DEEP_S
        bad |= self._find_run_off(stretch)
        calm = ~(depths_m > DEEP_M).any(axis=1)
        self._shallow_s[stretch.rows[calm]] = stretch.times_s[-1]
        deepest = history[0][np.arange(len(depths_m)), first + depths_m.argmax(axis=1)]
        too_deep = stretch.most(bad.astype(float)) > 0.5
        return ContactReadings(too_deep, depths_m.max(axis=1), lambda place: self._prober.find_deepest(deepest[place]))

    def _find_run_off(self, stretch: Stretch) -> Bools:
        """Say at every step (A, S) whether a slide has left its range by more than is reckoned with (convert/reach)."""
        model = self._subject.model
        slides = np.flatnonzero((model.jnt_type == mujoco.mjtJoint.mjJNT_SLIDE) & (model.jnt_limited == 1))
        places, (low, high) = stretch.qpos[:, :, model.jnt_qposadr[slides]], model.jnt_range[slides].T
        return np.asarray((np.maximum(low - places, places - high) > BEYOND_MM * M_PER_MM).any(axis=2))

    def find_held(self, stretch: Stretch, met: Bools) -> Bools:
        """Say at the first sample (A, K) at which a trial meets its goals whether a part holds what it may not.

        That is one that has to settle on the environment.
        """
        goals = [payload.goal for payload in self._subject.scene.payloads]
        bound = {n for n, g in enumerate(goals) if g.mode == "settle" and g.goal_support == "environment"}
        held = np.zeros_like(met)
        for place in np.flatnonzero(met.any(axis=1)).tolist():
            sample = int(np.argmax(met[place]))
            touched = self._prober.find_touched(stretch.qpos[place, stretch.samples][sample])
            names = {self._subject.scene.payloads[number].body for number in bound}
            pairs = {(one, other) for pair in touched for one, other in (pair, pair[::-1])}
            held[place, sample] = any(n in names and p in self._subject.design_bodies for n, p in pairs)
        return held

    def _extend(self, stretch: Stretch) -> tuple[Floats, Floats]:
        """Return qpos and qvel (A, T + 1 + S, ...) of the last 10 ms before a stretch, its start and its steps."""
        count = round(APPROACH_S / stretch.step_s)
        now = (np.concatenate([stretch.before[:, None], stretch.qpos], axis=1),
               np.concatenate([stretch.speeds_before[:, None], stretch.qvel], axis=1))  # fmt: skip
        if self._tail is None:
            repeated = [np.repeat(values[:, :1], count, axis=1) for values in now]
            model = self._subject.model
            self._tail = (np.zeros((self._trials, count, model.nq)), np.zeros((self._trials, count, model.nv)))
            for kept, values in zip(self._tail, repeated, strict=True):
                kept[stretch.rows] = values
        whole = tuple(np.concatenate([kept[stretch.rows], v], axis=1) for kept, v in zip(self._tail, now, strict=True))
        for kept, values in zip(self._tail, whole, strict=True):
            kept[stretch.rows] = values[:, -count - 1 : -1]
        return whole[0], whole[1]

    def _judge(self, qpos: Floats, qvel: Floats, at: int, step_s: float) -> tuple[bool, bool]:
        """Say whether a contact of a state is deeper than the lasting and than the absolute limit."""
        contacts = self._prober.collide(qpos[at])
        beyond = contacts.depths_m > self._limits_m[:, contacts.geoms].min(axis=2)
        found = [False, False]
        for number in np.flatnonzero(beyond[0]).tolist():
            states = range(at - round(APPROACH_S / step_s), at + 1)
            speed_m_s = max(self._prober.closing_speed(qpos[k], qvel[k], contacts, number) for k in states)
            limits_m = self._limits_m[:, contacts.geoms[number]].min(axis=1) + SINK_S * speed_m_s
            found = [
                known or bool(contacts.depths_m[number] > limit) for known, limit in zip(found, limits_m, strict=True)
            ]
        return found[0], found[1]


@dataclass(frozen=True)
class Contacts:
    """Overlapping geoms (n, 2) of a state, depths (n,), places (n, 3) and normals (n, 3) from first to second."""

    geoms: NDArray[np.int32]
    depths_m: Floats
    places_m: Floats
    normals: Floats


class Prober:
    """Collides single states without stepping them; a state at rest has no speculative contacts."""

    def __init__(self, subject: TrialModel) -> None:
        self._subject, self._model = subject, subject.model
        self._still, self._moving = mujoco.MjData(subject.model), mujoco.MjData(subject.model)

    def collide(self, qpos: Floats) -> Contacts:
        """Return the contacts of a state (nq,) that overlap."""
        self._still.qpos[:] = qpos
        mujoco.mj_kinematics(self._model, self._still)
        mujoco.mj_collision(self._model, self._still)
        seen = self._still.contact
        depths_m = -np.array(seen.dist)
        kept = depths_m > 0.0
        places, normals = np.array(seen.pos).reshape(-1, 3), np.array(seen.frame).reshape(-1, 9)[:, :3]
        return Contacts(np.array(seen.geom).reshape(-1, 2)[kept], depths_m[kept], places[kept], normals[kept])

    def find_deepest(self, qpos: Floats) -> tuple[float, str]:
        """Return the depth (m) of a state's deepest contact and what it is between; 0 and no text without any."""
        contacts = self.collide(qpos)
        if not len(contacts.depths_m):
            return 0.0, ""
        number = int(np.argmax(contacts.depths_m))
        names = " and ".join(self._describe(geom) for geom in contacts.geoms[number].tolist())
        x, y, z = contacts.places_m[number] / M_PER_MM
        place = f"{names} at ({x:.1f}, {y:.1f}, {z:.1f}) mm" + self._find_burden(contacts.geoms, number)
        return float(contacts.depths_m[number]), place

    def _find_burden(self, geoms: NDArray[np.int32], number: int) -> str:
        """Return what else touches the bodies of a contact and is HEAVY times the lighter one, which it may crush."""
        masses = np.where(self._model.body_weldid == 0, 0.0, self._model.body_mass)[self._model.geom_bodyid]
        bodies = self._model.geom_bodyid[geoms]
        own = (bodies[:, :, None] == bodies[number]).any(axis=2)
        beside = geoms[np.asarray(own.any(axis=1))[:, None] & ~own]
        lightest = min(mass for mass in masses[geoms[number]] if mass > 0.0)
        crushing = [geom for geom in beside.tolist() if masses[geom] > HEAVY * lightest]
        return f", with {self._describe(crushing[0])} against them" if crushing else ""

    def _describe(self, geom: int) -> str:
        body = int(self._model.geom_bodyid[geom])
        fixed = self._model.body_weldid[body] == 0
        weight = "fixed" if fixed else f"{self._model.body_mass[body]:.4g} kg"
        return f"'{self._subject.geom_bodies[geom]}' ({weight})"

    def find_touched(self, qpos: Floats) -> set[tuple[str, str]]:
        """Return the bundle's bodies that touch in a state, in twos."""
        bodies = self._subject.geom_bodies
        return {(bodies[one], bodies[other]) for one, other in self.collide(qpos).geoms.tolist()}

    def closing_speed(self, qpos: Floats, qvel: Floats, contacts: Contacts, number: int) -> float:
        """Return how fast (m/s) the bodies of a contact come together at its place, in another state than its own."""
        self._moving.qpos[:], self._moving.qvel[:] = qpos, qvel
        mujoco.mj_kinematics(self._model, self._moving)
        mujoco.mj_comPos(self._model, self._moving)
        mujoco.mj_comVel(self._model, self._moving)
        one, other = (self._point_velocity(geom, contacts.places_m[number]) for geom in contacts.geoms[number].tolist())
        return float(max((one - other) @ contacts.normals[number], 0.0))

    def _point_velocity(self, geom: int, place_m: Floats) -> Floats:
        body, velocity, turning = int(self._model.geom_bodyid[geom]), np.zeros(6), np.zeros(3)
        mujoco.mj_objectVelocity(self._model, self._moving, mujoco.mjtObj.mjOBJ_BODY, body, velocity, 0)
        mujoco.mju_cross(turning, velocity[:3], place_m - self._moving.xpos[body])
        return velocity[3:] + turning
