"""Which features a scene has, by its bundle and its program."""

from pathlib import Path
from typing import Any

import pytest

from records import query
from schemas.bundle import Drive, Goal, Joint, MotionContract, Mount, Outlet, Payload, Pose, Role, SceneBundle, Surface
from schemas.controllers import Constant
from schemas.features import FEATURES, list_features
from tests.records import samples

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
PROGRAM = "from build123d import Box\nscene.fixture('floor', Box(1, 1, 1), 'pla')"
PLAIN = {"settle", "on_environment"}


def scene(**changes: Any) -> SceneBundle:
    """A floor and a ball with a goal to settle in, changed."""
    return SceneBundle.from_json(samples.scene_files(1)["bundle.json"]).model_copy(update=changes)


def features(program: str = "", **changes: Any) -> set[str]:
    """The features beside those of the plain scene."""
    return set(list_features(scene(**changes), program)) - PLAIN


def hinge(name: str, **more: Any) -> Joint:
    """A joint, a hinge unless told otherwise, of a body of its name."""
    return Joint(id=f"joint_{name}", child=name, **{"kind": "hinge", **more})


def test_plain_scene_has_the_features_of_its_goal_and_library() -> None:
    assert list_features(scene(), PROGRAM) == ("settle", "on_environment", "build123d")
    assert features("import cadquery as cq") == {"cadquery"}


@pytest.mark.parametrize(("kind", "named"), [("hinge", "driven_hinge"), ("slide", "driven_slide")])
def test_driven_joint_is_told_from_a_passive_one(kind: str, named: str) -> None:
    driven = hinge("paddle", kind=kind, stiffness=0.1)
    drive = Drive(id="motor", joint="joint_paddle", mode="velocity", controller=Constant(level=1.0), limit=1.0)
    assert features(joints=(driven, hinge("flap")), drives=(drive,)) == {named, "passive_hinge", "spring"}
    assert features(joints=(hinge("bob", kind="ball"),)) == {"ball_joint"}


def test_movers_on_no_joint_are_free() -> None:
    bodies = (*scene().bodies, samples.body("cart", Role.MOVER, b"cart"))
    assert features(bodies=bodies) == features(bodies=bodies, joints=(hinge("cart", kind="free"),)) == {"free_mover"}
    assert features(bodies=bodies, joints=(hinge("cart"),)) == {"passive_hinge"}


def test_goals_zones_power_and_phases_are_told() -> None:
    passing = Goal(zone="goal", mode="pass_through", face="-x", max_exit_speed_m_s=1.0, goal_support="any")
    payloads = (*scene().payloads, Payload(body="ball", goal=passing))
    assert features(payloads=payloads) == {"pass_through", "on_any_support", "several_payloads"}
    zones = scene().zones.model_copy(update={"forbid_zones": (samples.zone("no", 9),)})
    outlet = Outlet(id="socket", position_mm=(0.0, 0.0, 0.0), voltage_v=12.0, power_w=60.0)
    assert features(zones=zones, outlets=(outlet,)) == {"forbid_zone", "outlet"}
    running = MotionContract(id="belt", body="floor", min=0.0, max=0.0, max_speed=9.0, phase="uniform")
    surface = Surface(body="floor", velocity_mm_s=(9.0, 0.0, 0.0))
    assert features(surfaces=(surface,), motion_contracts=(running,)) == {"conveyor", "drawn_phase"}


@pytest.mark.parametrize(
    ("turn", "role", "named"),
    [
        ((1.0, 0.0, 0.0, 0.0), Role.FIXTURE, "mount_on_floor"),
        ((0.0, 1.0, 0.0, 0.0), Role.FIXTURE, "mount_on_ceiling"),
        ((0.5**0.5, 0.0, 0.5**0.5, 0.0), Role.FIXTURE, "mount_on_wall"),
        ((1.0, 0.0, 0.0, 0.0), Role.DRIVE, "mount_on_mover"),
    ],
)
def test_mounts_are_named_by_where_they_face(turn: tuple[float, ...], role: Role, named: str) -> None:
    outline = ((0.0, 0.0), (9.0, 0.0), (0.0, 9.0))
    mount = Mount(id="m", body="base", frame=Pose(quaternion_wxyz=turn), outline_mm=outline, depth_mm=9.0)
    bodies = (*scene().bodies, samples.body("base", role, b"base"))
    assert features(mounts=(mount,), bodies=bodies) == {named}


@pytest.mark.parametrize(
    ("program", "named"),
    [
        ("scene.fixture('post', Pos(0, 0, 5) * Cylinder(3, 9), 'abs')", {"curved_fixture"}),
        ("post = cq.Workplane().circle(3).extrude(9)\nscene.fixture('post', post, 'abs')", {"curved_fixture"}),
        ("def rod():\n    return Cylinder(1, 2)\nscene.fixture('a', Box(9, 9, 9) - rod(), 'abs')", {"curved_fixture"}),
        ("ramp = Box(1, 2, 3)\nramp = ramp.rotate(Axis.X, 9)\nscene.fixture('a', ramp, 'pla')", {"oblique_fixture"}),
        ("scene.fixture('a', loft(faces), solid=fillet(edges, 2))", {"oblique_fixture", "curved_fixture"}),
        (
            "scene.payload('ball', Sphere(9), 'abs', goal)\nscene.mover('arm', Box(1, 1, 1).rotate(Axis.X, 9), 'abs')",
            set(),
        ),
        ("a = a + box(a)\nscene.fixture('a', a, 'pla')", set()),
    ],
)
def test_shapes_of_fixtures_are_read_off_the_program(program: str, named: set[str]) -> None:
    assert features(program) == named


def test_scenes_of_the_families_have_the_features_that_make_them() -> None:
    rows = query("SELECT family, scene, program FROM benchmarks", SAMPLE).rows
    found = {family: set(list_features(SceneBundle.from_json(bundle), source)) for family, bundle, source in rows}
    assert "driven_hinge" in found["turntable"] and "oblique_fixture" in found["conveyor_divert"]
    assert found["seesaw"] >= {"passive_hinge", "mount_on_mover"}
    assert "conveyor" in found["conveyor_divert"] and "outlet" in found["push"] and "forbid_zone" in found["wall_route"]
    assert set().union(*found.values()) <= set(FEATURES)
