"""What a generator of language models is asked for, and which split its scenes go to."""

import pytest

from agents.families import FAMILIES
from agents.llm_generator.brief import AXES, INVENTED, OBJECTIVES, write_brief
from agents.splits import CLUSTERS, HELD_OUT_FAMILIES, assign_invented, mark_scene
from schemas.benchmark import ItemKey
from schemas.bundle import Drive, Joint, Mount, Pose, SceneBundle, Surface, Zone
from schemas.controllers import Constant
from schemas.llm import EpisodeLimits
from schemas.settings import AgentSettings
from tests.records.samples import scene_files

PLAIN = SceneBundle.from_json(scene_files(1)["bundle.json"])
HINGE = Joint(id="pivot", kind="hinge", child="arm", axis=(0, 1, 0))
SLIDE = Joint(id="way", kind="slide", child="gate")
MOTOR = Drive(id="motor", joint="way", mode="velocity", controller=Constant(level=0.1), limit=5)
HOT = Zone(id="hot", min_mm=(0, 0, 0), max_mm=(9, 9, 9))
FORBIDDEN = PLAIN.zones.model_copy(update={"forbid_zones": (HOT,)})
MOUNT = Mount(id="face", body="arm", frame=Pose(), outline_mm=((0, 0), (1, 0), (0, 1)), depth_mm=5)
SCENES = {
    "drop_chute": {},
    "pendulum_hazard": {"joints": (HINGE,)},
    "conveyor_divert": {"surfaces": (Surface(body="floor", velocity_mm_s=(100, 0, 0)),)},
    "seesaw": {"joints": (HINGE,), "mounts": (MOUNT,)},
    "oscillating_tray": {"joints": (SLIDE,), "drives": (MOTOR,)},
    "timed_gate": {"joints": (SLIDE,), "drives": (MOTOR,), "zones": FORBIDDEN},
    "wall_route": {"zones": FORBIDDEN},
}


def key(index: int, seed: int = 7) -> ItemKey:
    return ItemKey(generator="llm", family=INVENTED, seed=seed, index=index)


@pytest.mark.parametrize("family", SCENES)
def test_scene_goes_to_the_split_of_its_nearest_family(family: str) -> None:
    scene = PLAIN.model_copy(update=SCENES[family])
    assert mark_scene(scene) == CLUSTERS[family]
    found = assign_invented(scene, None)
    assert (found == "test_cross") == (family in HELD_OUT_FAMILIES)
    assert found == assign_invented(scene, "drop_chute")  # what a plan says moves nothing to training
    assert assign_invented(scene, "seesaw") == "test_cross"


@pytest.mark.parametrize("family", FAMILIES)
def test_marks_of_drawn_scenes_are_those_of_their_family(problem_of, family: str) -> None:
    """What no mark tells from `drop_chute` counts as it, `lift` as `push`, `swing_gate` as `pendulum_hazard`."""
    alike = {"lift": "push", "swing_gate": "pendulum_hazard"}.get(family, "drop_chute")
    assert mark_scene(problem_of(family, 0)[0].scene) == CLUSTERS.get(family, CLUSTERS[alike])


def test_scene_between_a_held_out_family_and_another_is_tested_across() -> None:
    """A mount that moves is one mark from `drop_chute`, and one from `seesaw`."""
    assert assign_invented(PLAIN.model_copy(update={"mounts": (MOUNT,)}), None) == "test_cross"
    assert assign_invented(None, "drop_chute") == "test_cross"


def test_cells_of_invented_scenes_fall_into_all_splits() -> None:
    zones = [
        PLAIN.zones.model_copy(update={"build_zone": Zone(id="b", min_mm=(0, 0, 0), max_mm=(60.0 * n + 1, 9, 9))})
        for n in range(200)
    ]
    found = [assign_invented(PLAIN.model_copy(update={"zones": one}), None) for one in zones]
    assert set(found) == {"train", "validation", "test_within"} and found.count("train") > 120


def test_brief_names_the_thin_bins_and_is_drawn_again_alike() -> None:
    stock = {axis: dict.fromkeys(values, 5) for axis, values in AXES.items()}
    stock["family"] |= {"conveyor_divert": 1}
    del stock["payload_shape"]["ring"]
    brief = write_brief(key(0), stock, AgentSettings(generator_rounds=3, episode=EpisodeLimits(turns=9)))
    assert brief.thin_bins[0] == "family: conveyor_divert" and brief.thin_bins[2] == "payload_shape: ring"
    counts = {measure.name: measure.value for measure in brief.stock}
    assert (counts["family conveyor_divert"], counts["payload_shape ring"], counts["kind drive"]) == (1, 0, 5)
    assert (brief.rounds, brief.limits.turns) == (3, 9)
    assert brief == write_brief(key(0), stock, AgentSettings(generator_rounds=3, episode=EpisodeLimits(turns=9)))


def test_briefs_of_an_empty_stock_draw_every_objective_and_bin() -> None:
    briefs = [write_brief(key(index), {}, AgentSettings()) for index in range(200)]
    assert {brief.learning_objective for brief in briefs} == set(OBJECTIVES)
    bins = {thin for brief in briefs for thin in brief.thin_bins}
    assert bins == {f"{axis}: {value}" for axis, values in AXES.items() for value in values}
