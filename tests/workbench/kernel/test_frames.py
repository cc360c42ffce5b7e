"""Frames, units and gravity have one definition each."""

import re
from pathlib import Path

import numpy as np
import pytest

from schemas.bundle import Pose, Zone
from schemas.units import GRAVITY_M_S2, joint_unit
from workbench.kernel.frames import frame_across, read_rotation, read_zone, rotate
from workbench.manufacturing.planar import span_plane

ROOT = Path(__file__).parents[3]
ROOMS = ("agents", "flows", "records", "sandbox", "schemas", "service", "steps", "tasks", "workbench")


def test_gravity_is_written_once():
    written = [
        path.relative_to(ROOT)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"\b9\.8\d*\b|\b98[01]\d(\.0)?\b", path.read_text())
    ]
    assert written == [Path("schemas/units.py")] and GRAVITY_M_S2 == 9.81


@pytest.mark.parametrize("direction", [(1, 0, 0), (0, -1, 0), (0, 0, 1), (0.6, 0.0, 0.8), (1 / 3, -2 / 3, 2 / 3)])
def test_frame_across_is_right_handed_with_its_direction(direction):
    frame = frame_across(np.array(direction, dtype=float))
    assert frame @ frame.T == pytest.approx(np.eye(3), abs=1e-12) and np.linalg.det(frame) == pytest.approx(1.0)
    assert frame[2] == pytest.approx(direction) and np.cross(*span_plane(frame[2])) == pytest.approx(frame[2])


def test_pose_turns_as_simulated_quaternions_do():
    turn = np.array([0.5, -0.5, 0.1, 0.7])
    turn /= np.linalg.norm(turn)
    assert read_rotation(Pose(quaternion_wxyz=tuple(turn.tolist()))) == pytest.approx(rotate(turn))


def test_units_of_joints_and_corners_of_zones():
    assert joint_unit("slide") == 1e-3 and joint_unit("hinge") == joint_unit("ball") == pytest.approx(np.pi / 180)
    zone = Zone(id="z", min_mm=(1.0, 2.0, 3.0), max_mm=(4.0, 6.0, 9.0))
    assert np.ptp(read_zone(zone), axis=0).tolist() == [3.0, 4.0, 6.0]
