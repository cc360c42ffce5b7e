"""Bare MJCF files: valid ones run, every class of fault has its code."""

import pytest

from tests.workbench.judge.scenes import codes
from workbench.verify.mjcf import verify_mjcf

BALL = b"""<mujoco><worldbody><geom type="plane" size="1 1 .1"/>
<body pos="0 0 .5"><freejoint/><geom size=".1"/></body></worldbody></mujoco>"""


def verify(xml: bytes):
    return verify_mjcf({"model.xml": xml})


def test_valid_file_runs():
    report = verify(BALL)
    assert report.passed and [check.number for check in report.checks] == [5, 6]


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"not xml", "SCHEMA_INVALID"),
        (BALL.replace(b'size=".1"', b'sise=".1"'), "SCHEMA_INVALID"),
        (BALL.replace(b'size=".1"', b'size="nan"'), "SCHEMA_INVALID"),
        (BALL.replace(b"<worldbody>", b'<include file="/etc/passwd"/><worldbody>'), "SCHEMA_INVALID"),
        (BALL.replace(b'<geom size=".1"/>', b""), "MODEL_REJECTED"),
        (BALL.replace(b"<freejoint/>", b'<joint type="slide" ref="1" stiffness="-1e12"/>'), "UNSTABLE"),
    ],
)
def test_faults_have_their_codes(xml, code):
    report = verify(xml)
    assert not report.passed and codes(report.reasons) == {code}


def test_missing_model_is_named():
    assert codes(verify_mjcf({}).reasons) == {"UNSUPPORTED_FORMAT"}
