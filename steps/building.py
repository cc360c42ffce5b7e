"""Builds programs into bundles in a builder sandbox, and turns what went wrong into reasons."""

from collections.abc import Mapping
from typing import Literal

from agents.protocols import Built
from schemas.benchmark import ProgramText
from schemas.jobs import ASSEMBLY_PREFIX, SCENE_PREFIX, BuildProgram, BuildReply
from schemas.reasons import Reason, ReasonCode
from schemas.record import hash_bytes
from steps.context import RunContext


def text_of(source: str) -> ProgramText:
    """Return a program's source with its hash."""
    return ProgramText(source=source, sha256=hash_bytes(source.encode()))


def build_program(context: RunContext, source: str, seed: int, expects: Literal["scene", "assembly"]) -> Built:
    """Run a program in a fresh fork of a warm builder and return its bundle, or the reasons why there is none."""
    answer = context.call(BuildProgram(program=source, seed=seed, expects=expects), {})
    text, cpu_s = text_of(source), answer.outcome.usage.cpu_seconds
    if not isinstance(answer.reply, BuildReply):
        return Built(text, None, {}, answer.reasons, cpu_s)
    if answer.reply.bundle_hash is None:
        return Built(text, None, {}, answer.reply.reasons, cpu_s)
    return Built(text, answer.reply.bundle_hash, dict(answer.outcome.files), answer.reply.reasons, cpu_s)


def build_twice(context: RunContext, source: str, seed: int) -> Built:
    """Build a scene in two processes; NOT_REPRODUCIBLE if the bundles differ (mechanics §6, check 1)."""
    first = build_program(context, source, seed, "scene")
    if first.reasons:
        return first
    second = build_program(context, source, seed, "scene")
    if first.files == second.files:
        return first
    changed = sorted(name for name in first.files if second.files.get(name) != first.files[name])
    reason = Reason(
        code=ReasonCode.NOT_REPRODUCIBLE,
        message="two runs of the program gave different bundles: remove clocks, random state and set order",
        where=", ".join(changed)[:400],
    )
    return Built(first.program, None, {}, (reason,), first.cpu_s)


def scene_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Name the files of a scene bundle as a judge's job wants them."""
    return {SCENE_PREFIX + name: data for name, data in files.items()}


def design_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Name the files of an assembly bundle as a judge's job wants them."""
    return {ASSEMBLY_PREFIX + name: data for name, data in files.items()}
