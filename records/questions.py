"""Questions that people ask of the data sets, with their SQL; docs/data.md shows them, the notebook draws some."""

from typing import NamedTuple


class Question(NamedTuple):
    """A question, by a name, in words and in DuckDB's SQL."""

    name: str
    words: str
    sql: str


_WILSON = (
    "round(({p} + 1.9208 / {n} {sign} 1.96 * sqrt({p} * (1 - {p}) / {n} + 0.9604 / {n} / {n})) / (1 + 3.8416 / {n}), 3)"
)


def _interval(p: str, n: str) -> str:
    low, high = (_WILSON.format(p=p, n=n, sign=sign) for sign in "-+")
    return f"{low} AS low,\n    {high} AS high"


QUESTIONS = (
    Question(
        "solve_rate",
        "How often is a benchmark solved, by engineer, family and difficulty, with 95 % Wilson intervals?",
        f"""SELECT engineer, family, difficulty, count(*) AS attempts, avg(reward_main) AS rate,
    {_interval("rate", "attempts")}
FROM episodes JOIN benchmarks USING (item_id) WHERE reward_main IS NOT NULL GROUP BY ALL ORDER BY ALL""",  # noqa: S608 - our own words
    ),
    Question(
        "reasons",
        "Why do designs fail?",
        """SELECT reason.code AS code, count(*) AS tries, count(DISTINCT benchmark_id) AS benchmarks
FROM (SELECT benchmark_id, unnest(reasons) AS reason FROM previews UNION ALL
    SELECT benchmark_id, unnest(reasons) AS reason FROM verdicts) GROUP BY ALL ORDER BY tries DESC, code""",
    ),
    Question(
        "cost_and_mass",
        "What do designs that pass cost and weigh, against the budgets?",
        """SELECT benchmark_id, family, v.unit_cost_usd_double AS cost_usd, v.mass_g, max_cost_usd, max_mass_g
FROM verdicts v JOIN benchmarks USING (item_id, benchmark_id)
WHERE passed AND NOT draft_budgets AND purpose = 'verdict' ORDER BY family, cost_usd""",
    ),
    Question(
        "failed_trials",
        "What did a design that failed do, as far as its previews tell?",
        """SELECT benchmark_id, number, stage, round(closest_mm, 1) AS closest_mm, [r.code FOR r IN reasons] AS codes,
    reasons[1].message AS first
FROM previews WHERE kind = 'simulate' AND NOT passed ORDER BY benchmark_id, number""",
    ),
    Question(
        "price_per_process",
        "What does each process ask for, and for what?",
        """SELECT process, label, count(DISTINCT assembly_hash) AS designs,
    round(sum(amount_usd_double / quantity) / designs, 3) AS usd_an_assembly
FROM cost_lines JOIN verdicts USING (verdict_id) WHERE purpose = 'verdict'
GROUP BY ALL ORDER BY process, usd_an_assembly DESC""",
    ),
    Question(
        "conversation",
        "How did an episode go, message by message?",
        """SELECT seq, author, messages.kind, left(body, 60) AS begins
FROM messages WHERE episode_id = (SELECT min(episode_id) FROM episodes WHERE outcome = 'SOLVED') ORDER BY seq""",
    ),
    Question(
        "parameters",
        "Which values were drawn, and do they make a benchmark hard?",
        """SELECT p.name, p.unit, count(*) AS items, round(min(p.number), 3) AS least, round(max(p.number), 3) AS most,
    round(corr(p.number, difficulty), 2) AS with_difficulty
FROM (SELECT difficulty, unnest(parameters) AS p FROM benchmarks) WHERE p.number IS NOT NULL
GROUP BY ALL ORDER BY ALL""",
    ),
    Question(
        "previews",
        "How many previews come before a submission, and how many of them pass?",
        """SELECT policy, outcome, count(*) AS episodes, round(avg(submission_count), 2) AS submissions,
    round(avg(tried), 1) AS previews, round(avg(passing), 1) AS passing
FROM episodes JOIN (SELECT episode_id, count(*) AS tried, count(*) FILTER (passed) AS passing
    FROM previews WHERE kind <> 'lazy' GROUP BY ALL) USING (episode_id) GROUP BY ALL ORDER BY ALL""",
    ),
    Question(
        "origin",
        "What made which row: generator, draw, engineer, judge?",
        """SELECT generator, generator_version, b.seed, index, attempt, state, engineer, engineer_version, judge_version
FROM benchmarks b LEFT JOIN episodes e USING (item_id) LEFT JOIN verdicts v USING (episode_id)
ORDER BY b.seed, index, attempt, engineer""",
    ),
    Question(
        "skills",
        "What does showing a skill do?",
        """SELECT skill, version, shown, count(*) AS episodes, avg(reward_main) AS rate
FROM skill_uses JOIN episodes USING (episode_id) WHERE reward_main IS NOT NULL GROUP BY ALL ORDER BY ALL""",
    ),
    Question(
        "tokens",
        "How many tokens, simulated seconds and dollars does a solved benchmark take?",
        """SELECT engineer, sum(tokens) / nullif(sum(reward_main), 0) AS tokens,
    sum(money_usd) / nullif(sum(reward_main), 0) AS usd,
    round(sum(simulated_s) / nullif(sum(reward_main), 0), 1) AS simulated_s
FROM episodes WHERE reward_main IS NOT NULL GROUP BY ALL ORDER BY ALL""",
    ),
    Question(
        "yield",
        "How many of the items that were drawn became benchmarks, and how many gave a solution?",
        """SELECT family, count(*) AS drawn, count(*) FILTER (verified) AS verified,
    count(*) FILTER (state = 'certified') AS certified,
    count(DISTINCT s.benchmark_id) AS with_solution
FROM benchmarks b LEFT JOIN solutions s USING (item_id) GROUP BY ALL ORDER BY ALL""",
    ),
)
