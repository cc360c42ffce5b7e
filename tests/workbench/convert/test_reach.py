"""What is left out as never meeting never meets: the trajectories are those of the full set of pairs, bit for bit."""

import numpy as np
import pytest

from tests.workbench.judge.machines import belt_drive, bench, flap, rack_drive, screw_drive
from tests.workbench.judge.scenes import compiled, load
from workbench.convert import contact_pairs
from workbench.judge.trial.draws import draw_nominal
from workbench.judge.trial.trial_batch import TrialBatch

MACHINES = {"belt": belt_drive, "rack": rack_drive, "lead screw": screw_drive, "flap": flap}


def travel(subject) -> np.ndarray:
    """Return every state of 2 s under full voltage one way, then the other."""
    batch = TrialBatch(subject, (draw_nominal(subject.scene),), 1, 0.001)
    level = np.repeat([1.0, -1.0], 1000)[None, :, None]
    control = np.repeat(level, subject.model.nu, axis=2) if subject.model.nu else None
    return batch.simulations.rollout(2000, control, record=("qpos", "qvel"))["qvel"]


@pytest.mark.parametrize("name", MACHINES)
def test_pairs_that_are_left_out_never_meet(name, monkeypatch):
    scene, design = bench(), load(MACHINES[name]().save)
    few = compiled(scene, design)
    monkeypatch.setattr(contact_pairs, "find_apart", lambda one, other, pieces: np.zeros(tuple(map(len, pieces)), bool))
    all_of_them = compiled(scene, design)
    assert few.model.npair < 0.75 * all_of_them.model.npair
    assert np.array_equal(travel(few), travel(all_of_them))
