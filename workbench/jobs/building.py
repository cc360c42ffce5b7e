"""Runs an untrusted scene or solution program; knows neither MuJoCo nor the judge."""

import os
import runpy
import sys
from pathlib import Path

from schemas.jobs import BuildProgram, BuildReply
from workbench.authoring.fonts import pin_fonts

PROGRAM_FILE = "program.py"
SEED_VARIABLE, OUT_VARIABLE = "WORKPIECE_SEED", "WORKPIECE_OUT"


def build_program(job: BuildProgram, in_dir: Path, out_dir: Path) -> BuildReply:
    """Run the program as `__main__` with `out_dir` as its output; what it raises goes through to the caller."""
    program = in_dir / PROGRAM_FILE
    program.write_text(job.program, encoding="utf-8")
    os.environ[OUT_VARIABLE], os.environ[SEED_VARIABLE] = str(out_dir), str(job.seed)
    sys.argv = [str(program)]
    pin_fonts()
    runpy.run_path(str(program), run_name="__main__")
    return BuildReply()
