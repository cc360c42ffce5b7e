"""A trial in motion: the glTF moves what the simulation moves, readers of both formats open it, and it is small."""

import io
import json
from pathlib import Path

import numpy as np
import pygltflib
import pytest
import trimesh
from PIL import Image

from schemas.jobs import RenderDesign
from tests.workbench.judge.scenes import OVER_GOAL, catalogue, design, scene
from workbench.render.film import MOST_FRAMES, choose_times
from workbench.render.pictures import render_design

JOB = RenderDesign(width_px=64, height_px=48, film=True)


@pytest.fixture(scope="module")
def film() -> dict[str, bytes]:
    """What is drawn of a ball that falls on a plate."""
    drawn = render_design(JOB, scene(OVER_GOAL), design(), catalogue())
    assert isinstance(drawn, dict)
    return drawn


def test_gif_moves_and_is_small(film: dict[str, bytes]) -> None:
    picture = Image.open(io.BytesIO(film["trial.gif"]))
    assert picture.size == (480, 360)
    assert 2 < picture.n_frames <= MOST_FRAMES + 1
    assert len(film["trial.gif"]) < 1_000_000
    first = np.asarray(picture.convert("RGB"), dtype=int)
    picture.seek(picture.n_frames - 1)
    assert np.abs(np.asarray(picture.convert("RGB"), dtype=int) - first).max() > 30


def test_gltf_moves_the_payload_and_nothing_that_stands(film: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "trial.glb").write_bytes(film["trial.glb"])
    file = pygltflib.GLTF2().load(str(tmp_path / "trial.glb"))
    moved = {file.nodes[channel.target.node].name for channel in file.animations[0].channels}
    assert len(moved) == 1 and next(iter(moved)) in {node.name for node in file.nodes}
    (output,) = (
        file.accessors[file.animations[0].samplers[channel.sampler].output]
        for channel in file.animations[0].channels
        if channel.target.path == "translation"
    )
    view = file.bufferViews[output.bufferView]
    path = np.frombuffer(file.binary_blob()[view.byteOffset :][: view.byteLength], np.float32).reshape(-1, 3)
    assert path[0, 2] - path[-1, 2] > 0.01  # metres: it falls
    assert np.allclose([path.min(axis=0), path.max(axis=0)], [output.min, output.max])


def test_gltf_is_read_by_another_library_at_its_size(film: dict[str, bytes]) -> None:
    read = trimesh.load_scene(io.BytesIO(film["trial.glb"]), file_type="glb")
    assert len(read.geometry) >= 3
    assert 0.1 < max(read.extents) < 3.0
    head = json.loads(film["trial.glb"][20 : 20 + int.from_bytes(film["trial.glb"][12:16], "little")])
    assert head["asset"] == {"generator": "workpiece", "version": "2.0"}


def test_film_is_the_same_twice(film: dict[str, bytes]) -> None:
    again = render_design(JOB, scene(OVER_GOAL), design(), catalogue())
    assert {name: again[name] for name in film} == film


@pytest.mark.parametrize(("end_s", "count"), [(0.0, 1), (1.0, 13), (30.0, MOST_FRAMES + 1)])
def test_times_of_a_film_reach_its_end(end_s: float, count: int) -> None:
    times = choose_times(end_s)
    assert (len(times), abs(times[-1] - end_s) <= 0.05) == (count, True)
