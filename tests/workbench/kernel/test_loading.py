"""Reading bundles back: what is accepted, and every fault that is refused."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from build123d import Box, Cylinder, Face, Pos, Rot, Shell, Sphere

from schemas.reasons import ReasonCode
from schemas.record import hash_bytes
from workbench.authoring import Assembly, Constant, Scene, screw
from workbench.authoring.solids import write_brep
from workbench.kernel.loading import LoadedBundle, load_bundle
from workbench.kernel.measuring import measure
from workbench.reasons import Refused

Files = dict[str, bytes]
Start, Save = Callable[..., Scene], Callable[[Scene | Assembly], Files]


@pytest.fixture
def files(start_scene: Start, save_files: Save) -> Files:
    scene = start_scene(Pos(10, 20, 30) * Rot(0, 0, 90) * Box(40, 20, 10))
    scene.fixture("floor", Pos(0, 0, -50) * Box(100, 100, 10), "pla")
    return save_files(scene)


def edit(files: Files, **changes: object) -> Files:
    """Change fields of the first body in bundle.json."""
    record = json.loads(files["bundle.json"])
    record["bodies"][0] |= changes
    return files | {"bundle.json": json.dumps(record).encode()}


def codes(found: LoadedBundle | Refused) -> list[str]:
    assert not isinstance(found, LoadedBundle)
    return [reason.code.value for reason in found.reasons]


def test_bundle_loads_with_solids_in_the_world(files: Files) -> None:
    loaded = load_bundle(files)
    assert isinstance(loaded, LoadedBundle)
    size = measure(loaded.solids["load"].shape)
    assert size.volume_mm3 == pytest.approx(8000)
    assert size.area_mm2 == pytest.approx(2 * (800 + 400 + 200))
    assert size.centre_mm == pytest.approx((10, 20, 30))
    assert size.box_mm == pytest.approx(np.array([[0, 0, 25], [20, 40, 35]]), abs=1e-6)
    assert np.diag(size.inertia_mm5) == pytest.approx([8000 * (1600 + 100) / 12, 8000 * 500 / 12, 8000 * 2000 / 12])
    assert loaded.bundle_hash == loaded.record.digest()


def test_bundle_reports_all_faults_of_its_files(files: Files) -> None:
    broken = edit(files, geometry_sha256="0" * 64) | {"extra.brep": b""}
    del broken["floor.brep"]
    assert codes(load_bundle(broken)) == [ReasonCode.BUNDLE_INVALID] * 3


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"kind": "scene"}', b'{"kind": "other"}', b"\xff"])
def test_bundle_refuses_what_is_no_record(text: bytes) -> None:
    assert codes(load_bundle({"bundle.json": text})) == [ReasonCode.BUNDLE_INVALID]


def test_bundle_refuses_too_large_files(files: Files) -> None:
    assert ReasonCode.BUNDLE_INVALID in codes(load_bundle(files | {"load.brep": b"0" * 8_000_001}))
    assert codes(load_bundle({})) == [ReasonCode.BUNDLE_INVALID]


def hollow_shell() -> bytes:
    faces: list[Face] = list(Box(10, 10, 10).faces())[:5]
    return write_brep(Shell(faces).wrapped)


@pytest.mark.parametrize(
    "geometry",
    [
        b"not a shape",
        b"",
        hollow_shell(),
        write_brep((Box(10, 10, 10) + Pos(50, 0, 0) * Sphere(5)).wrapped),
        write_brep(Box(1, 1, 1).solid().wrapped.Reversed()),
        write_brep((Pos(99_999, 0, 0) * Box(1, 1, 1)).wrapped),
    ],
)
def test_bundle_refuses_what_is_no_solid(files: Files, geometry: bytes) -> None:
    broken = edit(files | {"load.brep": geometry}, geometry_sha256=hash_bytes(geometry))
    assert codes(load_bundle(broken)) == [ReasonCode.GEOMETRY_INVALID]


def test_scene_reports_every_reference_that_leads_nowhere(start_scene: Start, save_files: Save) -> None:
    scene = start_scene(Sphere(5))
    scene.joint("hinge", "hinge", "ghost", parent="nobody")
    scene.conveyor("belt", (1, 0, 0))
    scene.contract("promise", joint="missing", max_speed=1)
    assert len(codes(load_bundle(save_files(scene)))) == 4


def test_assembly_may_not_hold_environment_bodies(save_files: Save) -> None:
    assembly = Assembly()
    assembly.part("plate", Box(10, 10, 10), "pla", "fdm_printing")
    files = edit(save_files(assembly), role="fixture", process=None)
    assert codes(load_bundle(files)) == [ReasonCode.ENVIRONMENT_TAMPERED]


def test_assembly_reports_every_reference_that_leads_nowhere(save_files: Save) -> None:
    assembly = Assembly()
    assembly.part("plate", Box(10, 10, 10) - Cylinder(2, 20), "pla", "fdm_printing", loose=True)
    assembly.attach("seam", "plate", "nobody", [screw("shcs_m4x12", (0, 0, 5), (0, 0, -1))])
    assembly.motor("motor", "gm37d_12v_50", "no_joint", "socket", Constant(level=1.0))
    assert len(codes(load_bundle(save_files(assembly)))) == 2
