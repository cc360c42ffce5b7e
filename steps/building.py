"""Builds programs into bundles in a builder sandbox, and turns what went wrong into reasons."""

from collections.abc import Mapping
from typing import Literal

from pydantic import ValidationError

from agents.protocols import Built
from schemas.benchmark import ProgramText
from schemas.bundle import parse_bundle
from schemas.episode import ProgramOutput
from schemas.errors import InputError
from schemas.jobs import ASSEMBLY_PREFIX, BUNDLE_FILE, SCENE_PREFIX, BuildProgram
from schemas.reasons import Reason, ReasonCode
from schemas.record import MOST_CHARACTERS, clean_text, hash_bytes
from steps.context import RunContext


def text_of(source: str) -> ProgramText:
    """Return a program's source with its hash; raises InputError for one that is too long or no Unicode."""
    try:
        return ProgramText(source=source, sha256=hash_bytes(source.encode()))
    except UnicodeEncodeError as error:
        raise InputError(f"the program holds a lone surrogate at character {error.start}: remove it") from error
    except ValidationError as error:
        raise InputError(f"the program has {len(source)} characters: at most {MOST_CHARACTERS} are allowed") from error


def build_program(context: RunContext, source: str, seed: int, expects: Literal["scene", "assembly"]) -> Built:
    """Run a program in a fresh fork of a warm builder and return its bundle, or the reasons why there is none.

    Raises InputError for a text that is no program's.
    """
    text = text_of(source)
    job = BuildProgram(program=source, seed=seed, expects=expects)
    answer = context.call(job, {})
    cpu_s, files = answer.outcome.usage.cpu_seconds, answer.outcome.files
    streams = (answer.outcome.stdout, answer.outcome.stderr)
    stdout, stderr = (clean_text(stream)[-MOST_CHARACTERS:] for stream in streams)
    output = ProgramOutput(stdout=stdout, stderr=stderr)
    if answer.reply is None:
        return Built(text, None, {}, answer.reasons, cpu_s, output)
    try:
        bundle_hash = hash_bundle(job, files)
    except InputError as error:
        reason = Reason(code=ReasonCode.BUNDLE_INVALID, message=str(error), where=BUNDLE_FILE)
        return Built(text, None, {}, (reason,), cpu_s, output)
    return Built(text, bundle_hash, files, (), cpu_s, output)


def hash_bundle(job: BuildProgram, files: Mapping[str, bytes]) -> str:
    """Return the hash of the bundle that a program left; raises InputError where it can't be that program's."""
    if BUNDLE_FILE not in files:
        raise InputError("the program wrote no bundle: end it with `save()` of its Scene or Assembly")
    bundle = parse_bundle(files[BUNDLE_FILE])
    if bundle.kind != job.expects:
        raise InputError(f"expected a bundle of kind '{job.expects}', the program saved '{bundle.kind}'")
    if bundle.program_sha256 != hash_bytes(job.program.encode()):
        raise InputError("program_sha256 is not the hash of the program that ran: let `save()` write it")
    for name in sorted(files.keys() - {BUNDLE_FILE, *(body.geometry for body in bundle.bodies)}):
        raise InputError(f"no body names the file {name}: remove it")
    for body in bundle.bodies:
        if body.geometry not in files:
            raise InputError(f"the geometry of '{body.id}', {body.geometry}, is missing")
        if hash_bytes(files[body.geometry]) != body.geometry_sha256:
            raise InputError(f"geometry_sha256 of '{body.id}' is not the hash of {body.geometry}")
    return bundle.digest()


def build_twice(context: RunContext, source: str, seed: int) -> Built:
    """Build a scene in two processes; NOT_REPRODUCIBLE if the bundles differ (mechanics §6, check 1)."""
    first = build_program(context, source, seed, "scene")
    if first.reasons:
        return first
    second = build_program(context, source, seed, "scene")
    if (first.bundle_hash, first.files) == (second.bundle_hash, second.files):
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
