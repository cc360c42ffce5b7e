"""Openings of the corpus stay open in MuJoCo: a ball of 90 % of the diameter falls through, one of 110 % does not."""

from collections.abc import Callable

import mujoco
import pytest
from build123d import Pos, Sphere

from performance.corpus import build_corpus
from schemas.catalogue import Catalogue
from workbench.authoring import Assembly, Scene
from workbench.convert import Conversion, convert
from workbench.kernel.loading import LoadedBundle, load_bundle

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


def falls_through(files: dict[str, bytes], catalogue: Catalogue) -> bool:
    """Say whether the payload has fallen half a metre."""
    loaded = load_bundle(files)
    assert isinstance(loaded, LoadedBundle), loaded
    found = convert(loaded, None, catalogue)
    assert isinstance(found, Conversion), found
    model = mujoco.MjModel.from_xml_string(found.xml.decode(), dict(found.assets))
    data = mujoco.MjData(model)
    for _ in range(round(FALL_S / model.opt.timestep)):
        mujoco.mj_step(model, data)
    return bool(data.body("load").xpos[2] < -0.5)


@pytest.mark.parametrize("share", [0.9, 1.1])
@pytest.mark.parametrize("name", [*OPENINGS, *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)])
def test_opening_lets_through_what_is_narrower(
    name: str,
    share: float,
    start_scene: Callable[..., Scene],
    save_files: Callable[[Scene | Assembly], dict[str, bytes]],
    catalogue: Catalogue,
) -> None:
    x, y, radius = (OPENINGS | OTHERS)[name]
    part = next(build_corpus(name)).solid
    top = part.bounding_box().max.Z
    scene = start_scene(Pos(x, y, top + share * radius + CLEAR_MM) * Sphere(share * radius))
    scene.fixture("part", part, "pom")
    assert falls_through(save_files(scene), catalogue) is (share < 1)
