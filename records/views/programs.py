"""Training views of problems and programs: repair, preference, their unpaired form, imitation, reinforcement."""

import pyarrow as pa

from records.arrow_schemas import REASON
from records.views.view import MESSAGES, OF_BENCHMARK, View, select
from schemas.verdict import JUDGE_VERSION

LEAST_CAP, CAP_SHARE = 20, 0.05
"""A family and mechanism has at most this share of the programs of a split, but may have so many in any case."""
DEARER = 1.01
"""A passing design is rejected for its cost where it costs 1 % more than the cheapest: rounding decides nothing."""

_PROGRAM = (
    ("program_sha256", pa.string(), "Hash of the program"),
    ("cost_usd", pa.float64(), "Unit cost of the design at the target quantity"),
    ("mass_g", pa.float64(), "Mass of the design"),
)
_FAILURE = (
    ("episode_id", pa.string(), "The episode that tried what failed; NULL: a design that passed"),
    ("tried_as", pa.string(), "`preview`, `submission` or `expected`"),
    ("stage", pa.string(), "Stage that ended it, or the kind of preview"),
    ("reasons", pa.list_(REASON), "Why it failed: code, message, where, numbers"),
)

REPAIR = View(
    "repair",
    "A program that failed on a benchmark with its verdict in words, and one of the same benchmark that passed: of the "
    "same episode if there is one, else the cheapest",
    "TRL (prompt-completion)",
    (
        *OF_BENCHMARK,
        *_FAILURE,
        ("failed_sha256", pa.string(), "Hash of the program that failed"),
        *_PROGRAM,
        ("prompt", MESSAGES, "Problem, failing program, verdict"),
        ("completion", MESSAGES, "The passing program"),
    ),
    select("""
        SELECT b.* EXCLUDE (program_sha256), f.episode_id, f.tried_as, f.stage, f.reasons,
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
    (
        *OF_BENCHMARK,
        *_FAILURE,
        ("decided_by", pa.string(), "`verdict`, or `cost` where both passed"),
        ("chosen_sha256", pa.string(), "Hash of the chosen program"),
        ("rejected_sha256", pa.string(), "Hash of the rejected program"),
        ("chosen_cost_ratio", pa.float64(), "Unit cost ÷ that of the best known design"),
        ("rejected_cost_ratio", pa.float64(), "The same of a rejected design that passed"),
        ("prompt", MESSAGES, "The problem"),
        ("chosen", MESSAGES, "The better program"),
        ("rejected", MESSAGES, "The worse program"),
    ),
    select(f"""
        WITH best AS (SELECT * FROM passing
            QUALIFY row_number() OVER (PARTITION BY benchmark_id ORDER BY cost_usd, program_sha256) = 1),
        worse AS (SELECT *, 'verdict' AS decided_by FROM failing
            UNION ALL BY NAME SELECT p.*, 'cost' AS decided_by FROM (FROM passing UNION ALL FROM previewed) p
            JOIN best b USING (benchmark_id)
            WHERE p.cost_usd > {DEARER} * b.cost_usd)
        SELECT b.* EXCLUDE (program_sha256), w.episode_id, w.tried_as, w.stage, w.reasons, w.decided_by,
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
    (
        *OF_BENCHMARK,
        *_PROGRAM,
        ("prompt", MESSAGES, "The problem"),
        ("completion", MESSAGES, "The program"),
        ("label", pa.bool_(), "Whether it passed"),
    ),
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
    (
        *OF_BENCHMARK,
        *_PROGRAM,
        ("tried_as", pa.string(), "`submission` or `expected`"),
        ("mechanism", pa.string(), "Hash of the program without its numbers"),
        ("prompt", MESSAGES, "The problem"),
        ("completion", MESSAGES, "The program"),
    ),
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
    (
        *OF_BENCHMARK,
        ("data_source", pa.string(), "`workpiece`: picks the reward function"),
        ("prompt", MESSAGES, "The problem"),
        ("ability", pa.string(), "`mechanical_design`"),
        (
            "reward_model",
            pa.struct([("style", pa.string()), ("ground_truth", pa.string())]),
            "`rule`; benchmark_id, and the call that judges a program, as JSON",
        ),
        (
            "extra_info",
            pa.struct(
                [
                    ("split", pa.string()),
                    ("index", pa.int64()),
                    ("benchmark_id", pa.string()),
                    ("judge_version", pa.string()),
                    ("max_cost_usd", pa.float64()),
                    ("max_mass_g", pa.float64()),
                    ("best_known_cost_usd", pa.float64()),
                    ("need_tools_kwargs", pa.bool_()),
                    (
                        "tools_kwargs",
                        pa.struct(
                            [("submit", pa.struct([("create_kwargs", pa.struct([("benchmark_id", pa.string())]))]))]
                        ),
                    ),
                ]
            ),
            "Place in the split, budgets, what a tool `submit` is created with",
        ),
    ),
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
        ("episode_id", pa.string(), "The episode"),
        *OF_BENCHMARK,
        ("engineer", pa.string(), "Who worked"),
        ("outcome", pa.string(), "How it ended"),
        ("dropped_because", pa.string(), "Why its conversation is in no view; NULL: it is in `sft`"),
        ("reward_main", pa.int64(), "1 solved, 0 not; NULL where the engineer has earned neither, or for review"),
        ("pass_fraction", pa.float64(), "Passing trials ÷ trials of the last submission"),
        ("margin_mm", pa.float64(), "Least clearance over its passing trials"),
        ("cost_ratio", pa.float64(), "Unit cost ÷ that of the expected solution, when solved"),
        ("mass_ratio", pa.float64(), "Mass ÷ that of the expected solution, when solved"),
        ("submissions_used", pa.int64(), "Designs handed in"),
        ("static_valid", pa.bool_(), "Whether the last submission passed every check before simulation"),
        ("tokens", pa.int64(), "Tokens of its models, in and out"),
        ("elapsed_s", pa.float64(), "Seconds from its first message to its last"),
        ("money_usd", pa.float64(), "Price of its models"),
        ("judge_version", pa.string(), "The judge that rewards"),
    ),
    select(f"""
        SELECT *, submission_count AS submissions_used, '{JUDGE_VERSION}' AS judge_version FROM rewarded
        ORDER BY episode_id"""),
)
