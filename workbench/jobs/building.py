"""Runs an untrusted scene or solution program and reads what it handed over; knows neither MuJoCo nor the judge."""

import os
import runpy
import sys
from pathlib import Path

from schemas.bundle import parse_bundle
from schemas.errors import InputError
from schemas.jobs import BUNDLE_FILE, BuildProgram, BuildReply
from schemas.reasons import Reason, ReasonCode
from schemas.record import hash_bytes

PROGRAM_FILE = "program.py"
SEED_VARIABLE, OUT_VARIABLE = "WORKPIECE_SEED", "WORKPIECE_OUT"


def build_program(job: BuildProgram, in_dir: Path, out_dir: Path) -> BuildReply:
    """Run the program as `__main__` with `out_dir` as its output; what it raises goes through to the caller."""
    program = in_dir / PROGRAM_FILE
    program.write_text(job.program, encoding="utf-8")
    os.environ[OUT_VARIABLE], os.environ[SEED_VARIABLE] = str(out_dir), str(job.seed)
    sys.argv = [str(program)]
    runpy.run_path(str(program), run_name="__main__")
    return read_built(job, out_dir)


def read_built(job: BuildProgram, out_dir: Path) -> BuildReply:
    """Return the hash of the bundle in a folder, or why it can't be the program's."""
    path = out_dir / BUNDLE_FILE
    if not path.is_file():
        return _refuse("the program wrote no bundle: end it with `save()` of its Scene or Assembly")
    try:
        bundle = parse_bundle(path.read_bytes())
    except InputError as error:
        return _refuse(str(error))
    if bundle.kind != job.expects:
        return _refuse(f"expected a bundle of kind '{job.expects}', the program saved '{bundle.kind}'")
    if bundle.program_sha256 != hash_bytes(job.program.encode()):
        return _refuse("program_sha256 is not the hash of the program that ran: let `save()` write it")
    return BuildReply(bundle_hash=bundle.digest())


def _refuse(message: str) -> BuildReply:
    reason = Reason(code=ReasonCode.BUNDLE_INVALID, message=message, where=BUNDLE_FILE)
    return BuildReply(bundle_hash=None, reasons=(reason,))
