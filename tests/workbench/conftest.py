"""Makes bundles in a folder, as a program would, for tests that need no sandbox."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.bundle import Goal
from schemas.catalogue import Catalogue
from schemas.catalogue_files import load_catalogue
from workbench.authoring import Assembly, Scene

Files = dict[str, bytes]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(Path(__file__).parents[2] / "data")


@pytest.fixture
def start_scene() -> Callable[..., Scene]:
    """Gives a scene with zones, a task and one payload `load`."""

    def start(payload: object, material: str = "steel_1018") -> Scene:
        scene = Scene()
        scene.payload("load", payload, material, Goal(zone="goal"))
        wide, narrow, goal = (((-r,) * 3, (r,) * 3) for r in (900, 9, 5))
        scene.zones(workspace=wide, build=narrow, goals={"goal": goal})
        scene.task("do it", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
        return scene

    return start


@pytest.fixture
def save_files(tmp_path: Path) -> Callable[[Scene | Assembly], Files]:
    """Writes a bundle and gives its files."""

    def save(writer: Scene | Assembly) -> Files:
        folder = tmp_path / type(writer).__name__
        writer.save(folder)
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    return save
