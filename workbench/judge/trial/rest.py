"""Checks that an assembly without payloads and power stays where it is (NOT_AT_REST, mechanics §8)."""

import math
from collections.abc import Iterator
from copy import copy

import mujoco
import numpy as np

from schemas.reasons import Reason, ReasonCode
from schemas.units import M_PER_MM
from workbench.judge.trial.motion import STEP_S
from workbench.judge.trial.trial_model import TrialModel
from workbench.reasons import reason, reason_at

REST_S = 1.0
MOST_SHIFT_MM, MOST_TURN_DEG = 1.0, 0.5
MOST_RESIDUAL_MM = 0.1
HELD_KG = 1e5
"""What makes a mover stand still: gravity moves 1 kg by 0.05 mm in 1 s; beyond 1e6 the solver loses its digits."""
WIDTHS = (6, 3, 1, 1)
"""Degrees of freedom of MuJoCo's kinds of joints: free, ball, slide, hinge."""


def find_unrest(subject: TrialModel) -> tuple[Reason, ...]:
    """Simulate 1 s in which payloads touch nothing and movers are held; return the assembly bodies that move."""
    own = [group.name for group in subject.conversion.groups if group.is_assembly and not group.static]
    bodies = sorted(int(subject.model.body(name).id) for name in own)
    if not bodies:
        return ()
    model = _hold_environment(subject)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    places, turns = np.array(data.xpos), np.array(data.xquat)
    mujoco.mj_step(model, data, nstep=round(REST_S / STEP_S))
    found = list(_find_open_loops(subject, data))
    for body in bodies:
        shift_mm = float(np.linalg.norm(data.xpos[body] - places[body]) / M_PER_MM)
        cosine = min(1.0, abs(float(data.xquat[body] @ turns[body])))
        turn_deg = math.degrees(2.0 * math.acos(cosine))
        if not (shift_mm <= MOST_SHIFT_MM and turn_deg <= MOST_TURN_DEG):
            found.append(_describe_unrest(subject.model.body(body).name.removeprefix("part/"), shift_mm, turn_deg))
    return tuple(found)


def _hold_environment(subject: TrialModel) -> mujoco.MjModel:
    """Return a model in which payloads touch nothing, and movers and drives are so heavy that nothing moves them."""
    model = copy(subject.model)
    model.opt.timestep = STEP_S
    model.pair_margin[subject.payload_pairs] = subject.payload_gaps_m
    for joint in (model.joint(number) for number in range(model.njnt)):
        if not joint.name.startswith("part/"):
            model.dof_armature[joint.dofadr[0] : joint.dofadr[0] + WIDTHS[int(joint.type[0])]] = HELD_KG
    mujoco.mj_setConst(model, mujoco.MjData(model))
    model.stat.meaninertia = subject.model.stat.meaninertia  # by which the solver's tolerance is scaled
    return model


def _find_open_loops(subject: TrialModel, data: mujoco.MjData) -> Iterator[Reason]:
    """Yield the joints that close a loop and have come apart by more than 0.1 mm."""
    model = subject.model
    for row in np.flatnonzero(model.eq_type == mujoco.mjtEq.mjEQ_CONNECT):
        bodies = (int(model.eq_obj1id[row]), int(model.eq_obj2id[row]))
        anchors = (model.eq_data[row, 0:3], model.eq_data[row, 3:6])
        ends = [data.xpos[b] + data.xmat[b].reshape(3, 3) @ a for b, a in zip(bodies, anchors, strict=True)]
        gap_mm = float(np.linalg.norm(ends[0] - ends[1]) / M_PER_MM)
        if gap_mm > MOST_RESIDUAL_MM:
            name = model.equality(row).name.split("/")[1]
            message = "the loop that it closes comes apart: make the links' lengths fit"
            yield reason_at(ReasonCode.JOINT_INVALID, name, message, gap_mm=gap_mm)


def _describe_unrest(body: str, shift_mm: float, turn_deg: float) -> Reason:
    message = f"'{body}' does not stay where it is before anything happens: let it rest on something or fasten it"
    return reason(ReasonCode.NOT_AT_REST, body, message, shift_in_1_s_mm=shift_mm, turn_in_1_s_deg=turn_deg)
