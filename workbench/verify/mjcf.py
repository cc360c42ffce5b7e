"""Checks 5 and 6 for a bare MJCF file: the XSD, the compiler, and the first half second."""

from collections.abc import Mapping

import mujoco
import numpy as np

from schemas.jobs import MODEL_FILE
from schemas.reasons import Reason, ReasonCode
from schemas.record import hash_bytes
from schemas.verdict import CheckReport, VerificationReport
from workbench.judge.trial.trial_model import compile_mjcf
from workbench.reasons import Refused, finish, measures, reason

FRAMES_S = 0.5
MOST_STEPS = 100_000
LEAST_STEP_S = FRAMES_S / MOST_STEPS


def verify_mjcf(files: Mapping[str, bytes], rejected: tuple[Reason, ...] = ()) -> VerificationReport:
    """Return checks 5 and 6 of `model.xml` with the files beside it, unless it was rejected before it is looked at.

    Nothing else of the disk is read.
    """
    model = Refused(rejected) if rejected else _compile(files)
    if isinstance(model, Refused):
        checks: tuple[CheckReport, ...] = (finish(5, "model", model.reasons),)
    else:
        numbers = measures(bodies=model.nbody, geoms=model.ngeom, degrees_of_freedom=model.nv)
        checks = (finish(5, "model", (), numbers), _run_frames(model))
    passed = all(check.passed for check in checks)
    digest = hash_bytes(files[MODEL_FILE]) if MODEL_FILE in files else None
    return VerificationReport(passed=passed, checks=checks, scene_hash=None, mjcf_sha256=digest)


def _compile(files: Mapping[str, bytes]) -> mujoco.MjModel | Refused:
    if MODEL_FILE not in files:
        return Refused((reason(ReasonCode.UNSUPPORTED_FORMAT, MODEL_FILE, f"{MODEL_FILE} is missing"),))
    model = compile_mjcf(files[MODEL_FILE], {name: data for name, data in files.items() if name != MODEL_FILE})
    if isinstance(model, Refused) or model.opt.timestep >= LEAST_STEP_S:
        return model
    message = f"a time step of {model.opt.timestep:g} s can't be simulated: make it {LEAST_STEP_S:g} s or more"
    return Refused((reason(ReasonCode.MODEL_REJECTED, "timestep", message),))


def _run_frames(model: mujoco.MjModel) -> CheckReport:
    """Check 6: half a second, or less where MuJoCo warns; the numbers say how much was simulated."""
    data, steps = mujoco.MjData(model), 0
    while steps < max(1, round(FRAMES_S / model.opt.timestep)) and not _count_warnings(data):
        mujoco.mj_step(model, data)
        steps += 1
    simulated_s, warned = steps * model.opt.timestep, _count_warnings(data)
    deepest = float(-np.min(data.contact.dist, initial=0.0))
    numbers = measures(steps=steps, simulated_s=simulated_s, warnings=warned, deepest_contact_m=deepest)
    finite = bool(np.isfinite(data.qpos).all() and np.isfinite(data.qvel).all())
    if warned == 0 and finite:
        return finish(6, "frames", (), numbers)
    message = f"MuJoCo warns or leaves the numbers after {simulated_s:g} s: lower the time step or stiffness"
    return finish(6, "frames", (Reason(code=ReasonCode.UNSTABLE, message=message, numbers=numbers),), numbers)


def _count_warnings(data: mujoco.MjData) -> int:
    return int(sum(warning.number for warning in data.warning))
