"""The judge's distance of convex pieces from a box, against MuJoCo's own and against closed forms."""

import mujoco
import numpy as np
import pytest

from workbench.judge.trial.collision_shapes import Piece, Shape, read_shape
from workbench.kernel.frames import rotate

LOW, HIGH = np.array([-0.02, -0.03, -0.01]), np.array([0.02, 0.03, 0.01])
GEOMS = {
    "sphere": 'type="sphere" size="0.012"',
    "capsule": 'type="capsule" size="0.006 0.02"',
    "cylinder": 'type="cylinder" size="0.01 0.015"',
    "box": 'type="box" size="0.01 0.02 0.004"',
    "hull": 'type="mesh" mesh="hull"',
}


def build(geom: str) -> mujoco.MjModel:
    points = np.random.default_rng(3).normal(size=(24, 3)) * 0.01
    vertices = " ".join(f"{value:.6g}" for value in points.ravel())
    return mujoco.MjModel.from_xml_string(
        f"""<mujoco><asset><mesh name="hull" vertex="{vertices}"/></asset><worldbody>
        <geom name="zone" type="box" size="0.02 0.03 0.01"/>
        <body name="thing"><freejoint/><geom name="own" group="3" {geom}/></body></worldbody></mujoco>"""
    )


@pytest.mark.parametrize("kind", GEOMS)
def test_gap_from_a_box_is_that_of_mujoco(kind):
    model = build(GEOMS[kind])
    data, shape, rng = mujoco.MjData(model), read_shape(model, 1), np.random.default_rng(7)
    for _ in range(60):
        turn = rng.normal(size=4)
        data.qpos[:3], data.qpos[3:7] = rng.uniform(-0.06, 0.06, 3), turn / np.linalg.norm(turn)
        mujoco.mj_kinematics(model, data)
        found = shape.gap(data.qpos[:3], rotate(data.qpos[3:7]), LOW, HIGH)
        apart = mujoco.mj_geomDistance(model, data, 0, 1, 1.0, np.zeros(6))
        assert found == pytest.approx(max(apart, 0.0), abs=2e-5)


@pytest.mark.parametrize(("offset", "gap"), [(0.0, 0.0), (0.0099, 0.0), (0.0101, 0.0001), (0.03, 0.02)])
def test_edge_that_crosses_a_box_between_its_corners_touches_it(offset, gap):
    """A thin rod lies across the box; both of its ends, and all its corners, are far outside."""
    rod = Piece(np.array([[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.001, 0.0], [-1.0, 0.001, 0.0]]))
    shape = Shape((rod,), np.zeros(3), 1.0)
    assert shape.gap(np.array([0.0, 0.0, offset]), np.eye(3), LOW, HIGH) == pytest.approx(gap, abs=1e-9)
    assert shape.gap(np.array([0.5, 0.0, offset]), np.eye(3), LOW, HIGH) == pytest.approx(gap, abs=1e-9)
