"""Check 9: a scene that comes near a stored one is refused, however it is turned or mirrored."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flows.items import Turns
from schemas.benchmark import ItemKey
from schemas.likeness import DOING_NOTHING, NEAR, describe_box, find_cells
from schemas.reasons import BenchmarkState
from schemas.record import Measure
from schemas.stages import Proposal
from steps.building import text_of
from steps.generating import make_item, propose
from steps.near_copies import Likeness, find_distance
from steps.verifying import admit, verify_geometry, verify_schema, verify_simulation

RUN = "0" * 64
WORKSPACE = np.array([[-200.0, -200.0, 0.0], [200.0, 200.0, 300.0]])
TRAY = np.array([[50.0, -30.0, 0.0], [110.0, 40.0, 60.0]])
POST = np.array([[-150.0, 10.0, 0.0], [-120.0, 60.0, 200.0]])


def likeness(*boxes, mass_g=20.0, canned=(), filled=1.0):
    numbers = [*describe_box("workspace", WORKSPACE), Measure(name="payload: mass", value=mass_g)]
    numbers += [number for box in boxes for number in describe_box("fixture", box, filled)]
    return Likeness(tuple(numbers), frozenset(canned))


def turn(box, quarters, mirrored):
    box = box.copy()
    if mirrored:
        box[:, 1] *= -1
    for _ in range(quarters):
        box[:, :2] = np.column_stack([-box[:, 1], box[:, 0]])
    return np.array([box.min(axis=0), box.max(axis=0)])


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_turned_and_mirrored_scenes_are_alike(quarters, mirrored):
    moved = likeness(*(turn(box, quarters, mirrored) for box in (POST, TRAY)))
    assert find_distance(likeness(TRAY, POST), moved) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("other", "distance"),
    [
        (likeness(TRAY + 4.0, POST), 0.01),
        (likeness(TRAY + 12.0, POST), 0.03),
        (likeness(TRAY, POST, mass_g=21.0), 1 / 21),
        (likeness(TRAY, POST, canned=["floor"]), 1 / 8),
        (likeness(TRAY, POST, filled=0.785), 0.215),
        (likeness(TRAY), np.inf),
        (likeness(TRAY, POST, POST), np.inf),
    ],
)
def test_distance_is_the_greatest_difference(other, distance):
    assert find_distance(likeness(TRAY, POST), other) == pytest.approx(distance)
    assert find_distance(other, likeness(TRAY, POST)) == pytest.approx(distance)


@given(st.floats(0.0, 600.0), st.floats(0.0, 2.0), *[st.floats(-0.02, 0.02)] * 3, st.integers(0, 3), st.booleans())
def test_near_copies_lie_in_cells_that_touch(
    mass_g: float, share: float, heavier: float, further: float, higher: float, quarters: int, mirrored: bool
) -> None:
    """So no scene that is looked for by its cells is missed, at whatever distance it counts as a copy."""

    def describe(mass_g: float, share: float, *boxes) -> Likeness:
        numbers = likeness(*boxes, mass_g=max(mass_g, 0.0)).numbers
        return Likeness((*numbers, Measure(name=DOING_NOTHING, value=max(share, 0.0))), frozenset())

    raised = [turn(box + np.array([0.0, 0.0, higher * 400.0]), quarters, mirrored) for box in (POST, TRAY)]
    one = describe(mass_g, share, TRAY, POST)
    other = describe(mass_g + heavier * max(mass_g, 1.0), share + further, *raised)
    assume(find_distance(one, other) < NEAR)
    assert find_cells(other.numbers, ())[0] in find_cells(one.numbers, ())
    assert len(set(find_cells(one.numbers, ()))) == 27


def test_scenes_apart_are_in_other_cells() -> None:
    one, far, more = (likeness(TRAY, mass_g=20.0), likeness(TRAY, mass_g=21.0), likeness(TRAY, POST))
    assert find_cells(one.numbers, ())[0] in find_cells(likeness(TRAY + 4.0, mass_g=20.1).numbers, ())
    for numbers, canned in ((far.numbers, ()), (more.numbers, ()), (one.numbers, ("floor",))):
        assert find_cells(numbers, canned)[0] not in find_cells(one.numbers, ())


def test_copy_of_a_stored_scene_is_refused_whatever_its_key(context, minted) -> None:
    """The same program with other words about it makes another bundle of the same scene."""
    stored = minted.draft
    key = stored.key.model_copy(update={"index": 77})
    copy = stored.model_copy(update={"key": key, "program": text_of(f"# a copy\n{stored.program.source}")})
    made = make_item(context, RUN, key, Proposal(draft=copy))
    check = made.report.checks[-1]
    assert (made.state, check.number, check.passed) == (BenchmarkState.REFUSED, 9, False)
    assert (check.reasons[0].code, check.reasons[0].where) == ("DUPLICATE", stored.key.item_id[:12])
    assert check.reasons[0].numbers[0].value < NEAR


def test_another_draw_of_the_family_is_no_copy(context, minted) -> None:
    key = minted.draft.key.model_copy(update={"index": 5})
    made = make_item(context, RUN, key)
    assert made.report.checks[-1].number == 9 and made.report.checks[-1].passed


def verify(context, key):
    return verify_simulation(context, verify_schema(context, verify_geometry(context, propose(context, key))))


def test_item_that_another_run_has_admitted_meanwhile_is_no_copy_of_itself(context, minted) -> None:
    scene, other = verify(context, minted.key), "e" * 64
    stored = context.store.find_item(minted.key.item_id)
    context.store.record_run(other, "{}")
    assert admit(context, other, scene) == stored
    assert admit(context, other, scene) == stored  # tried again


def test_copies_that_several_runs_admit_at_once_are_admitted_once(anywhere) -> None:
    scene = verify(anywhere, ItemKey(family="drop_chute", seed=8, index=3))
    draft, runs = scene.proposal.draft, "2345"
    keys = [draft.key.model_copy(update={"index": int(run)}) for run in runs]
    drafts = [Proposal(draft=draft.model_copy(update={"key": key})) for key in keys]
    together = Barrier(len(runs))

    def admit_copy(run, proposal):
        anywhere.store.record_run(run * 64, "{}")
        together.wait()
        return admit(anywhere, run * 64, scene.model_copy(update={"proposal": proposal})).state.value

    with ThreadPoolExecutor() as threads:
        assert sorted(threads.map(admit_copy, runs, drafts)) == ["refused", "refused", "refused", "verified"]


def test_turns_keep_the_order_of_indices() -> None:
    turns, seen = Turns(), []

    def record(index: int) -> None:
        turns.wait(index)
        seen.append(index)
        turns.leave(index)

    with ThreadPoolExecutor() as threads:
        list(threads.map(record, [3, 1, 2, 0]))
    assert seen == [0, 1, 2, 3]
