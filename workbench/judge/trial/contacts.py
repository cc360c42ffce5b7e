"""Looks at the contacts of recorded states: who touches whom, and how deep."""

from collections.abc import Iterator
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from workbench.judge.trial.motion import Stretch
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Bools, Floats, Ints

EVERY_SAMPLES = 2
"""Contacts are looked at every 20 ms."""
SAME = 1e-7
"""A state within this of the last one that was looked at (in m, rad or parts of a quaternion) has the same contacts."""
DEEP_M, DEEP_SHARE, TOO_DEEP_SHARE, DEEP_S = 0.002, 0.25, 0.5, 0.05


@dataclass(frozen=True)
class ContactReadings:
    """What is true at every sample (A, K): too deep a contact, and which assembly bodies each payload touches.

    `touched` maps (row, sample, payload) to body ids, at the samples that were looked at.
    """

    too_deep: Bools
    worst_m: Floats
    touched: dict[tuple[int, int, int], frozenset[str]]


class ContactMonitor:
    """Follows the depth of contacts and the touches of parts over every trial; a state that lasts is looked at once.

    States are collided again, one by one, without stepping.
    """

    def __init__(self, subject: TrialModel, trials: int) -> None:
        self._shallow_s = np.zeros(trials)
        self._poses = np.full((trials, subject.model.nq), np.inf)
        self._depths = np.zeros((trials, 3))
        self._touching: list[dict[int, frozenset[str]]] = [{}] * trials
        self._model, self._data = subject.model, mujoco.MjData(subject.model)
        thickness_m = np.zeros(subject.model.ngeom)
        for geom in subject.conversion.geoms:
            thickness_m[subject.model.geom(geom.name).id] = geom.thickness_m
        self._limits_m = np.maximum(DEEP_M, np.outer([DEEP_SHARE, TOO_DEEP_SHARE], thickness_m))
        self._touches = dict(_list_touches(subject))

    def observe(self, stretch: Stretch) -> ContactReadings:
        """Take in a stretch of motion; stretches hold whole numbers of looks."""
        rows, shape = stretch.rows, (len(stretch.rows), len(stretch.sample_times_s))
        readings = ContactReadings(np.zeros(shape, dtype=bool), np.zeros(shape), {})
        counts, states = stretch.contacts[:, stretch.samples], stretch.qpos[:, stretch.samples]
        for sample in range(EVERY_SAMPLES - 1, shape[1], EVERY_SAMPLES):
            time_s = float(stretch.sample_times_s[sample])
            for place in np.flatnonzero(~self._is_same(rows, states[:, sample])).tolist():
                self._look(int(rows[place]), states[place, sample], int(counts[place, sample]))
            deepest_m, lasting, absolute = self._depths[rows].T
            self._shallow_s[rows] = np.where(lasting <= 1.0, time_s, self._shallow_s[rows])
            readings.worst_m[:, sample] = deepest_m
            readings.too_deep[:, sample] = (absolute > 1.0) | (time_s - self._shallow_s[rows] > DEEP_S)
            for place, row in enumerate(rows.tolist()):
                for payload, bodies in self._touching[row].items():
                    readings.touched[place, sample, payload] = bodies
        return readings

    def _is_same(self, rows: Ints, states: Floats) -> Bools:
        return np.asarray(np.abs(states - self._poses[rows]).max(axis=1) <= SAME)

    def _look(self, row: int, state: Floats, contacts: int) -> None:
        self._poses[row], self._depths[row], self._touching[row] = state, 0.0, {}
        if contacts:
            pairs, depths_m = self._collide(state)
            self._depths[row] = depths_m.max(initial=0.0), *self._excess(pairs, depths_m)
            self._touching[row] = self._find_touching(pairs)

    def _collide(self, qpos: Floats) -> tuple[NDArray[np.int32], Floats]:
        """Return the geom pairs (n, 2) that overlap in a state and their depths (n,) in metres."""
        self._data.qpos[:] = qpos
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_collision(self._model, self._data)
        depths = -np.array(self._data.contact.dist)
        kept = depths > 0.0
        return np.array(self._data.contact.geom)[kept], depths[kept]

    def _excess(self, pairs: NDArray[np.int32], depths_m: Floats) -> tuple[float, float]:
        """Return the deepest contact in units of the lasting and of the absolute limit (mechanics §6.6).

        Neither limit is below DEEP_M, so shallower contacts count as 0.
        """
        if depths_m.max(initial=0.0) <= DEEP_M:
            return 0.0, 0.0  # within every limit
        lasting, absolute = (depths_m / self._limits_m[:, pairs].min(axis=2)).max(axis=1)
        return float(lasting), float(absolute)

    def _find_touching(self, pairs: NDArray[np.int32]) -> dict[int, frozenset[str]]:
        """Return the assembly bodies that each payload touches."""
        found: dict[int, set[str]] = {}
        for pair in pairs.tolist():
            touch = self._touches.get(frozenset(pair))
            if touch is not None:
                found.setdefault(touch[0], set()).add(touch[1])
        return {index: frozenset(bodies) for index, bodies in found.items()}


def _list_touches(subject: TrialModel) -> Iterator[tuple[frozenset[int], tuple[int, str]]]:
    """Yield the pairs of geoms in which a payload, by its index, touches an assembly body."""
    payloads = {payload.body: index for index, payload in enumerate(subject.scene.payloads)}
    geoms = zip(subject.model.pair_geom1.tolist(), subject.model.pair_geom2.tolist(), strict=True)
    for pair, names in zip(geoms, subject.pair_bodies, strict=True):
        for name, partner in (names, names[::-1]):
            if name in payloads and partner in subject.design_bodies:
                yield frozenset(pair), (payloads[name], partner)
