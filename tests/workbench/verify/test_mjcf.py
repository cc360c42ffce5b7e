"""Bare MJCF files: valid ones run, every class of fault has its code."""

import pytest

from schemas import jobs
from tests.workbench.judge.scenes import codes
from workbench.jobs.handlers import handle
from workbench.verify.mjcf import verify_mjcf

BALL = b"""<mujoco><worldbody><geom type="plane" size="1 1 .1"/>
<body pos="0 0 .5"><freejoint/><geom size=".1"/></body></worldbody></mujoco>"""

MESH = b'<asset><mesh name="m" file="%s"/></asset><worldbody>'


def verify(xml: bytes):
    return verify_mjcf({"model.xml": xml})


def test_valid_file_runs():
    report = verify(BALL)
    assert report.passed and [check.number for check in report.checks] == [5, 6]


def test_report_says_how_long_was_simulated():
    """A model that is calm for half a second, and one that is not: nobody has looked any further."""
    told = {n.name: n.value for n in verify(BALL).checks[1].numbers}
    assert told["simulated"] == pytest.approx(0.5) and told["steps"] == 250
    wild = verify(BALL.replace(b"<freejoint/>", b'<joint type="slide" ref="1" stiffness="-1e6"/>'))
    told = {n.name: n.value for n in wild.checks[1].numbers}
    assert codes(wild.reasons) == {"UNSTABLE"} and 0.0 < told["simulated"] < 0.5
    assert f"after {told['simulated']:g} s" in wild.reasons[0].message


@pytest.mark.parametrize("step_s", ["0", "-0.001", "1e-320", "1e-7"])
def test_time_step_that_never_gets_anywhere_is_rejected(step_s):
    report = verify(BALL.replace(b"<mujoco>", f'<mujoco><option timestep="{step_s}"/>'.encode()))
    assert not report.passed and codes(report.reasons) == {"MODEL_REJECTED"}
    assert report.reasons[0].where == "timestep"


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        (BALL, b"not xml", "SCHEMA_INVALID", "line 1, <mujoco>"),
        (b'size=".1"', b'sise=".1"', "SCHEMA_INVALID", "line 2, <geom> sise"),
        (b'size=".1"', b'size="large"', "SCHEMA_INVALID", "line 2, <geom> size"),
        (b'size=".1"', b'size="nan"', "SCHEMA_INVALID", "line 2, <geom> size"),
        (b"<worldbody>", b'<include file="/etc/passwd"/><worldbody>', "SCHEMA_INVALID", "line 1, <include>"),
        (b"<worldbody>", MESH % b"../a.stl", "SCHEMA_INVALID", "line 1, <mesh> file"),
        (b"<worldbody>", MESH % b"/etc/passwd", "SCHEMA_INVALID", "line 1, <mesh> file"),
        (b"<worldbody>", MESH % b"absent.stl", "MODEL_REJECTED", ""),
        (b'<geom size=".1"/>', b"", "MODEL_REJECTED", ""),
        (b"<worldbody>", b'<size memory="1E"/><worldbody>', "MODEL_REJECTED", ""),
        (b"<freejoint/>", b'<joint type="slide" ref="1" stiffness="-1e12"/>', "UNSTABLE", ""),
    ],
)
def test_faults_have_their_codes_and_places(old, new, code, where, tmp_path):
    (tmp_path / "model.xml").write_bytes(BALL.replace(old, new))
    job = jobs.VerifyMjcf().canonical_json()
    report = jobs.parse_reply(handle("judge", job, tmp_path, tmp_path), jobs.VerifyMjcf()).report
    assert not report.passed and codes(report.reasons) == {code}
    assert report.reasons[0].where == where and report.reasons[0].message


def test_missing_model_is_named():
    assert codes(verify_mjcf({}).reasons) == {"UNSUPPORTED_FORMAT"}
