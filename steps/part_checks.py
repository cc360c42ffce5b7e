"""Checks, prices and draws the parts of a file that belongs to no benchmark."""

from collections.abc import Mapping

from schemas.errors import InputError
from schemas.jobs import STEP_FILE, CheckParts, CheckPartsReply
from steps.building import build_program, design_files
from steps.context import RunContext
from steps.sandboxes import require


def check_step(context: RunContext, job: CheckParts, data: bytes) -> tuple[CheckPartsReply, Mapping[str, bytes]]:
    """Return what is found of the solids of a STEP file, and drawings by file name."""
    return _check(context, job, {STEP_FILE: data})


def check_program(context: RunContext, job: CheckParts, source: str) -> tuple[CheckPartsReply, Mapping[str, bytes]]:
    """Return what is found of the parts of a solution program, and drawings by file name."""
    built = build_program(context, source, 0, "assembly")
    if built.bundle_hash is None:
        return CheckPartsReply(reasons=built.reasons), {}
    return _check(context, job, design_files(built.files))


def _check(
    context: RunContext, job: CheckParts, files: Mapping[str, bytes]
) -> tuple[CheckPartsReply, Mapping[str, bytes]]:
    answer = context.call(job, files)
    reply = require(CheckPartsReply, answer)
    if not reply.parts and not reply.reasons:
        raise InputError("it has no part that is made: there is nothing to check")
    return reply, answer.outcome.files
