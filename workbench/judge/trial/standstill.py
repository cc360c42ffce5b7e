"""Says where nothing will happen any more: all that is free has come to rest out of reach of all that is driven."""

from typing import NamedTuple

import mujoco
import numpy as np

from workbench.judge.trial.collision_shapes import Piece, read_pieces, read_shape
from workbench.judge.trial.motion import Stretch
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Bools, Floats

STILL_S, STILL_ON_SURFACES_S = 0.5, 1.0
"""How long a pose must last; a body jammed on a conveyor chatters, so it is watched for longer."""
STILL_M, STILL_TURN = 1e-4, 2e-3
"""How far a pose may stray meanwhile: lengths, and angles or quaternion components."""
CLEAR_M = 0.005
_LATE_S = 1e-9


class Reach(NamedTuple):
    """The cylinder that a body on one hinge or slide can't leave: a point, unit axis, bounds along it and radius."""

    start_m: Floats
    axis: Floats
    low_m: float
    high_m: float
    radius_m: float

    def gap(self, points_m: Floats) -> Floats:
        """Return the distance (...) of points (..., 3) from the cylinder, 0 inside."""
        offset = points_m - self.start_m
        along = offset @ self.axis
        aside = np.linalg.norm(offset - along[..., None] * self.axis, axis=-1) - self.radius_m
        beyond = np.maximum(self.low_m - along, along - self.high_m)
        gap: Floats = np.hypot(np.maximum(beyond, 0.0), np.maximum(aside, 0.0))
        return gap


class Standstill(NamedTuple):
    """Where (A, K) all that is free will stay as it is, and where everything else does too."""

    free: Bools
    all: Bools


class StandstillMonitor:
    """The poses of every trial between stretches, and since when they have lasted: of free bodies, of all others."""

    def __init__(self, subject: TrialModel, trials: int) -> None:
        model = subject.model
        self._subject = subject
        self._limits = np.full(model.nq, STILL_TURN)
        self._free = np.zeros(model.nq, dtype=bool)
        for joint in range(model.njnt):
            start = int(model.jnt_qposadr[joint])
            if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE:
                self._free[start : start + 7] = True
                self._limits[start : start + 3] = STILL_M
            elif model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_SLIDE:
                self._limits[start] = STILL_M
        self._reaches = read_reaches(model)
        self._bodies = [(body, read_shape(model, body)) for body in range(1, model.nbody) if _is_free(model, body)]
        self._poses = np.full((trials, model.nq), np.inf)
        self._since_s = np.zeros((trials, 2))
        self._still_s = STILL_ON_SURFACES_S if subject.scene.surfaces else STILL_S

    def observe(self, stretch: Stretch) -> Standstill:
        """Say at every sample whether things will stay as they are; surfaces with a schedule never rest."""
        if self._subject.has_schedule:
            never = np.zeros((len(stretch.rows), len(stretch.sample_times_s)), dtype=bool)
            return Standstill(never, never)
        free, held = (self._last(stretch, part, kind) for kind, part in enumerate((self._free, ~self._free)))
        held &= self._subject.model.nu == 0  # what is driven does not stay at rest
        everything = free & held
        return Standstill(free & self._is_clear(stretch) if (free & ~held).any() else everything, everything)

    def _last(self, stretch: Stretch, part: Bools, kind: int) -> Bools:
        """Say where some coordinates have stayed for long enough within the limits of where they were."""
        rows, limits = stretch.rows, self._limits[part]
        poses, since_s = self._poses[rows][:, part], self._since_s[rows, kind]
        seen = stretch.qpos[:, stretch.samples][:, :, part]
        still: Bools = np.full(seen.shape[:2], not part.any())
        steps = np.diff(np.concatenate([poses[:, None], seen], axis=1), axis=1)
        if not part.any() or np.any(np.abs(steps) > limits, axis=2).all():  # in motion at every sample
            self._poses[np.ix_(rows, part)], self._since_s[rows, kind] = seen[:, -1], stretch.sample_times_s[-1]
            return still
        for sample, time_s in enumerate(stretch.sample_times_s):
            moved: Bools = np.any(np.abs(seen[:, sample] - poses) > limits, axis=1)
            poses = np.where(moved[:, None], seen[:, sample], poses)
            since_s = np.where(moved, time_s, since_s)
            still[:, sample] = time_s - since_s >= self._still_s - _LATE_S
        self._poses[np.ix_(rows, part)], self._since_s[rows, kind] = poses, since_s
        return still

    def _is_clear(self, stretch: Stretch) -> Bools:
        """Say where every free body is out of reach of every body on a joint."""
        clear = np.ones((len(stretch.rows), len(stretch.sample_times_s)), dtype=bool)
        for body, shape in self._bodies:
            places = stretch.xpos[:, stretch.samples, body]
            reach_m = shape.radius_m + float(np.linalg.norm(shape.centre_m)) + CLEAR_M
            for reach in self._reaches:
                clear &= np.zeros_like(clear) if reach is None else reach.gap(places) > reach_m
        return clear


def read_reaches(model: mujoco.MjModel) -> tuple[Reach | None, ...]:
    """Return how far each body on a joint reaches; None for chains, ball joints and slides without a range."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    jointed = [body for body in range(1, model.nbody) if model.body_jntnum[body] and not _is_free(model, body)]
    return tuple(_read_reach(model, data, body) for body in jointed)


def _read_reach(model: mujoco.MjModel, data: mujoco.MjData, body: int) -> Reach | None:
    joint = int(model.body_jntadr[body])
    kind, limited = model.jnt_type[joint], bool(model.jnt_limited[joint])
    hinge, slide = mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtJoint.mjJNT_SLIDE
    alone = model.body_jntnum[body] == 1 and model.body_weldid[model.body_parentid[body]] == 0
    if not alone or not (kind == hinge or (kind == slide and limited)):
        return None
    turn, place = data.xmat[body].reshape(3, 3), data.xpos[body]
    start, axis = np.array(data.xanchor[joint]), np.array(data.xaxis[joint])
    spans = np.array([_span(piece, turn, place - start, axis) for _, piece in read_pieces(model, body)])
    low, high = model.jnt_range[joint] if kind == slide else (0.0, 0.0)
    return Reach(start, axis, spans[:, 0].min() + min(low, 0.0), spans[:, 1].max() + max(high, 0.0), spans[:, 2].max())


def _span(piece: Piece, turn: Floats, place: Floats, axis: Floats) -> tuple[float, float, float]:
    """Return a piece's bounds along an axis through the origin, and its greatest distance from it."""
    points = piece.points_m @ turn.T + place
    along = points @ axis
    aside = np.linalg.norm(points - along[:, None] * axis, axis=1)
    return float(along.min()) - piece.radius_m, float(along.max()) + piece.radius_m, float(aside.max()) + piece.radius_m


def _is_free(model: mujoco.MjModel, body: int) -> bool:
    joint = int(model.body_jntadr[body])
    return joint >= 0 and bool(model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE)
