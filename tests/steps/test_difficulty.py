"""No batch has more than 15 % of items that can come out with difficulty 1, whatever its size."""

import pytest

from agents.procedural_generator import generate_draft
from schemas.benchmark import MOST_ATTEMPTS, Benchmark, ItemKey
from schemas.reasons import BenchmarkState
from schemas.verdict import VerificationReport
from steps.difficulty import find_misfit, may_be_easy, takes_easy


def verified(family: str, index: int, *canned: str, slack: float | None = 1.5, attempt: int = 0) -> Benchmark:
    draft = generate_draft(ItemKey(family=family, seed=7, index=index, attempt=attempt))
    draft = draft if slack is None else draft.model_copy(update={"slack": slack})
    report = VerificationReport(passed=True, checks=(), canned_passed=canned, scene_hash=None)
    return Benchmark(draft=draft, state=BenchmarkState.VERIFIED, scene_hash=None, report=report)


def test_easy_items_are_at_most_their_share_of_every_batch() -> None:
    taken = [takes_easy(index) for index in range(1000)]
    assert all(sum(taken[:count]) <= 0.15 * count for count in range(1, 1001)) and sum(taken) == 150


@pytest.mark.parametrize("family", ["pendulum_hazard", "conveyor_divert"])
def test_two_canned_designs_make_a_moving_scene_easy(family: str) -> None:
    assert may_be_easy(verified(family, 0, "ramp_30", "ramp_45")) and not may_be_easy(verified(family, 0, "ramp_30"))


def test_static_scene_without_features_may_be_easy() -> None:
    easy = [index for index in range(20) if may_be_easy(verified("drop_chute", index))]
    assert 0 < len(easy) < 20 and not any(may_be_easy(verified("drop_chute", index, slack=1.2)) for index in easy)


def test_batch_of_static_scenes_keeps_the_share() -> None:
    """Even where every family is static, and the last of five attempts stands whatever it is."""
    kept = []
    for index in range(100):
        draws = [verified("drop_chute", index, slack=None, attempt=attempt) for attempt in range(MOST_ATTEMPTS)]
        kept.append(next(item for item in draws if not find_misfit(item)))
    assert 0 < sum(may_be_easy(item) for item in kept) <= 15
