"""Mass and inertia of what is fastened together, worked by hand."""

from collections.abc import Callable

import mujoco
import numpy as np
import pytest
from build123d import Box, Pos, Rot, Sphere

from schemas.catalogue import Catalogue
from workbench.authoring import Assembly, Scene, bought_solid, screw
from workbench.components.standing import stand_components
from workbench.convert import Conversion, convert
from workbench.kernel.loading import LoadedBundle, load_bundle

Start, Save = Callable[..., Scene], Callable[[Scene | Assembly], dict[str, bytes]]


def test_fastened_cubes_weigh_and_turn_as_one(start_scene: Start, save_files: Save, catalogue: Catalogue) -> None:
    """Two PLA cubes of 20 mm with centres 60 mm apart, and two screws, point masses 6 mm under their heads."""
    design = Assembly()
    for name, z in (("low", 100), ("high", 160)):
        design.part(name, Pos(0, 0, z) * Box(20, 20, 20), "pla", "fdm_printing", loose=True)
    design.attach("seam", "high", "low", [screw("shcs_m4x12", (x, 0, 170), (0, 0, -1)) for x in (-5, 5)])
    scene, assembly = load_bundle(save_files(start_scene(Sphere(10)))), load_bundle(save_files(design))
    assert isinstance(scene, LoadedBundle)
    assert isinstance(assembly, LoadedBundle)
    found = convert(scene, assembly, catalogue)
    assert isinstance(found, Conversion), found
    model = mujoco.MjModel.from_xml_string(found.xml.decode(), dict(found.assets))
    body, cube = model.body("part/low"), 20**3 * 1e-9 * 1240
    bolt = catalogue.components["shcs_m4x12"].mass_g * 1e-3
    masses, heights = np.array([cube, cube, 2 * bolt]), np.array([0.100, 0.160, 0.164])
    middle = masses @ heights / masses.sum()
    tilt = masses @ (heights - middle) ** 2 + 2 * cube * 0.020**2 / 6
    swing, spin = tilt + 2 * bolt * 0.005**2, 2 * cube * 0.020**2 / 6 + 2 * bolt * 0.005**2
    assert body.mass[0] == pytest.approx(masses.sum(), rel=1e-6)
    assert body.pos == pytest.approx([0, 0, middle], abs=1e-9)
    assert sorted(body.inertia) == pytest.approx(sorted([tilt, swing, spin]), rel=1e-6)


def test_goods_by_the_metre_weigh_by_their_length(start_scene: Start, save_files: Save, catalogue: Catalogue) -> None:
    """240 mm of a profile of 490 g/m that lies askew, as a bar of 20 x 20 x 240 mm."""
    design, mass_kg = Assembly(), 0.24 * 0.490
    design.component("bar", Pos(0, 0, 200) * Rot(20, 40, 60) * bought_solid("ext_2020", length=240), "ext_2020")
    design.loose.append("bar")
    scene, assembly = load_bundle(save_files(start_scene(Sphere(10)))), load_bundle(save_files(design))
    assert isinstance(scene, LoadedBundle) and isinstance(assembly, LoadedBundle)
    found = convert(scene, stand_components(assembly, catalogue).design, catalogue)
    assert isinstance(found, Conversion), found
    body = mujoco.MjModel.from_xml_string(found.xml.decode(), dict(found.assets)).body("part/bar")
    assert body.mass[0] == pytest.approx(mass_kg, rel=1e-6)
    swing, spin = mass_kg * (0.24**2 + 0.02**2) / 12, mass_kg * 2 * 0.02**2 / 12
    assert sorted(body.inertia) == pytest.approx(sorted([swing, swing, spin]), rel=1e-6)
    with pytest.raises(ValueError, match="sold by the metre"):
        convert(scene, assembly, catalogue)
