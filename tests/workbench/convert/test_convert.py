"""What the written file says: bodies, joints, pairs, drives, and what can't be written."""

import math
from collections.abc import Callable

import mujoco
import numpy as np
import pytest
from build123d import Box, Pos, Rot, Sphere

from schemas.catalogue import Catalogue
from schemas.reasons import ReasonCode
from workbench.authoring import Assembly, Constant, Scene, screw
from workbench.convert import Conversion, convert
from workbench.convert.contact_pairs import find_bounce_damping
from workbench.kernel.loading import LoadedBundle, load_bundle
from workbench.mjcf.validate import validate_mjcf
from workbench.reasons import Refused

Start, Save = Callable[..., Scene], Callable[[Scene | Assembly], dict[str, bytes]]
Write = Callable[..., Conversion | Refused]
SQUARE = [(-50, -50), (50, -50), (50, 50), (-50, 50)]


@pytest.fixture
def write(save_files: Save, catalogue: Catalogue) -> Write:
    def run(scene: Scene, assembly: Assembly | None = None) -> Conversion | Refused:
        loaded = load_bundle(save_files(scene))
        design = load_bundle(save_files(assembly)) if assembly else None
        assert isinstance(loaded, LoadedBundle), loaded
        assert not isinstance(design, Refused), design
        return convert(loaded, design, catalogue)

    return run


@pytest.fixture
def scene(start_scene: Start) -> Scene:
    """A ball over a floor with a mount, and a flap on a hinge."""
    scene = start_scene(Pos(0, 0, 200) * Sphere(10))
    scene.fixture("floor", Pos(0, 0, -10) * Box(600, 400, 20), "plywood_birch")
    scene.mount("top", "floor", origin=(0, 0, 0), normal=(0, 0, 1), x_axis=(1, 0, 0), outline=SQUARE, depth=20)
    scene.driven("flap", Pos(150, 0, 60) * Rot(0, 0, 30) * Box(4, 60, 80), "pla")
    scene.joint("pivot", "hinge", "flap", parent="floor", anchor=(150, 0, 20), axis=(0, 1, 0), limits=(-30, 90))
    scene.drive("turner", "pivot", "velocity", Constant(level=2.0), limit=1.5)
    return scene


def make_post() -> Assembly:
    """Return a post on the floor that carries a shelf."""
    design = Assembly()
    design.part("post", Pos(0, 0, 30) * Box(20, 20, 60), "pla", "fdm_printing")
    design.part("shelf", Pos(0, 0, 63) * Box(60, 60, 6), "pla", "fdm_printing")
    design.attach("foot", "post", "floor", [screw("shcs_m4x12", (0, 0, 5), (0, 0, -1))], mount="top")
    design.attach("head", "shelf", "post", [screw("shcs_m4x12", (0, 0, 66), (0, 0, -1))])
    return design


def compile_written(found: Conversion | Refused) -> mujoco.MjModel:
    assert isinstance(found, Conversion), found
    assert validate_mjcf(found.xml, known_files=frozenset(found.assets)) == ()
    return mujoco.MjModel.from_xml_string(found.xml.decode(), dict(found.assets))


def test_groups_and_pairs_are_those_that_can_touch(scene: Scene, write: Write) -> None:
    found = write(scene, make_post())
    model = compile_written(found)
    assert isinstance(found, Conversion)
    groups = {group.name: group for group in found.groups}
    assert groups["part/post"].body_ids == ("post", "shelf")
    assert [name for name, group in groups.items() if not group.static] == ["load", "flap"]
    pairs = {model.pair(i).name for i in range(model.npair)}
    assert pairs == {
        "load/0|floor/0", "load/0|flap/0", "load/0|part/post/0", "load/0|part/shelf/0",
        "load/0|part/post/1", "load/0|part/shelf/1",
        *(f"load/0|{name}/0|bounce" for name in ("floor", "flap", "part/post", "part/shelf")),
        "load/0|part/post/1|bounce", "load/0|part/shelf/1|bounce",
    }  # fmt: skip
    assert not model.geom_contype.any()
    assert not model.geom_conaffinity.any()


def test_pairs_take_friction_and_restitution_of_their_materials(scene: Scene, write: Write) -> None:
    model = compile_written(write(scene))
    on_wood, on_flap = model.pair("load/0|floor/0"), model.pair("load/0|flap/0")
    assert on_wood.friction[:2] == pytest.approx([0.3, 0.3])
    assert on_flap.friction[3:] == pytest.approx([5e-5, 5e-5])
    assert on_wood.dim[0] == 6
    bounce = model.pair("load/0|floor/0|bounce")
    assert bounce.solref == pytest.approx([0.0, -1500.0]) and bounce.dim[0] == 1
    assert on_wood.solref == pytest.approx([0.004, 1.0])


@pytest.mark.parametrize("restitution", [0.3, 0.6, 0.95])
def test_damping_turns_a_speed_in_one_step(restitution: float) -> None:
    for step_s in (0.001, 0.0005):
        assert 1.0 - step_s * find_bounce_damping(restitution, step_s) == pytest.approx(-restitution)


def test_drive_turns_its_joint_at_its_speed_within_its_range(scene: Scene, write: Write) -> None:
    model = compile_written(write(scene))
    data = mujoco.MjData(model)
    data.actuator("turner").ctrl[0] = 0.5
    mujoco.mj_step(model, data, 500)
    assert model.joint("pivot").range == pytest.approx(np.radians([-30, 90]))
    assert data.joint("pivot").qvel[0] == pytest.approx(0.5, rel=0.05)
    mujoco.mj_step(model, data, 4000)
    assert math.degrees(data.joint("pivot").qpos[0]) == pytest.approx(90, abs=0.5)


def test_conveyor_surface_turns_with_its_body(start_scene: Start, write: Write) -> None:
    scene = start_scene(Pos(0, 0, 200) * Sphere(10))
    scene.driven("belt", Rot(0, 0, 90) * Pos(0, 0, -5) * Box(10, 20, 10), "pla")
    scene.conveyor("belt", (100, 0, 0))
    model = compile_written(write(scene))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    velocity = data.geom("belt/0").xmat.reshape(3, 3) @ model.geom_surfacevel[model.geom("belt/0").id][:3]
    assert velocity == pytest.approx([0, 0.1, 0], abs=1e-9)


def refuse_shadow(design: Assembly) -> None:
    design.attachments.clear()
    design.part("floor", Pos(0, 0, 200) * Box(5, 5, 5), "pla", "fdm_printing")


def refuse_mount(design: Assembly) -> None:
    design.attach("more", "post", "flap", [screw("shcs_m4x12", (0, 0, 5), (0, 0, -1))], mount="top")


def refuse_component(design: Assembly) -> None:
    unknown = screw("shcs_m4x12", (0, 0, 66), (0, 0, -1)).model_copy(update={"component_id": "no_such_screw"})
    design.attach("more", "shelf", "post", [unknown])


def refuse_washer(design: Assembly) -> None:
    design.attach("more", "shelf", "post", [screw("washer_m4", (0, 0, 66), (0, 0, -1))])


def refuse_spring(design: Assembly) -> None:
    design.spring("push", "shcs_m4x12", "shelf", "post", (0, 0, 66), (0, 0, 30))


def refuse_joint(design: Assembly) -> None:
    design.joint("turn", "hinge", "shelf", parent="post")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (refuse_shadow, ReasonCode.ENVIRONMENT_TAMPERED),
        (refuse_mount, ReasonCode.ATTACHMENT_INVALID),
        (refuse_component, ReasonCode.UNKNOWN_COMPONENT),
        (refuse_washer, ReasonCode.ATTACHMENT_INVALID),
        (refuse_spring, ReasonCode.JOINT_INVALID),
        (refuse_joint, ReasonCode.JOINT_INVALID),
    ],
)
def test_design_that_does_not_fit_is_refused(scene: Scene, write: Write, spoil, code: ReasonCode) -> None:
    design = make_post()
    spoil(design)
    found = write(scene, design)
    assert isinstance(found, Refused)
    assert [reason.code for reason in found.reasons] == [code]


def test_conversion_is_the_same_each_time(scene: Scene, write: Write) -> None:
    first, second = write(scene, make_post()), write(scene, make_post())
    assert isinstance(first, Conversion)
    assert isinstance(second, Conversion)
    assert first.xml == second.xml
    assert first.assets == second.assets
