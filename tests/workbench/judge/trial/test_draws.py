"""Draws differ by key, purpose and submission, keep their ranges, and are the same whatever the design."""

import numpy as np
import pytest

from schemas.controllers import Square
from tests.workbench.judge.scenes import belt, compiled, draws, scene
from workbench.authoring import Jitter
from workbench.judge.trial.controllers import evaluate
from workbench.judge.trial.draws import draw_nominal, draw_trials
from workbench.judge.trial.trial_batch import TrialBatch


@pytest.mark.parametrize("change", [{"key_hex": "11" * 16}, {"purpose": "preview"}, {"submission": 1}])
def test_draws_differ_by_key_purpose_and_submission(change):
    record = scene().record
    one, other = draw_trials(record, draws(), 4), draw_trials(record, draws(**change), 4)
    assert not np.isclose([d.shift_mm for d in one], [d.shift_mm for d in other]).any()
    assert one[0].friction("a", "b") != other[0].friction("a", "b")


def test_draws_are_pure_and_prefixes_of_longer_sets():
    record = scene().record
    short, long = draw_trials(record, draws(), 3), draw_trials(record, draws(), 9)
    assert all((a.shift_mm == b.shift_mm).all() for a, b in zip(short, long, strict=False))


def test_draws_fill_their_ranges():
    record = scene().record
    drawn = draw_trials(record, draws(), 400)
    shifts = np.array([d.shift_mm[0] for d in drawn])
    frictions = np.array([d.friction("a", "b") for d in drawn])
    assert (np.abs(shifts) <= [3, 3, 1]).all() and (np.abs(shifts).max(axis=0) > [2.9, 2.9, 0.96]).all()
    assert 0.85 <= frictions.min() < 0.86 and 1.14 < frictions.max() <= 1.15
    assert min(d.mass[0] for d in drawn) >= 0.95 and max(d.mass[0] for d in drawn) <= 1.05


def test_jitter_goes_to_both_sides():
    """Places along every axis, z too, yaw and speed are drawn between minus and plus what the payload declares."""
    given = Jitter(position_mm=(3, 2, 1), yaw_deg=20, speed_fraction=0.1)
    drawn = draw_trials(scene(jitter=given).record, draws(), 400)
    values = np.array([[*d.shift_mm[0], np.degrees(d.yaw_rad[0]), d.speed[0] - 1.0] for d in drawn])
    limits = np.array([3.0, 2.0, 1.0, 20.0, 0.1])
    assert (values.min(axis=0) < -0.95 * limits).all() and (values.max(axis=0) > 0.95 * limits).all()
    assert (np.abs(values) <= limits).all() and (np.abs(values.mean(axis=0)) < 0.1 * limits).all()


def test_yaw_turns_the_payload_both_ways():
    subject = compiled(scene())
    drawn = draw_trials(subject.scene, draws(), 16)
    turns = TrialBatch(subject, drawn, 1, 0.001).simulations.bind("qpos")[:, 3:7]
    assert 2.0 * np.arctan2(turns[:, 3], turns[:, 0]) == pytest.approx([draw.yaw_rad[0] for draw in drawn])


def test_nominal_trial_has_no_jitter():
    nominal = draw_nominal(scene().record)
    assert not nominal.shift_mm.any() and not nominal.yaw_rad.any() and nominal.friction("a", "b") == 1.0


def test_draws_reach_their_simulations():
    subject = compiled(scene())
    drawn = draw_trials(subject.scene, draws(), 5)
    batch, payload = TrialBatch(subject, drawn, 1, 0.001), subject.payload_bodies
    masses = batch.simulations.expand("body_mass")[:, payload] / subject.model.body_mass[payload]
    frictions = batch.simulations.expand("pair_friction")[:, :, 0] / subject.model.pair_friction[:, 0]
    places = batch.simulations.bind("qpos")[:, :3] * 1000 - [0, 0, 40]
    assert masses == pytest.approx(np.array([draw.mass for draw in drawn]))
    assert frictions == pytest.approx(np.array([[d.friction(*pair) for pair in subject.pair_bodies] for d in drawn]))
    assert places == pytest.approx(np.array([draw.shift_mm[0] for draw in drawn]))


def test_scheduled_conveyors_start_at_their_drawn_phase():
    wave = Square(low=-0.5, high=1.0, period_s=0.4)
    promise = {"max_speed": 100.0, "period_s": 0.4, "phase": "uniform"}
    subject = compiled(scene(extra=lambda made: belt(made, wave, **promise)))
    drawn = draw_trials(subject.scene, draws(), 8)
    batch = TrialBatch(subject, drawn, 1, 0.001)
    for time_s in (0.0, 0.13, 0.31):
        batch.set_surfaces(time_s)
        levels = [abs(float(evaluate(wave, np.array([time_s + 0.4 * draw.phase[0]]))[0])) for draw in drawn]
        assert batch.surface_speeds()["belt"] == pytest.approx(0.1 * np.array(levels))
        assert len(set(levels)) == 2
