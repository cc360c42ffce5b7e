"""Checks 5 and 6 for a bare MJCF file: the XSD, the compiler, and the first half second."""

from collections.abc import Mapping

import mujoco
import numpy as np

from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure, hash_bytes
from schemas.verdict import CheckReport, VerificationReport
from workbench.judge.model import describe_finding
from workbench.mjcf.validate import validate_mjcf

MODEL_FILE = "model.xml"
FRAMES_S = 0.5
MOST_STEPS = 100_000
LEAST_STEP_S = FRAMES_S / MOST_STEPS


def verify_mjcf(files: Mapping[str, bytes]) -> VerificationReport:
    """Return checks 5 and 6 of `model.xml` with the files beside it; nothing else of the disk is read."""
    xml = files.get(MODEL_FILE)
    if xml is None:
        fault = Reason(code=ReasonCode.UNSUPPORTED_FORMAT, message=f"{MODEL_FILE} is missing", where=MODEL_FILE)
        return _report((CheckReport(number=5, name="model", passed=False, reasons=(fault,)),), None)
    assets = {name: data for name, data in files.items() if name != MODEL_FILE}
    findings = validate_mjcf(xml, known_files=frozenset(assets))
    if findings:
        reasons = tuple(describe_finding(finding) for finding in findings)
        return _report((CheckReport(number=5, name="model", passed=False, reasons=reasons),), xml)
    try:
        model = mujoco.MjModel.from_xml_string(xml.decode(), assets)
    except (ValueError, UnicodeDecodeError) as error:
        rejected = Reason(code=ReasonCode.MODEL_REJECTED, message=f"MuJoCo rejects the model: {error}")
        return _report((CheckReport(number=5, name="model", passed=False, reasons=(rejected,)),), xml)
    step_s = model.opt.timestep
    if not step_s >= LEAST_STEP_S:
        message = f"a time step of {step_s:g} s can't be simulated: make it {LEAST_STEP_S:g} s or more"
        rejected = Reason(code=ReasonCode.MODEL_REJECTED, message=message, where="timestep")
        return _report((CheckReport(number=5, name="model", passed=False, reasons=(rejected,)),), xml)
    numbers = (
        Measure(name="bodies", value=model.nbody),
        Measure(name="geoms", value=model.ngeom),
        Measure(name="degrees of freedom", value=model.nv),
    )
    return _report((CheckReport(number=5, name="model", passed=True, numbers=numbers), _run_frames(model)), xml)


def _run_frames(model: mujoco.MjModel) -> CheckReport:
    data = mujoco.MjData(model)
    steps = max(1, round(FRAMES_S / model.opt.timestep))
    mujoco.mj_step(model, data, nstep=steps)
    warned = int(sum(warning.number for warning in data.warning))
    deepest = float(-np.min(data.contact.dist, initial=0.0))
    numbers = (
        Measure(name="steps", value=steps),
        Measure(name="warnings", value=warned),
        Measure(name="deepest contact", value=deepest, unit="m"),
    )
    finite = bool(np.isfinite(data.qpos).all() and np.isfinite(data.qvel).all())
    if warned == 0 and finite:
        return CheckReport(number=6, name="frames", passed=True, numbers=numbers)
    message = "MuJoCo warns or leaves the numbers within half a second: lower the time step or stiffness"
    unstable = Reason(code=ReasonCode.UNSTABLE, message=message, numbers=numbers)
    return CheckReport(number=6, name="frames", passed=False, reasons=(unstable,), numbers=numbers)


def _report(checks: tuple[CheckReport, ...], xml: bytes | None) -> VerificationReport:
    passed = all(check.passed for check in checks) and checks[-1].number == 6
    digest = hash_bytes(xml) if xml is not None else None
    return VerificationReport(passed=passed, checks=checks, scene_hash=None, mjcf_sha256=digest)
