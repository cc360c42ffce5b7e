"""Which split a benchmark belongs to: a pure function of families, quantised parameters and split version."""

from collections.abc import Iterable, Mapping

from schemas.benchmark import Split
from schemas.bundle import Role, SceneBundle
from schemas.record import hash_parts

SPLIT_VERSION = "1"
HELD_OUT_FAMILIES = frozenset({"seesaw", "timed_gate", "wall_route"})
HELD_OUT_SHARE = 0.1
"""Share of the cells that go to `validation`, and as many to `test_within` (mechanics §9)."""
TEST_SPLITS = frozenset({"test_within", "test_cross"})

CLUSTERS: Mapping[str, frozenset[str]] = {
    "drop_chute": frozenset(),
    "pendulum_hazard": frozenset({"hanging"}),
    "conveyor_divert": frozenset({"surface"}),
    "push": frozenset({"power"}),
    "turntable": frozenset({"driven_hinge"}),
    "oscillating_tray": frozenset({"driven_slide"}),
    "seesaw": frozenset({"hanging", "mount_that_moves"}),
    "timed_gate": frozenset({"driven_slide", "forbidden"}),
    "wall_route": frozenset({"forbidden"}),
}
"""What tells the scenes of a family from those of others: the families there are, and the ones held out."""
CELL_MM = 60.0


def assign_invented(scene: SceneBundle | None, named: str | None) -> Split:
    """Return the split of a benchmark that a language model has made.

    Its nearest family is the one whose marks (`CLUSTERS`) differ least from the scene's. Where a held-out family is
    among the nearest, or the plan names one, or there is no scene to tell by, it is tested across families.
    """
    if scene is None or named in HELD_OUT_FAMILIES:
        return "test_cross"
    marks = mark_scene(scene)
    distances = {family: len(marks ^ own) for family, own in CLUSTERS.items()}
    nearest = sorted(family for family, distance in distances.items() if distance == min(distances.values()))
    held_out = [family for family in nearest if family in HELD_OUT_FAMILIES]
    zone, goal = scene.zones.build_zone, scene.zones.goal_zones[0]
    sizes = [high - low for box in (zone, goal) for low, high in zip(box.min_mm, box.max_mm, strict=True)]
    cell = (len(scene.bodies), len(scene.payloads), *(int(size // CELL_MM) for size in sizes))
    return assign_split(held_out or nearest[:1], cell)


def mark_scene(scene: SceneBundle) -> frozenset[str]:
    """Return what tells a scene from others: what hangs or turns freely, surfaces, drives, forbid zones, mounts."""
    driven = {drive.joint for drive in scene.drives}
    marks = {f"driven_{joint.kind}" for joint in scene.joints if joint.id in driven}
    marks |= {"hanging" if j.kind in ("hinge", "ball") else j.kind for j in scene.joints if j.id not in driven}
    still = {body.id for body in scene.bodies if body.role is Role.FIXTURE}
    found = {
        "surface": bool(scene.surfaces),
        "forbidden": bool(scene.zones.forbid_zones),
        "several": len(scene.payloads) > 1,
        "passing": any(payload.goal.mode == "pass_through" for payload in scene.payloads),
        "power": bool(scene.outlets),
        "mount_that_moves": any(mount.body not in still for mount in scene.mounts),
    }
    return frozenset(marks | {mark for mark, there in found.items() if there})


def assign_split(families: Iterable[str], cell: tuple[int, ...]) -> Split:
    """Return the split of a cell of atomic families; a composite with a held-out family is tested across families."""
    atoms = sorted(set(families))
    if not HELD_OUT_FAMILIES.isdisjoint(atoms):
        return "test_cross"
    digest = hash_parts(SPLIT_VERSION, *atoms, *(str(value) for value in cell))
    share = int(digest[:12], 16) / 16**12
    if share < HELD_OUT_SHARE:
        return "validation"
    return "test_within" if share < 2 * HELD_OUT_SHARE else "train"
