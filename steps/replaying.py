"""Makes again what is stored, from what it was made from: an episode's hashes, and the verdicts on solutions."""

import json
from collections.abc import Iterator, Mapping, Sequence

from agents.protocols import Built
from records.replaying import find_problem, list_programs, list_solved
from schemas.benchmark import Benchmark
from schemas.episode import Episode
from schemas.jobs import ConvertBundle, ConvertReply
from schemas.messages import Artifact, ToolCall, ToolReturn
from schemas.record import Record, Sha256, ShortText, hash_bytes
from schemas.verdict import Verdict
from steps.building import build_program, scene_files
from steps.context import RunContext
from steps.exporting import export_datasets
from steps.judging import judge_design
from steps.progress import tell_stage
from steps.sandbox_workbench import SandboxWorkbench
from steps.sandboxes import require


class Replayed(Record):
    """One thing that was made again: its hash as stored, and as it is now; NULL: there was or is none.

    `same_key` is false of a verdict that was given under another key of the draws than this workspace has.
    """

    what: ShortText
    stored: Sha256 | None
    made: Sha256 | None
    same_key: bool = True

    @property
    def identical(self) -> bool:
        """Say whether both are the same."""
        return self.stored == self.made


class Rejudged(Record):
    """A stored verdict on a solution beside today's: what moved is in `changes`, in words; `same_key` as above."""

    benchmark_id: Sha256
    bundle_hash: Sha256
    purpose: ShortText
    passed_before: bool
    passed: bool
    identical: bool
    changes: tuple[ShortText, ...]
    same_key: bool = True

    @property
    def moved(self) -> bool:
        """Say whether it passes no longer, or does now, or fails for another reason."""
        return bool(self.changes)


def replay(context: RunContext, episode: Episode) -> tuple[Replayed, ...]:
    """Make geometry, MJCF, pictures and verdicts of an episode anew; raises InputError where it has no scene."""
    item = find_problem(context.store, episode.key.episode_id)
    files = context.store.load_bundle_files(item.scene_hash or "")
    return tuple(
        one
        for part in (_replay_scene, _replay_designs, _replay_pictures, _replay_verdicts)
        for one in part(context, episode, item, files)
    )


def reverify(context: RunContext) -> Iterator[Rejudged]:
    """Judge every stored solution again, and what certified it, under the judge and the catalogue of today.

    The verdicts of another processor than gave the stored ones are stored too: they tell which benchmarks are fragile.
    """
    stored = False
    for item, bundle_hash in list_solved(context.store):
        solution = context.store.find_solution(item.benchmark_id or "", bundle_hash)
        if solution is None or item.benchmark_id is None or item.scene_hash is None:
            continue
        scene, files = (context.store.load_bundle_files(one) for one in (item.scene_hash, bundle_hash))
        design = Built(solution.program, bundle_hash, files, (), 0.0)
        for before in (solution.verdict, solution.certificate):
            if before is not None:
                tell_stage(f"reverify {item.benchmark_id[:12]} {before.purpose}")
                verdict = _judge_again(context, scene, design, item, before)
                if _is_of_another_processor(before, verdict):
                    context.store.record_verdict(verdict)
                    stored = True
                yield _compare(item.benchmark_id, bundle_hash, before, verdict)
    if stored:
        export_datasets(context)


def _replay_scene(context: RunContext, _: Episode, item: Benchmark, files: Mapping[str, bytes]) -> Iterator[Replayed]:
    built = build_program(context, item.draft.program.source, item.key.seed, "scene")
    yield Replayed(what="scene: geometry", stored=item.scene_hash, made=built.bundle_hash)
    found = require(ConvertReply, context.call(ConvertBundle(), scene_files(files)))
    yield Replayed(what="scene: MJCF", stored=item.report.mjcf_sha256, made=found.mjcf_sha256)


def _replay_designs(context: RunContext, episode: Episode, _: Benchmark, __: Mapping[str, bytes]) -> Iterator[Replayed]:
    for program, bundle_hash in list_programs(context.store, episode.key.episode_id):
        built = build_program(context, program.source, episode.key.seed, "assembly")
        yield Replayed(what=f"design {program.sha256[:12]}", stored=bundle_hash, made=built.bundle_hash)


def _replay_pictures(
    context: RunContext, episode: Episode, item: Benchmark, files: Mapping[str, bytes]
) -> Iterator[Replayed]:
    """Draw again what the tool `render` drew, of the version of the program that there was then."""
    names, asked = dict[str, str](), dict[str, tuple[str | None, list[float]]]()
    for message in episode.messages:
        body = message.body
        if isinstance(body, Artifact):
            names[body.name] = body.sha256
        elif isinstance(body, ToolCall) and body.tool == "render":
            given = json.loads(body.arguments)
            asked[body.call_id] = names.get(given.get("name") or ""), given.get("times_s") or [0.0]
        elif isinstance(body, ToolReturn) and body.ok and body.call_id in asked:
            drawn = _draw(context, episode, item, files, *asked[body.call_id])
            seen = [name for name in json.loads(body.body)["views"] if name in names]
            for name in seen:
                made = next((sha256 for sha256 in drawn if sha256 == names[name]), drawn[0] if drawn else None)
                yield Replayed(what=f"picture {name}", stored=names[name], made=made)


def _draw(
    context: RunContext,
    episode: Episode,
    item: Benchmark,
    files: Mapping[str, bytes],
    program: str | None,
    times_s: Sequence[float],
) -> list[str]:
    workbench = SandboxWorkbench(context, item, files, episode.key.seed)
    design = None if program is None else workbench.build(context.store.load_content(program).decode())
    pictures = workbench.render(design, times_s)
    return [hash_bytes(data) for name, data in pictures.items() if name.endswith(".png")]


def _replay_verdicts(
    context: RunContext, episode: Episode, item: Benchmark, files: Mapping[str, bytes]
) -> Iterator[Replayed]:
    for submission in episode.submissions:
        before = submission.verdict
        if before is None or submission.bundle_hash is None or item.benchmark_id is None:
            continue
        stored = context.store.load_bundle_files(submission.bundle_hash)
        design = Built(submission.program, submission.bundle_hash, stored, (), 0.0)
        verdict = _judge_again(context, files, design, item, before)
        number = submission.number
        yield Replayed(what=f"submission {number}: MJCF", stored=before.hashes.mjcf, made=verdict.hashes.mjcf)
        hashes = {"stored": before.digest(), "made": verdict.digest()}
        yield Replayed(what=f"submission {number}: verdict", **hashes, same_key=_has_one_key(before, verdict))


def _judge_again(
    context: RunContext, scene: Mapping[str, bytes], design: Built, item: Benchmark, before: Verdict
) -> Verdict:
    """Return the verdict on a design of a minted benchmark anew; without terms where the stored one has none."""
    key, certifies = item.benchmark_id or "", before.purpose == "certify"
    draws = context.certificate_draws(key) if certifies else context.draws(key, before.purpose, before.submission)
    verdict = judge_design(context, scene, design, item.budgets, draws)
    return verdict if before.terms else verdict.model_copy(update={"terms": None})


def _compare(benchmark_id: str, bundle_hash: str, before: Verdict, verdict: Verdict) -> Rejudged:
    codes, today = (tuple(dict.fromkeys(r.code.value for r in one.reasons)) for one in (before, verdict))
    changes = []
    if (before.passed, codes) != (verdict.passed, today):
        changes.append(f"{_tell(before)} before, {_tell(verdict)} now")
        changes += [f"{name}: {old} before, {new} now" for name, old, new in _inputs(before, verdict) if old != new]
    return Rejudged(
        benchmark_id=benchmark_id,
        bundle_hash=bundle_hash,
        purpose=before.purpose,
        passed_before=before.passed,
        passed=verdict.passed,
        identical=before.canonical_json() == verdict.canonical_json(),
        changes=tuple(change[:400] for change in changes),
        same_key=_has_one_key(before, verdict),
    )


def _has_one_key(before: Verdict, verdict: Verdict) -> bool:
    """Say whether two verdicts drew by one key, as far as the first one tells."""
    return (
        before.terms is None or verdict.terms is None or before.terms.key_fingerprint == verdict.terms.key_fingerprint
    )


def _is_of_another_processor(before: Verdict, verdict: Verdict) -> bool:
    """Say whether two verdicts differ in where they were given, and in nothing else that may decide them."""
    one, other = (v.hashes.model_dump(exclude={"cpu_model", "mjcf"}) for v in (before, verdict))
    elsewhere = before.hashes.cpu_model != verdict.hashes.cpu_model
    return elsewhere and one == other and before.terms == verdict.terms


def _tell(verdict: Verdict) -> str:
    first = verdict.reasons[0] if verdict.reasons else None
    return "passed" if first is None else f"{first.code.value} ({first.message})"


def _inputs(before: Verdict, verdict: Verdict) -> Iterator[tuple[str, object, object]]:
    """Yield what may be why."""
    yield "judge", before.hashes.judge_version, verdict.hashes.judge_version
    yield "MuJoCo", before.hashes.mujoco_version, verdict.hashes.mujoco_version
    yield "catalogue", before.hashes.catalogue[:12], verdict.hashes.catalogue[:12]
    yield "MJCF", (before.hashes.mjcf or "none")[:12], (verdict.hashes.mjcf or "none")[:12]
    yield "unit cost in USD", before.unit_cost_usd, verdict.unit_cost_usd
    yield "mass in g", before.mass_g, verdict.mass_g
    yield "trials passed", before.pass_fraction, verdict.pass_fraction
    yield "CPU", before.hashes.cpu_model, verdict.hashes.cpu_model
