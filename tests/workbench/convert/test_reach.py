"""What is left out as never meeting never meets: the trajectories are those of the full set of pairs, bit for bit."""

import numpy as np
import pytest

from schemas.bundle import Joint
from tests.workbench.judge.machines import belt_drive, bench, flap, rack_drive, screw_drive
from tests.workbench.judge.scenes import compiled, load
from workbench.convert import contact_pairs
from workbench.convert.conversion import Group
from workbench.convert.hulls import _find_turning
from workbench.judge.trial.draws import draw_nominal
from workbench.judge.trial.trial_batch import TrialBatch

MACHINES = {
    "belt": (belt_drive, 453),
    "rack": (rack_drive, 503),
    "lead screw": (screw_drive, 754),
    "flap": (flap, 244),
}
"""Each with the most pairs that it may be left with."""


def travel(subject) -> np.ndarray:
    """Return every state of 2 s under full voltage one way, then the other."""
    batch = TrialBatch(subject, (draw_nominal(subject.scene),), 1, 0.001)
    level = np.repeat([1.0, -1.0], 1000)[None, :, None]
    control = np.repeat(level, subject.model.nu, axis=2) if subject.model.nu else None
    return batch.simulations.rollout(2000, control, record=("qpos", "qvel"))["qvel"]


@pytest.mark.parametrize("name", MACHINES)
def test_pairs_that_are_left_out_never_meet(name, monkeypatch):
    make, most = MACHINES[name]
    scene, design = bench(), load(make().save)
    few = compiled(scene, design)
    monkeypatch.setattr(contact_pairs, "find_apart", lambda one, other, pieces: np.zeros(tuple(map(len, pieces)), bool))
    all_of_them = compiled(scene, design)
    assert few.model.npair <= min(most, 0.75 * all_of_them.model.npair)
    assert np.array_equal(travel(few), travel(all_of_them))


def hang(name, kind, parent=None):
    joints = (Joint(id=f"on_{name}", kind=kind, child=name),) if kind else ()
    return Group(name, (), static=False, joints=joints, parent=parent)


def test_only_what_can_turn_by_itself_or_with_its_carrier_rolls():
    """A ring on a slide never rolls and is split like a fixture's; one on a slide on a wheel does."""
    groups = (
        *(hang("cart", "slide"), hang("wheel", "hinge"), hang("loose", ""), hang("ball", "ball")),
        *(hang("lift", "slide", "cart"), hang("arm", "slide", "wheel"), hang("crank", "hinge", "lift")),
        Group("floor", (), static=True),
    )
    assert _find_turning(groups) == {"wheel", "loose", "ball", "arm", "crank"}


def test_rings_have_rims_where_they_can_turn():
    machines = [compiled(bench(), load(make().save)) for make in (belt_drive, screw_drive)]
    geoms = [geom for machine in machines for geom in machine.conversion.geoms]
    assert {geom.body_id for geom in geoms if geom.kind == "ellipsoid"} == {"small", "large"}
