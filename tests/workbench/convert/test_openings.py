"""Openings of the corpus stay open in MuJoCo: a ball of 90 % of the diameter falls through, one of 110 % does not."""

from collections.abc import Callable

import mujoco
import pytest
from build123d import Box, Cone, Cylinder, Pos, Rot, Solid, Sphere, scale

from performance.corpus import build_corpus
from schemas.catalogue import Catalogue
from schemas.reasons import ReasonCode
from workbench.authoring import Assembly, Scene, screw
from workbench.convert import Conversion, convert
from workbench.kernel.loading import LoadedBundle, load_bundle
from workbench.reasons import Refused

CLEAR_MM = 2.0
FALL_S = 1.0
OPENINGS = {
    "tube_4": (0, 0, 26),
    "perforated_25": (24, -48, 8),
    "funnel": (0, 0, 10),
    "ring_torus": (0, 0, 32),
}
OTHERS = {
    "tube_2": (0, 0, 28),
    "washer": (0, 0, 8),
    "plate_hole": (0, 0, 12),
    "plate_6_holes": (40, 25, 3),
    "funnel_thick": (0, 0, 10),
    "cam": (0, 0, 5),
    "pulley_v": (0, 0, 5),
    "box_frame": (0, 0, 40),
    "bearing_m8_22_7": (0, 0, 8.8),
}
"""Axis x, y and radius of the narrowest place (mm); all openings run along z."""


Save = Callable[[Scene | Assembly], dict[str, bytes]]


def drop(files: dict[str, bytes], catalogue: Catalogue, design: dict[str, bytes] | None = None) -> float:
    """Return the height of the payload's centre after a second (m)."""
    loaded, made = load_bundle(files), load_bundle(design) if design else None
    assert isinstance(loaded, LoadedBundle), loaded
    assert not isinstance(made, Refused), made
    found = convert(loaded, made, catalogue)
    assert isinstance(found, Conversion), found
    model = mujoco.MjModel.from_xml_string(found.xml.decode(), dict(found.assets))
    data = mujoco.MjData(model)
    for _ in range(round(FALL_S / model.opt.timestep)):
        mujoco.mj_step(model, data)
    return float(data.body("load").xpos[2])


@pytest.mark.parametrize("share", [0.9, 1.1])
@pytest.mark.parametrize("name", [*OPENINGS, *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)])
def test_opening_lets_through_what_is_narrower(
    name: str,
    share: float,
    start_scene: Callable[..., Scene],
    save_files: Save,
    catalogue: Catalogue,
) -> None:
    x, y, radius = (OPENINGS | OTHERS)[name]
    part = next(build_corpus(name)).solid
    top = part.bounding_box().max.Z
    scene = start_scene(Pos(x, y, top + share * radius + CLEAR_MM) * Sphere(share * radius))
    scene.fixture("part", part, "pom")
    assert (drop(save_files(scene), catalogue) < -0.5) is (share < 1)


@pytest.mark.parametrize("x", [-24, 30])
def test_ball_passes_the_bearing_seats_of_a_housing(
    x: float, start_scene: Callable[..., Scene], save_files: Save, catalogue: Catalogue
) -> None:
    scene = start_scene(Pos(x, 0, 40 + 0.9 * 9 + CLEAR_MM) * Sphere(0.9 * 9))
    scene.fixture("part", Rot(90, 0, 0) * next(build_corpus("gear_housing")).solid, "pom")
    assert drop(save_files(scene), catalogue) < -0.5


def test_refusal_names_the_feature_and_what_was_measured(
    start_scene: Callable[..., Scene], save_files: Save, catalogue: Catalogue
) -> None:
    scene = start_scene(Pos(0, 0, 100) * Sphere(8))
    holes = [Pos(24 * i - 84, 24 * j - 84, 0) * Cylinder(8, 10) for i in range(8) for j in range(8)]
    scene.fixture("sieve", Box(196, 196, 6) - holes, "pom")
    loaded = load_bundle(save_files(scene))
    assert isinstance(loaded, LoadedBundle)
    found = convert(loaded, None, catalogue)
    assert isinstance(found, Refused)
    (fault,) = found.reasons
    assert fault.code is ReasonCode.COLLISION_UNRESOLVED
    assert "64 round holes" in fault.message
    assert {number.name for number in fault.numbers} == {"hulls", "hulls_limit", "error_fraction", "error_limit"}


@pytest.mark.parametrize(
    ("load", "refused"),
    [
        (scale(Cylinder(0.5, 2), by=(20, 20, 10)), True),
        (scale(Sphere(1), by=(9, 9, 9.00005)), True),
        (scale(Cylinder(0.5, 2), by=(20, 20.02, 10)), True),
        (scale(Box(1, 1, 1), by=(20, 30, 10)), False),
        (Sphere(9), False),
        (Cylinder(10, 20), False),
    ],
)
def test_what_rolls_must_be_truly_round(
    load: Solid, refused: bool, start_scene: Callable[..., Scene], save_files: Save, catalogue: Catalogue
) -> None:
    scene = start_scene(Pos(0, 0, 100) * Rot(20, 30, 0) * load)
    scene.fixture("floor", Box(200, 200, 6), "pom")
    loaded = load_bundle(save_files(scene))
    assert isinstance(loaded, LoadedBundle), loaded
    found = convert(loaded, None, catalogue)
    assert isinstance(found, Refused) is refused
    if isinstance(found, Refused):
        assert [(fault.code, fault.where) for fault in found.reasons] == [(ReasonCode.COLLISION_UNRESOLVED, "load")]


@pytest.mark.parametrize(("hollow", "depth_mm"), [("cone", 5.0), ("counterbore", 2.0)])
def test_ball_sinks_into_the_hollow_around_a_screw(
    hollow: str, depth_mm: float, start_scene: Callable[..., Scene], save_files: Save, catalogue: Catalogue
) -> None:
    """The hollow stays open down to the screw's head, 4 mm high, on which the ball comes to lie."""
    cut = Pos(0, 0, 7.5) * Cone(2.25, 25, 9) if hollow == "cone" else Pos(0, 0, 9) * Cylinder(9, 6)
    seat_mm, radius_mm = (3.0, 8.0) if hollow == "cone" else (6.0, 8.0)
    holes = [Pos(x, 0, 0) * (cut + Pos(0, 0, 6) * Cylinder(2.25, 12)) for x in (-20, 20)]
    scene = start_scene(Pos(20, 0, 12 + radius_mm) * Sphere(radius_mm))
    scene.fixture("floor", Pos(0, 0, -10) * Box(200, 200, 20), "pom")
    around = [(-50, -50), (50, -50), (50, 50), (-50, 50)]
    scene.mount("top", "floor", origin=(0, 0, 0), normal=(0, 0, 1), x_axis=(1, 0, 0), outline=around, depth=20)
    design = Assembly()
    design.part("plate", Pos(0, 0, 6) * Box(100, 60, 12) - holes, "pla", "fdm_printing")
    screws = [screw("shcs_m4x12", (x, 0, seat_mm), (0, 0, -1)) for x in (-20, 20)]
    design.attach("seam", "plate", "floor", screws, mount="top")
    sunk_mm = 12 + radius_mm - 1000 * drop(save_files(scene), catalogue, save_files(design))
    assert sunk_mm == pytest.approx(depth_mm, abs=0.05)
