"""The relations that training views are made of: benchmarks of some splits, designs by verdict, episodes by reward."""

from collections.abc import Iterable
from typing import Any

from records.datasets import CHEAPEST_SHARE
from schemas.reasons import NOT_THEIRS, UNFINISHED
from schemas.verdict import JUDGE_VERSION


def _quote(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


_MACROS = r"""
CREATE TEMP MACRO fenced(program) AS '```python' || chr(10) || trim(program, chr(10)) || chr(10) || '```';
CREATE TEMP MACRO said(speaker, words) AS [{'role': speaker, 'content': words}];
CREATE TEMP MACRO in_words(reasons) AS array_to_string([
    '- ' || r.code || ': ' || r.message || CASE WHEN r."where" = '' THEN '' ELSE ' (' || r."where" || ')' END
    || CASE WHEN len(r.numbers) = 0 THEN '' ELSE '; ' || array_to_string(
        [trim(n.name || ' = ' || printf('%.6g', n.value) || ' ' || n.unit) FOR n IN r.numbers], ', ') END
    FOR r IN reasons], chr(10));
CREATE TEMP MACRO over(code, what, value, most, unit) AS CASE WHEN value > most THEN [{'code': code,
    'message': printf('the %s of %.2f %s exceeds the budget of %.2f %s', what, value, unit, most, unit), 'where': '',
    'numbers': [{'name': what, 'value': value, 'unit': unit}, {'name': 'limit', 'value': most, 'unit': unit}]}]
    ELSE [] END;
CREATE TEMP MACRO skeleton(program) AS md5(regexp_replace(program, '\d+(\.\d*)?([eE][-+]?\d+)?', '#', 'g'));
"""
_SOLVABLE = """
CREATE TEMP VIEW unlike AS
SELECT benchmark_id FROM verdicts WHERE key_fingerprint IS NOT NULL
GROUP BY benchmark_id, scene_hash, assembly_hash, catalogue_hash, judge_version, mujoco_version, purpose, submission,
    key_fingerprint, terms
HAVING count(DISTINCT (passed, list_sort(list_distinct([r.code FOR r IN reasons])))) > 1;
CREATE TEMP VIEW wanted AS
SELECT *, coalesce(benchmark_id IN (FROM unlike), FALSE) AS fragile FROM benchmarks WHERE split IN ({splits});
CREATE TEMP VIEW solvable AS SELECT * FROM wanted WHERE state = 'certified' AND NOT fragile;
"""
_DESIGNS = """
CREATE TEMP VIEW tried AS
SELECT b.benchmark_id, p.episode_id, 'preview' AS tried_as, p.number, p.program_sha256, p.program,
    CASE WHEN p.kind = 'lazy' THEN p.reasons ELSE p.reasons || over('OVER_MASS', 'mass', p.mass_g, b.max_mass_g, 'g')
        || over('OVER_COST', 'unit cost', p.cost_usd, b.max_cost_usd, 'USD') END AS found,
    p.kind IN ('simulate', 'lazy') AND len(found) = 0 AS passed,
    CASE WHEN p.passed AND len(found) > 0 THEN 'manufacturing' ELSE coalesce(p.stage, p.kind) END AS stage,
    p.cost_usd, p.mass_g, json_extract_string(p.record, '$.hashes.judge_version') AS judge_version
FROM previews p JOIN episodes e USING (episode_id, item_id) JOIN solvable b USING (item_id)
WHERE e.policy <> 'generator'
UNION ALL BY NAME
SELECT b.benchmark_id, s.episode_id, 'submission' AS tried_as, s.number, s.program_sha256, s.program,
    coalesce(v.passed, FALSE) AS passed, coalesce(v.stage, 'build') AS stage, coalesce(v.reasons, s.reasons) AS found,
    v.unit_cost_usd::DOUBLE AS cost_usd, v.mass_g, v.judge_version
FROM submissions s JOIN episodes e USING (episode_id, item_id) JOIN solvable b USING (item_id)
    LEFT JOIN verdicts v USING (verdict_id)
WHERE e.policy <> 'generator'
UNION ALL BY NAME
SELECT s.benchmark_id, NULL AS episode_id, 'expected' AS tried_as, 1 AS number, s.program_sha256, s.program,
    v.passed, v.stage, v.reasons AS found, s.unit_cost_usd AS cost_usd, s.mass_g, v.judge_version
FROM solutions s JOIN solvable USING (benchmark_id) JOIN verdicts v USING (verdict_id);

CREATE TEMP VIEW sound AS
SELECT t.* RENAME (found AS reasons) FROM tried t JOIN solvable b USING (benchmark_id)
WHERE t.program IS NOT NULL AND coalesce(t.judge_version, '{judge}') = '{judge}'
    AND coalesce(t.cost_usd >= {share} * b.best_known_cost_usd, TRUE)
    AND NOT list_has_any([r.code FOR r IN t.found], [{not_theirs}]);

CREATE TEMP VIEW passing AS
SELECT DISTINCT ON (benchmark_id, program_sha256) * FROM sound WHERE passed AND tried_as <> 'preview'
ORDER BY benchmark_id, program_sha256, episode_id NULLS LAST, number;

CREATE TEMP VIEW failing AS
SELECT DISTINCT ON (benchmark_id, program_sha256) * FROM sound ANTI JOIN passing USING (benchmark_id, program_sha256)
WHERE len(reasons) > 0 ORDER BY benchmark_id, program_sha256, tried_as DESC, episode_id, number;

CREATE TEMP VIEW previewed AS
SELECT DISTINCT ON (benchmark_id, program_sha256) * FROM sound
    ANTI JOIN passing USING (benchmark_id, program_sha256) ANTI JOIN failing USING (benchmark_id, program_sha256)
WHERE passed ORDER BY benchmark_id, program_sha256, episode_id, number;
"""
_REWARDED = """
CREATE TEMP VIEW timed AS
SELECT episode_id, date_diff('microsecond', min("at"), max("at")) / 1e6 AS elapsed_s FROM messages GROUP BY episode_id;

CREATE TEMP VIEW rewarded AS
WITH judged AS (
    SELECT e.*, b.family, b.kind, b.difficulty, b.state, b.statement, b.fragile, t.elapsed_s,
        v.judge_version IS DISTINCT FROM '{judge}' AND v.judge_version IS NOT NULL AS judged_otherwise
    FROM episodes e JOIN wanted b USING (item_id) LEFT JOIN timed t USING (episode_id)
    LEFT JOIN submissions s ON s.episode_id = e.episode_id AND s.number = e.submission_count
    LEFT JOIN verdicts v USING (verdict_id)
)
SELECT * REPLACE (CASE WHEN judged_otherwise OR fragile THEN NULL ELSE reward_main END AS reward_main),
    CASE WHEN policy = 'generator' THEN 'made a benchmark, solved none'
        WHEN policy = 'reference_search' THEN 'reference search, no conversation'
        WHEN outcome IN ({unfinished}) THEN 'ended by the machinery, a defect or a user'
        WHEN state <> 'certified' THEN 'its benchmark is not certified'
        WHEN fragile THEN 'fragile: on another processor the same is judged otherwise'
        WHEN judged_otherwise THEN 'another judge version than {judge}'
        WHEN needs_review THEN 'for review: costs less than {share} of the best known'
        WHEN outcome <> 'SOLVED' THEN 'not solved' END AS dropped_because
FROM judged;
"""


def create_facts(connection: Any, splits: Iterable[str]) -> None:
    """Create the relations for benchmarks of these splits, under the judge's version of this program.

    `wanted` and `solvable`: benchmarks, `fragile` where another processor judges the same otherwise (mechanics §4), and
    those certified that are not. `passing`, `failing`, `previewed`: one row for each
    program on a solvable benchmark that the judge passed; that failed whatever tried it, or the final budgets; that
    only previews have passed. `rewarded`: every episode with its reward, and why it is unfit for imitation (NULL: it
    is fit).
    """
    values = {
        "splits": _quote(splits),
        "judge": JUDGE_VERSION,
        "share": CHEAPEST_SHARE,
        "not_theirs": _quote(NOT_THEIRS),
        "unfinished": _quote(UNFINISHED),
    }
    connection.execute(_MACROS)
    connection.execute((_SOLVABLE + _DESIGNS + _REWARDED).format(**values))
