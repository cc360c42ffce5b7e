"""The figures of an evaluation are those of its attempts, whoever the machinery failed."""

import pytest

from schemas.evaluation import Attempt, GroupRow
from schemas.reasons import Outcome
from schemas.record import hash_parts
from steps.evaluating import sum_up

PLAYED = (  # benchmark, family, split, attempt, outcome, cost ratio
    ("one", "drop_chute", "train", 0, Outcome.SOLVED, 1.2),
    ("one", "drop_chute", "train", 1, Outcome.SOLVED, 1.4),
    ("two", "drop_chute", "train", 0, Outcome.BUDGET_SUBMISSIONS, None),
    ("two", "drop_chute", "train", 1, Outcome.SOLVED, 0.8),
    ("three", "seesaw", "test_cross", 0, Outcome.INFRASTRUCTURE, None),
    ("four", "seesaw", "test_cross", 0, Outcome.FAILED, None),
)


def attempts(most: int = 99) -> list[Attempt]:
    used = {"submissions": 2, "previews": 3, "simulations": 1, "tokens": 600, "money_usd": 0.3, "elapsed_s": 5.0}
    seen = {"pass_fraction": 0.9375, "margin_mm": 2.0, "label": "e"}
    return [
        Attempt(benchmark_id=hash_parts(b), episode_id=hash_parts(b, str(n)), family=f, split=s, attempt=n, outcome=o,
                cost_ratio=cost, **used, **seen)
        for b, f, s, n, o, cost in PLAYED[:most]
    ]  # fmt: skip


def rows(played: list[Attempt]) -> dict[str, GroupRow]:
    return {row.group: row for row in sum_up(["e"], played)}


def test_figures_are_those_of_the_attempts() -> None:
    whole = rows(attempts())["all"]
    assert (whole.attempts, whole.failed_by_machinery) == (6, 1)
    assert (whole.solved_at_1.solved, whole.solved_at_1.benchmarks) == (1, 3)
    assert (whole.solved_at_k.solved, whole.solved_at_k.benchmarks) == (2, 3)
    assert (whole.solved_at_1.low, whole.solved_at_1.high) == pytest.approx((0.0615, 0.7923), abs=1e-4)
    assert (whole.cost_ratio, whole.pass_fraction, whole.margin_mm) == (1.2, 0.9375, 2.0)
    assert (whole.submissions, whole.previews, whole.elapsed_s) == (2.0, 3.0, 5.0)
    assert (whole.tokens_per_solved, whole.usd_per_solved) == pytest.approx((1000.0, 0.5))


def test_families_are_told_apart_where_some_are_held_out() -> None:
    assert list(rows(attempts())) == ["all", "within families", "across families", "drop_chute", "seesaw"]
    assert rows(attempts())["across families"].solved_at_1.solved == 0
    assert rows(attempts())["across families"].cost_ratio is None
    assert list(rows(attempts(4))) == ["all", "drop_chute"]
