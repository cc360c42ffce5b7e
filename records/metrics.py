"""Computes the figures that tell how well the machinery and its engineers do, by SQL over exported data sets."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

from records.query import open_datasets
from records.views.facts import create_facts
from schemas.evaluation import SPLITS
from schemas.metrics import Metric, MetricsReport
from schemas.statistics import difference_interval
from schemas.verdict import JUDGE_VERSION

WITH_SKILL = "solved, with a skill"
COSTS, MASSES = ("unit_cost_usd", "cost_usd"), ("mass_g", "mass_total_g")
"""Names of an architect's claims that are estimates of a design's cost and mass."""

_SINCE = """
CREATE TEMP VIEW items AS FROM wanted WHERE date >= '{since}' AND task = 'design';
CREATE TEMP VIEW ended AS FROM rewarded WHERE date >= '{since}' AND policy <> 'generator';
CREATE TEMP VIEW judged AS SELECT v.* FROM verdicts v
    SEMI JOIN items i ON v.scene_hash = i.scene_hash WHERE v.judge_version = '{judge}';
CREATE TEMP VIEW heard AS SELECT m.*, e.engineer FROM messages m JOIN ended e USING (episode_id);
CREATE TEMP VIEW told AS
    SELECT h.episode_id, h.engineer, h.seq, h."at", v.passed, h.number FROM
        (SELECT *, row_number() OVER (PARTITION BY episode_id ORDER BY seq) AS number
        FROM heard WHERE kind = 'verdict') h
    JOIN submissions s ON s.episode_id = h.episode_id AND s.number = h.number JOIN verdicts v USING (verdict_id);
CREATE TEMP VIEW firsts AS
    SELECT episode_id, engineer, arg_min(seq, seq) AS seq, min("at") AS "at" FROM told WHERE passed GROUP BY ALL;
CREATE TEMP VIEW estimates AS
    SELECT CASE WHEN c.claim->>'name' IN {masses} THEN 'mass' ELSE 'cost' END AS of,
        CASE WHEN of = 'mass' THEN v.mass_g ELSE v.unit_cost_usd::DOUBLE END AS actual,
        abs((c.claim->>'value')::DOUBLE / actual - 1) AS error
    FROM told t JOIN submissions s ON s.episode_id = t.episode_id AND s.number = t.number
    JOIN judged v USING (verdict_id)
    JOIN heard p ON p.episode_id = t.episode_id AND p.kind = 'plan' AND p.seq < t.seq,
        LATERAL (SELECT unnest(json_extract(p.body, '$.claims[*]')) AS claim) c
    WHERE c.claim->>'name' IN {claims}
    QUALIFY p.seq = max(p.seq) OVER (PARTITION BY t.episode_id, t.seq);
CREATE TEMP VIEW reviewed AS
    SELECT t.episode_id, t.passed, arg_max(json_extract(r.body, '$.accepted')::BOOLEAN, r.seq) AS accepted
    FROM (SELECT *, lag(seq, 1, -1) OVER (PARTITION BY episode_id ORDER BY seq) AS earlier FROM told) t
    JOIN heard r ON r.episode_id = t.episode_id AND r.kind = 'review' AND r.author = 'critic'
        AND r.seq BETWEEN t.earlier + 1 AND t.seq - 1
        AND list_contains(json_extract_string(r.body, '$.points[*].point'), 'previewed')
    GROUP BY t.episode_id, t.seq, t.passed;
"""


class _Question(NamedTuple):
    """A figure; `sql` gives what it is of, its value (of a share NULL), and the counts behind it."""

    name: str
    unit: Literal["share", "s", "calls"]
    sql: str


_QUESTIONS = (
    _Question("verified", "share", "SELECT 'items drawn', NULL, count(*) FILTER (verified), count(*) FROM items"),
    _Question(
        "certified",
        "share",
        "SELECT 'verified items', NULL, count(*) FILTER (state = 'certified'), count(*) FROM items WHERE verified",
    ),
    _Question(
        "fragile",
        "share",
        "SELECT 'certified benchmarks', NULL, count(*) FILTER (fragile), count(*) FROM items WHERE state = 'certified'",
    ),
    _Question(
        "covered",
        "share",
        """SELECT 'families × difficulties 1–5', NULL,
            count(DISTINCT (family, difficulty)) FILTER (state = 'certified' AND difficulty IS NOT NULL),
            5 * count(DISTINCT family) FROM items""",
    ),
    _Question(
        "solved",
        "share",
        """SELECT engineer, NULL, sum(reward_main)::BIGINT, count(reward_main) FROM ended
        WHERE reward_main IS NOT NULL GROUP BY engineer ORDER BY engineer""",
    ),
    _Question(
        "robust",
        "share",
        """SELECT 'draws of certificates', NULL, count(*) FILTER (t.passed), count(*)
        FROM trials t JOIN judged v USING (verdict_id) WHERE v.purpose = 'certify' AND NOT t.half_step""",
    ),
    _Question(
        "stable",
        "share",
        """SELECT 'draws alike at half the step', NULL, count(*) FILTER (f.passed = h.passed), count(*)
        FROM trials f JOIN trials h ON f.verdict_id = h.verdict_id AND f.index = h.index
        JOIN judged v ON v.verdict_id = f.verdict_id WHERE NOT f.half_step AND h.half_step""",
    ),
    _Question(
        "off the plan's estimate",
        "share",
        """SELECT kind || ', median', median(error), NULL, count(error)
        FROM (VALUES ('cost'), ('mass')) AS kinds(kind) LEFT JOIN estimates ON of = kind GROUP BY kind ORDER BY kind""",
    ),
    _Question(
        "time to first valid",
        "s",
        """SELECT e.engineer || ', median', median(date_diff('microsecond', m.begun, f."at") / 1e6), NULL, count(*)
        FROM firsts f JOIN ended e USING (episode_id)
        JOIN (SELECT episode_id, min("at") AS begun FROM heard GROUP BY ALL) m USING (episode_id)
        GROUP BY e.engineer ORDER BY e.engineer""",
    ),
    _Question(
        "calls to first valid",
        "calls",
        """SELECT engineer || ', median', median(calls), NULL, count(*) FROM (
            SELECT f.engineer, count(c.seq) AS calls FROM firsts f LEFT JOIN heard c
                ON c.episode_id = f.episode_id AND c.seq < f.seq AND c.kind IN ('tool_call', 'submission')
            GROUP BY f.engineer, f.episode_id) GROUP BY engineer ORDER BY engineer""",
    ),
    _Question(
        WITH_SKILL,
        "share",
        """SELECT u.skill || ' ' || u.version || CASE WHEN u.shown THEN ' shown' ELSE ' withheld' END, NULL,
            sum(e.reward_main)::BIGINT, count(*) FROM skill_uses u JOIN ended e USING (episode_id)
        WHERE e.split = 'train' AND e.reward_main IS NOT NULL GROUP BY u.skill, u.version, u.shown ORDER BY ALL""",
    ),
    _Question(
        "critic's precision",
        "share",
        "SELECT 'accepted designs that passed', NULL, count(*) FILTER (passed), count(*) FROM reviewed WHERE accepted",
    ),
    _Question(
        "critic's recall",
        "share",
        """SELECT 'passing designs that it accepted', NULL, count(*) FILTER (accepted), count(*) FROM reviewed
        WHERE passed""",
    ),
    _Question(
        "refusals confirmed",
        "share",
        """SELECT 'refusals handed in', NULL,
            count(*) FILTER (author = 'critic' AND json_extract_string(body, '$.confirmed') = 'true'),
            count(*) FILTER (author <> 'critic') FROM heard WHERE kind = 'refusal'""",
    ),
    _Question(
        "fit for training",
        "share",
        """SELECT 'conversations', NULL, count(*) FILTER (dropped_because IS NULL), count(*) FROM ended
        WHERE policy <> 'reference_search'""",
    ),
)


def compute_metrics(folder: Path, since: date | None = None) -> MetricsReport:
    """Compute every figure over benchmarks and episodes recorded since a day (UTC), or of all time.

    Raises InputError for damaged data sets.
    """
    values = {"since": since or date.min, "judge": JUDGE_VERSION, "masses": MASSES, "claims": COSTS + MASSES}
    with open_datasets(folder) as connection:
        create_facts(connection, SPLITS["all"])
        connection.execute(_SINCE.format(**values))
        found = [metric for question in _QUESTIONS for metric in _answer(connection, question)]
    return MetricsReport(since=since, judge_version=JUDGE_VERSION, metrics=(*found, *_compare_skills(found)))


def _compare_skills(found: Sequence[Metric]) -> Sequence[Metric]:
    """Return what showing each version of a skill did, where it was both shown and withheld."""
    sides = {metric.of: (metric.part, metric.whole) for metric in found if metric.name == WITH_SKILL}
    blank = Metric(name="effect of a skill", of="–", value=None, unit="share", part=None, whole=0)
    effects = []
    for of, (solved, shown) in sides.items():
        skill = of.removesuffix(" shown")
        without, withheld = sides.get(f"{skill} withheld", (None, 0))
        if skill != of and solved is not None and without is not None:
            low, high = difference_interval((solved, without), (shown, withheld))
            told = {"value": solved / shown - without / withheld, "whole": shown + withheld, "low": low, "high": high}
            effects.append(blank.model_copy(update={"of": skill, **told}))
    return effects or [blank]


def _answer(connection: Any, question: _Question) -> list[Metric]:
    """Return the figures of a question, one without data where it has none."""
    rows = connection.sql(question.sql).fetchall() or [("–", None, None, 0)]
    return [
        Metric(
            name=question.name,
            of=of,
            value=part / whole if part is not None and whole else value,
            unit=question.unit,
            part=part,
            whole=whole,
        )
        for of, value, part, whole in rows
    ]
