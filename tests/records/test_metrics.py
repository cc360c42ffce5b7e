"""The figures over everything recorded: each counted over what it says, and none where there is nothing."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from records import Store, compute_metrics, export, open_store, query
from schemas.messages import (
    EpisodeGoal,
    MessageBody,
    Plan,
    Refusal,
    RequestComplete,
    Review,
    ReviewPoint,
    SkillRead,
    ToolCall,
    VerdictGiven,
)
from schemas.messages import Message as Said
from schemas.reasons import Outcome
from schemas.record import Measure
from schemas.statistics import difference_interval
from tests.records import samples
from tests.records.test_store import record

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def review(accepted: bool) -> Review:
    """The critic's judgement before a submission."""
    return Review(accepted=accepted, points=(ReviewPoint(point="previewed", ok=accepted, evidence="seen"),))


def work(passed: bool, accepted: bool) -> tuple[MessageBody, ...]:
    """An engineer whose plan claims 30 g for what weighs 60 g, and who refuses twice, once rightly."""
    refused = {"item": None, "claims": (Measure(name="volume_mm3", value=1.0, unit="mm3"),)}
    claims = (Measure(name="mass_g", value=30.0, unit="g"), Measure(name="unit_cost_usd", value=9.5, unit="USD"))
    return (
        EpisodeGoal(statement="Move it.", budgets=samples.BUDGETS),
        SkillRead(skill="room", version=1, shown=passed),
        Plan(version=1, text="Build.", items=(), claims=claims),
        Refusal(proof="reach_bound", confirmed=False, **refused),
        Refusal(proof="cost_lower_bound", **refused),
        Refusal(proof="cost_lower_bound", confirmed=True, **refused),
        ToolCall(call_id="c1", tool="simulate", arguments="{}"),
        review(accepted),
        VerdictGiven(submission=1, passed=passed, reasons=()),
        RequestComplete(answers_seq=0, outcome=Outcome.SOLVED if passed else Outcome.FAILED),
    )


def record_work(
    store: Store, seed: int, passed: bool, accepted: bool, split: str = "train", policy: str = "llm"
) -> None:
    """Record such an episode on a certified benchmark, a message every second."""
    record(store, seed, split=split)
    item = samples.settled(samples.benchmark(seed, split))
    base = samples.episode(samples.benchmark(seed, split), passed)
    key = base.key.model_copy(update={"engineer": "llm:x", "benchmark_id": item.benchmark_id})
    authors = ("critic", "judge")
    said = tuple(
        Said(
            episode_id=key.episode_id,
            seq=n,
            author=authors[0] if isinstance(body, Review) or getattr(body, "confirmed", None) else "engineer",
            at=BEGUN + timedelta(seconds=n),
            body=body,
        )
        for n, body in enumerate(work(passed, accepted))
    )
    verdict = samples.verdict(item, "verdict", passed).model_copy(update={"submission": 9})
    made = base.submissions[0].model_copy(update={"verdict": verdict})
    changes = {"key": key, "policy": policy, "messages": said, "submissions": (made,)}
    store.record_episode(item.draft.key.item_id, base.model_copy(update=changes), samples.design_files(seed))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data sets of three such episodes: solved and accepted, solved though objected to, failed though accepted."""
    folder = tmp_path_factory.mktemp("exported")
    with open_store(f"sqlite:///{folder / 'store.sqlite'}", folder / "files") as store:
        for seed, passed, accepted in ((1, True, True), (2, True, False), (3, False, True)):
            record_work(store, seed, passed, accepted)
        store.record_benchmark(samples.refused(4), {})
        export(store, folder / "d")
    return folder / "d"


@pytest.fixture(scope="module")
def figures(exported: Path) -> dict[tuple[str, str], tuple[float | None, int | None, int]]:
    """Every figure of them."""
    return {(m.name, m.of): (m.value, m.part, m.whole) for m in compute_metrics(exported).metrics}


def test_shares_are_counted_over_what_they_say(figures: dict[tuple[str, str], tuple]) -> None:
    assert figures["verified", "items drawn"] == (0.75, 3, 4)
    assert figures["certified", "verified items"] == (1.0, 3, 3)
    assert figures["fragile", "certified benchmarks"] == (0.0, 0, 3)
    assert figures["covered", "families × difficulties 1–5"] == (0.2, 1, 5)
    assert figures["solved", "llm:x"] == (2 / 3, 2, 3)
    assert figures["solved", "reference"] == (1.0, 3, 3)
    assert figures["robust", "draws of certificates"] == (1.0, 12, 12)
    assert figures["stable", "draws alike at half the step"] == (1.0, 6, 6)
    assert figures["fit for training", "conversations"] == (2 / 3, 2, 3)


def test_critic_and_refusals_are_held_against_what_came_of_them(figures: dict[tuple[str, str], tuple]) -> None:
    assert figures["critic's precision", "accepted designs that passed"] == (0.5, 1, 2)
    assert figures["critic's recall", "passing designs that it accepted"] == (0.5, 1, 2)
    assert figures["refusals confirmed", "refusals handed in"] == (0.5, 3, 6)
    assert figures["solved, with a skill", "room 1 shown"] == (1.0, 2, 2)
    assert figures["solved, with a skill", "room 1 withheld"] == (0.0, 0, 1)


def test_effect_of_a_skill_has_its_interval(exported: Path) -> None:
    effect = next(one for one in compute_metrics(exported).metrics if one.name == "effect of a skill")
    low, high = difference_interval((2, 0), (2, 1))
    assert (effect.of, effect.value, effect.low, effect.high) == ("room 1", 1.0, low, high) and low < 0.0 < high
    assert (effect.shown, effect.counted) == ("100.0 %", f"{100 * low:+.1f} to {100 * high:+.1f} %, of 3")


def test_estimates_and_first_valid_designs_are_medians(figures: dict[tuple[str, str], tuple]) -> None:
    assert figures["off the plan's estimate", "mass, median"] == (0.5, None, 3)
    assert figures["off the plan's estimate", "cost, median"] == (0.0, None, 3)
    assert figures["time to first valid", "llm:x, median"] == (8.0, None, 2)
    assert figures["calls to first valid", "llm:x, median"] == (1.0, None, 2)


def test_first_valid_design_counts_where_what_was_said_is_withheld(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path / "files") as store:
        record_work(store, 1, True, True, "test_within", "reference_search")
        export(store, tmp_path / "d")
    held = query("SELECT count(*) FROM messages WHERE body IS NULL AND kind = 'verdict'", tmp_path / "d")
    assert held.rows == ((1,),)
    found = {metric.name: (metric.of, metric.value, metric.whole) for metric in compute_metrics(tmp_path / "d").metrics}
    assert found["time to first valid"] == ("llm:x, median", 8.0, 1)


def test_figures_without_data_have_no_value(exported: Path) -> None:
    later = compute_metrics(exported, since=date(2999, 1, 1))
    assert {(metric.value, metric.whole) for metric in later.metrics} == {(None, 0)}
    assert {metric.name for metric in later.metrics} == {metric.name for metric in compute_metrics(exported).metrics}
    assert any(metric.whole for metric in compute_metrics(exported, since=date(2020, 1, 1)).metrics)


def test_figures_are_the_current_judges(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("records.metrics", "records.views.facts"):
        monkeypatch.setattr(f"{module}.JUDGE_VERSION", "another")
    values = {metric.name: metric.whole for metric in compute_metrics(exported).metrics}
    assert (values["solved"], values["robust"], values["verified"]) == (0, 0, 4)
