"""What a worker does with a job: the builder kind runs programs, the judge kind verifies, judges, converts and renders.

The builder kind loads neither MuJoCo nor the judge.
"""

import importlib
import os
from pathlib import Path

from schemas.catalogue_files import read_catalogue
from schemas.errors import InputError
from schemas.jobs import BuildProgram, parse_job
from workbench.jobs.building import build_program

BUILDER_MODULES = ("workbench.authoring", "build123d", "cadquery")


def warm(kind: str) -> None:
    """Import what the jobs of a kind need; runs nothing of the CAD kernel, which would not survive a fork."""
    if kind == "judge":
        os.environ.setdefault("MUJOCO_GL", "egl")
        from workbench.jobs.judging import prepare

        prepare()
    else:
        for name in BUILDER_MODULES:
            importlib.import_module(name)
        read_catalogue()


def handle(kind: str, payload: bytes, in_dir: Path, out_dir: Path) -> bytes:
    """Answer one job; files come in and go out by folder. Raises InputError for a job of the other kind."""
    job = parse_job(payload)
    if isinstance(job, BuildProgram) != (kind == "builder"):
        raise InputError(f"a {kind} session does not answer '{job.job}' jobs")
    if isinstance(job, BuildProgram):
        return build_program(job, in_dir, out_dir).canonical_json()
    from workbench.jobs.judging import answer

    return answer(job, in_dir, out_dir).canonical_json()
