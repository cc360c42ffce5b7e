"""Closed-form cases of mass, pose, motors and fastened parts (mechanics §2)."""

import math

import mujoco
import numpy as np
import pytest

from schemas.catalogue import Catalogue
from workbench.kernel.measuring import measure

from .conftest import Case, Prepare

G = 9.81
OUTLINE = [(-30, -15), (30, -15), (0, 15), (-30, 15)]
WEDGE = np.array([(x, y, z) for x, y in OUTLINE for z in (-20, 20)], dtype=float)


def world_hull(case: Case, body: str) -> np.ndarray:
    """Return the corners (n, 3) in mm of a body's mesh geoms where MuJoCo has them."""
    model, data = case.model, case.start()
    found = []
    for geom in (g for g in case.conversion.geoms if g.mujoco_body == body):
        number = model.geom(geom.name).id
        if geom.kind == "mesh":
            mesh = model.geom_dataid[number]
            points = model.mesh_vert[model.mesh_vertadr[mesh] :][: model.mesh_vertnum[mesh]].astype(float)
        else:
            signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
            points = signs * model.geom_size[number]
        found.append(points @ data.geom_xmat[number].reshape(3, 3).T + data.geom_xpos[number])
    return np.vstack(found) * 1000


def turn(degrees: tuple[float, float, float]) -> np.ndarray:
    """Return the matrix of build123d's `Rot`: intrinsic turns about x, y, z."""
    a, b, c = np.radians(degrees)
    x = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    y = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return np.asarray(x @ y @ z)


def test_corners_stand_where_cad_has_them(prepare: Prepare) -> None:
    rng = np.random.default_rng(5)
    places = [(tuple(rng.uniform(-400, 400, 3)), tuple(rng.uniform(-180, 180, 3))) for _ in range(8)]
    outline = [(-30, -20), (30, -20), (30, 3), (-24, 3), (-24, 40), (-30, 40)]
    bracket = np.array([(x, y, z) for x, z in outline for y in (-20, 20)], dtype=float)
    case = prepare("poses", PLACES=[tuple(tuple(map(float, part)) for part in place) for place in places])
    for number, (place, degrees) in enumerate(places):
        for body, corners in ((f"wedge_{number}", WEDGE), (f"bracket_{number}", bracket)):
            expected = corners @ turn(degrees).T + np.array(place)
            gaps = np.linalg.norm(world_hull(case, body)[:, None] - expected[None], axis=2)
            assert gaps.min(axis=0).max() < 0.01


def test_mass_and_inertia_are_the_kernels(prepare: Prepare, catalogue: Catalogue) -> None:
    case = prepare("poses")
    data = case.start()
    for name, solid in case.scene.solids.items():
        body, size = case.model.body(name), measure(solid.shape)
        density = catalogue.materials[str(solid.body.material_id)].density_kg_m3
        axes = data.body(name).ximat.reshape(3, 3)
        inertia = axes @ np.diag(body.inertia) @ axes.T
        assert body.mass[0] == pytest.approx(size.volume_mm3 * 1e-9 * density, rel=0.005)
        assert np.abs(data.body(name).xipos * 1000 - size.centre_mm).max() < 0.01
        assert inertia == pytest.approx(size.inertia_mm5 * 1e-15 * density, rel=0.005, abs=1e-5 * inertia.max())


def test_mass_and_inertia_are_those_of_a_wedge(prepare: Prepare) -> None:
    case = prepare("poses", PLACES=[((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))])
    mass, body = 1240 * 54_000e-9, case.model.body("wedge_0")
    # a box of 30 and a right triangle of 30, both 30 deep and 40 high: centres -15 and 10, shares 2/3 and 1/3
    centre = (-15 * 2 / 3 + 10 / 3, -5 / 3, 0)
    assert body.mass[0] == pytest.approx(mass, rel=0.005)
    assert body.pos * 1000 == pytest.approx(centre, abs=0.01)


@pytest.mark.parametrize(("share", "lifts"), [(1.02, True), (0.98, False)])
def test_motor_lifts_what_its_torque_can(prepare: Prepare, catalogue: Catalogue, share: float, lifts: bool) -> None:
    case = prepare("stand", "arm")
    data = case.start()
    beam = 100 * 6 * 10e-9 * catalogue.materials["al_6061_t6"].density_kg_m3 * 0.050
    block = 20**3 * 1e-9 * catalogue.materials["steel_1018"].density_kg_m3 + 2 * 0.0020
    load = G * (beam + block * 0.090)
    stall = catalogue.components["gm37d_12v_50"].stall_torque_nm
    data.ctrl[0] = share * load / stall
    mujoco.mj_step(case.model, data, 200)
    assert (data.joint("part/shaft").qpos[0] > 0) == lifts


def test_motor_reaches_its_no_load_speed(prepare: Prepare, catalogue: Catalogue) -> None:
    case = prepare("stand", "rotor")
    data = case.start()
    data.ctrl[0] = 1.0
    speeds = []
    for _ in range(2000):
        mujoco.mj_step(case.model, data)
        speeds.append(float(data.joint("part/shaft").qvel[0]))
    expected = catalogue.components["gm37d_12v_50"].no_load_speed_rpm * math.pi / 30
    assert speeds[-1] == pytest.approx(expected, rel=0.01)
    assert max(speeds) <= 1.01 * expected


def test_fastened_parts_move_as_one_body(prepare: Prepare, catalogue: Catalogue) -> None:
    case = prepare("stand", "joined")
    group = next(g for g in case.conversion.groups if g.name == "part/lower")
    assert set(group.body_ids) == {"lower", "upper"}
    data = case.start()
    names = [case.model.geom(g.name).id for g in case.conversion.geoms if g.mujoco_body == "part/lower"]
    before = np.array(data.geom_xpos[names])
    mujoco.mj_step(case.model, data, 3000)
    after = np.array(data.geom_xpos[names])
    gap = np.linalg.norm(before[:, None] - before[None], axis=2) - np.linalg.norm(after[:, None] - after[None], axis=2)
    solids = 80 * 60 * 6 + 80 * 12 * 40 - 2 * math.pi * 2.2**2 * (6 + 17)
    assert np.abs(gap).max() * 1000 < 0.01
    assert np.abs(before - after).max() > 0.05
    assert case.model.body("part/lower").mass[0] > solids * 1e-9 * catalogue.materials["pla"].density_kg_m3
