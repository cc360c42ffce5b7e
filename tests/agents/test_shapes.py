"""Shapes weigh and reach what either CAD library makes of their code, and say every number that the code has."""

import math
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from agents.families.layout import SceneMount, ScenePayload
from agents.families.shapes import Ball, Block, Frustum, Prism, Ring, Shape, Taper, Turned
from agents.families.writing import HELPERS
from schemas.bundle import Goal, Jitter

BLOCK = Block(((-1.0, 2.0, 3.0), (10.0, 20.0, 30.0)))
SHAPES: dict[str, Shape] = {
    "block": BLOCK,
    "rod": Taper((1.0, 2.0, 3.0), (1.0, 2.0, 23.0), 5.0),
    "rod aslant": Taper((1.0, 2.0, 3.0), (11.0, -2.0, 23.0), 5.0),
    "cone": Taper((1.0, 2.0, 3.0), (11.0, 2.0, 3.0), 5.0, 2.0),
    "ball": Ball((1.0, 2.0, 3.0), 7.0),
    "ring": Ring((0.0, 0.0, 5.0), "x", 20.0, 4.0),
    "prism along x": Prism("x", (0.0, 10.0), ((0.0, 0.0), (10.0, 0.0), (10.0, 5.0), (0.0, 20.0))),
    "prism along y": Prism("y", (5.0, 10.0), ((0.0, 0.0), (10.0, 0.0), (10.0, 5.0))),
    "prism along z": Prism("z", (5.0, 10.0), ((0.0, 0.0), (10.0, 0.0), (10.0, 5.0))),
    "frustum": Frustum(((0.0, 0.0), (10.0, 20.0)), ((-5.0, -5.0), (20.0, 30.0)), (0.0, 30.0)),
    "turned": Turned(BLOCK, (5.0, 6.0, 7.0), "y", 30.0),
    "turned back": Turned(BLOCK, (5.0, 6.0, 7.0), "x", -75.0),
    "hollow with a lid": BLOCK.less(hollow=Block(((0.0, 3.0, 4.0), (9.0, 19.0, 30.0)))).plus(
        lid=Block(((-1.0, 2.0, 30.0), (10.0, 20.0, 32.0)))
    ),
}


@pytest.fixture(scope="module", params=["build123d", "cadquery"])
def helpers(request: pytest.FixtureRequest) -> dict[str, object]:
    return runpy.run_path(str(HELPERS / f"{request.param}.py"))


def measure(solid: object) -> tuple[float, np.ndarray]:
    """Return volume and bounds of a solid of either library."""
    if hasattr(solid, "val"):
        shape = solid.val()
        box = shape.BoundingBox()
        return shape.Volume(), np.array([[box.xmin, box.ymin, box.zmin], [box.xmax, box.ymax, box.zmax]])
    box = solid.bounding_box()
    return solid.volume, np.array([tuple(box.min), tuple(box.max)])


@pytest.mark.parametrize("name", SHAPES)
def test_shape_is_what_its_code_makes(helpers: dict[str, object], name: str) -> None:
    shape, constants = SHAPES[name], dict[str, object]()
    volume_mm3, bounds = measure(eval(shape.code("A", constants), {**helpers, **constants}))  # our own expression
    assert volume_mm3 == pytest.approx(shape.volume_mm3, rel=1e-9)
    np.testing.assert_allclose(bounds, shape.bounds, atol=0.02)


@pytest.mark.parametrize("name", SHAPES)
def test_words_tell_every_number_of_the_code(name: str) -> None:
    constants = dict[str, object]()
    SHAPES[name].code("A", constants)
    told = sorted(map(float, re.findall(r"-?\d+(?:\.\d+)?", SHAPES[name].words)))
    coded = sorted(float(value) for values in constants.values() for value in np.ravel(values))
    assert told == pytest.approx(coded)


def test_reach_is_measured_from_the_line_and_along_it() -> None:
    away, along = BLOCK.reach((0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    assert (away, along) == (pytest.approx(math.hypot(10, 30)), 20.0)
    assert Ball((3.0, 4.0, 0.0), 2.0).reach((0.0, 0.0, 0.0), (0.0, 0.0, 1.0))[0] == pytest.approx(7.0, abs=1e-4)


def test_constants_carry_the_body_and_the_pieces_names() -> None:
    constants = dict[str, object]()
    assert (
        SHAPES["hollow with a lid"].code("TRAY", constants) == "box(TRAY_MM) - box(TRAY_HOLLOW_MM) + box(TRAY_LID_MM)"
    )
    assert list(constants) == ["TRAY_MM", "TRAY_HOLLOW_MM", "TRAY_LID_MM"]


@pytest.mark.parametrize("kind", ["sphere", "cube", "box", "cylinder", "rod", "ring"])
def test_payload_has_the_extents_that_it_declares(kind: str) -> None:
    size = {
        "box": (30.0, 20.0, 10.0),
        "cylinder": (20.0, 20.0, 12.0),
        "rod": (50.0, 10.0, 10.0),
        "ring": (40.0, 40.0, 10.0),
    }
    payload = ScenePayload(
        "p", kind, size.get(kind, (20.0,) * 3), (1.0, 2.0, 3.0), "pom", "#ebcb8b", Goal(zone="z"), Jitter()
    )
    low, high = map(np.array, payload.shape.bounds)
    np.testing.assert_allclose(high - low, payload.size_mm, atol=0.03)
    np.testing.assert_allclose((high + low) / 2, payload.centre_mm, atol=0.02)


def test_mount_knows_its_frame() -> None:
    mount = SceneMount("face", "wall", "-y", ((0.0, 5.0, 10.0), (40.0, 5.0, 70.0)), 12.0)
    assert (mount.normal, mount.x_axis) == ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0))
    assert (mount.origin_mm, mount.size_mm) == ((20.0, 5.0, 40.0), (40.0, 60.0))


def test_both_libraries_offer_the_same_helpers() -> None:
    names = [
        re.findall(r"^def (\w+)\((.*)\) ->", (HELPERS / f"{one}.py").read_text(), re.M)
        for one in ("build123d", "cadquery")
    ]
    plain = [[(name, re.sub(r": (Part|cq\.Workplane)", "", given)) for name, given in found] for found in names]
    assert plain[0] == plain[1]
    assert Path(HELPERS).name == "helpers"
