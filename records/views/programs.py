"""Training views of problems and programs: repair, preference, their unpaired form, imitation, reinforcement."""

from records.views.view import OF_BENCHMARK, View, select
from schemas.verdict import JUDGE_VERSION

LEAST_CAP, CAP_SHARE = 20, 0.05
"""A family and mechanism has at most this share of the programs of a split, but may have so many in any case."""
DEARER = 1.01
"""A passing design is rejected for its cost where it costs 1 % more than the cheapest: rounding decides nothing."""

_PROGRAM = ("program_sha256", "cost_usd", "mass_g")
_FAILURE = ("episode_id", "tried_as", "stage", "reasons")
_PAIR = ("chosen_sha256", "rejected_sha256", "chosen_cost_ratio", "rejected_cost_ratio")
_REWARD = ("pass_fraction", "margin_mm", "cost_ratio", "mass_ratio", "submissions_used", "static_valid", "tokens")

REPAIR = View(
    "repair",
    "A program that failed on a benchmark with its verdict in words, and one of the same benchmark that passed: of the "
    "same episode if there is one, else the cheapest",
    "TRL (prompt-completion)",
    (*OF_BENCHMARK, *_FAILURE, "failed_sha256", *_PROGRAM, "prompt", "completion"),
    select("""
        SELECT b.* EXCLUDE (program_sha256, reasons), f.episode_id, f.tried_as, f.stage, f.reasons,
            f.program_sha256 AS failed_sha256, p.program_sha256, p.cost_usd, p.mass_g,
            said('user', b.statement || chr(10) || chr(10) || 'This program does not solve it:' || chr(10) || chr(10)
                || fenced(f.program) || chr(10) || chr(10) || 'It ended at: ' || f.stage || chr(10)
                || in_words(f.reasons) || chr(10) || chr(10) || 'Write a program that does.') AS prompt,
            said('assistant', fenced(p.program)) AS completion
        FROM failing f JOIN passing p USING (benchmark_id) JOIN solvable b USING (benchmark_id)
        QUALIFY row_number() OVER (PARTITION BY benchmark_id, f.program_sha256 ORDER BY
            p.episode_id IS DISTINCT FROM f.episode_id, p.cost_usd, p.program_sha256) = 1
        ORDER BY benchmark_id, failed_sha256"""),
)

PREFERENCE = View(
    "preference",
    "The cheapest design that passed on a benchmark, and one that failed, or that passed the judge or "
    f"its previews and costs over {DEARER - 1:.0%} more",
    "TRL (preference: DPO, reward modelling)",
    (*OF_BENCHMARK, *_FAILURE, "decided_by", *_PAIR, "prompt", "chosen", "rejected"),
    select(f"""
        WITH best AS (SELECT * FROM passing
            QUALIFY row_number() OVER (PARTITION BY benchmark_id ORDER BY cost_usd, program_sha256) = 1),
        worse AS (SELECT *, 'verdict' AS decided_by FROM failing
            UNION ALL BY NAME SELECT p.*, 'cost' AS decided_by FROM (FROM passing UNION ALL FROM previewed) p
            JOIN best b USING (benchmark_id)
            WHERE p.cost_usd > {DEARER} * b.cost_usd)
        SELECT b.* EXCLUDE (program_sha256, reasons), w.episode_id, w.tried_as, w.stage, w.reasons, w.decided_by,
            best.program_sha256 AS chosen_sha256, w.program_sha256 AS rejected_sha256,
            best.cost_usd / b.best_known_cost_usd AS chosen_cost_ratio,
            CASE WHEN w.decided_by = 'cost' THEN w.cost_usd / b.best_known_cost_usd END AS rejected_cost_ratio,
            said('user', b.statement) AS prompt, said('assistant', fenced(best.program)) AS chosen,
            said('assistant', fenced(w.program)) AS rejected
        FROM worse w JOIN best USING (benchmark_id) JOIN solvable b USING (benchmark_id)
        ORDER BY benchmark_id, rejected_sha256"""),
)

KTO = View(
    "kto",
    "A program that was tried on a benchmark, and whether the judge passed it",
    "TRL (unpaired preference: KTO)",
    (*OF_BENCHMARK, *_PROGRAM, "prompt", "completion", "label"),
    select("""
        SELECT b.* EXCLUDE (program_sha256), d.program_sha256, d.cost_usd, d.mass_g, d.passed AS label,
            said('user', b.statement) AS prompt, said('assistant', fenced(d.program)) AS completion
        FROM (FROM passing UNION ALL FROM failing) d JOIN solvable b USING (benchmark_id)
        ORDER BY benchmark_id, program_sha256"""),
)

SFT_PROGRAMS = View(
    "sft_programs",
    "A problem and a program that solves it, reference designs included. Programs for one benchmark that differ in "
    "their numbers alone are one cluster, of which the cheapest is here; a family and mechanism (programs alike but "
    f"for their numbers) has at most {CAP_SHARE:.0%} of a split's clusters, or {LEAST_CAP} where that is more",
    "TRL (prompt-completion)",
    (*OF_BENCHMARK, *_PROGRAM, "tried_as", "mechanism", "prompt", "completion"),
    select(f"""
        WITH clusters AS (SELECT *, skeleton(program) AS mechanism FROM passing
            QUALIFY row_number() OVER (PARTITION BY benchmark_id, mechanism ORDER BY cost_usd, program_sha256) = 1)
        SELECT b.* EXCLUDE (program_sha256), c.* EXCLUDE (benchmark_id, reasons, stage, number),
            said('user', b.statement) AS prompt, said('assistant', fenced(c.program)) AS completion
        FROM clusters c JOIN solvable b USING (benchmark_id)
        QUALIFY row_number() OVER (PARTITION BY split, family, mechanism ORDER BY md5(c.program_sha256 || benchmark_id))
            <= greatest({LEAST_CAP}, {CAP_SHARE} * count(*) OVER (PARTITION BY split))
        ORDER BY benchmark_id, program_sha256"""),
)

RL = View(
    "rl",
    "A certified benchmark as a prompt, and how an answer to it is judged",
    "verl (RLHFDataset)",
    (*OF_BENCHMARK, "data_source", "prompt", "ability", "reward_model", "extra_info"),
    select(f"""
        SELECT *, 'workpiece' AS data_source, said('user', statement) AS prompt, 'mechanical_design' AS ability,
            {{'style': 'rule', 'ground_truth': json_object('benchmark_id', benchmark_id,
                'judge', 'workpiece judge ' || benchmark_id || ' PROGRAM.py --json')::VARCHAR}} AS reward_model,
            {{'split': split, 'index': row_number() OVER (PARTITION BY split ORDER BY benchmark_id) - 1,
                'benchmark_id': benchmark_id, 'judge_version': '{JUDGE_VERSION}', 'max_cost_usd': max_cost_usd,
                'max_mass_g': max_mass_g, 'best_known_cost_usd': best_known_cost_usd, 'need_tools_kwargs': TRUE,
                'tools_kwargs': {{'submit': {{'create_kwargs': {{'benchmark_id': benchmark_id}}}}}}}} AS extra_info
        FROM solvable ORDER BY benchmark_id"""),
)

REWARDS = View(
    "rewards",
    "An episode's reward and its parts, never summed, under the judge's version of this program; and whether its "
    "conversation is fit for imitation, else why not",
    "any reader of Parquet",
    (
        "episode_id",
        *OF_BENCHMARK,
        "engineer",
        "outcome",
        "dropped_because",
        "reward_main",
        *_REWARD,
        "elapsed_s",
        "money_usd",
        "judge_version",
    ),
    select(f"""
        SELECT *, submission_count AS submissions_used, '{JUDGE_VERSION}' AS judge_version FROM rewarded
        ORDER BY episode_id"""),
)
