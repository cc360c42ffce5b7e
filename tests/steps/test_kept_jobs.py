"""Every job of a context leaves its folder; the log names that of a failed one."""

import logging
from pathlib import Path

import pytest

from sandbox.job_folder import MANIFEST, JobManifest
from schemas.jobs import parse_job
from steps.building import build_program
from steps.context import RunContext
from tests.conftest import KEY


def test_failed_job_leaves_its_folder_and_the_log_names_it(
    context: RunContext, caplog: pytest.LogCaptureFixture
) -> None:
    source = "print('seen'); raise ValueError('no')"
    with caplog.at_level(logging.INFO, "workpiece.stages"):
        build_program(context, source, 4, "scene")
    (line,) = [message for message in caplog.messages if "is kept in" in message]
    folder = Path(line.rpartition(" ")[2])
    assert line.startswith("build: PROGRAM_ERROR; the job is kept in /")
    assert (folder / "stdout.txt").read_text() == "seen\n"
    assert JobManifest.from_json((folder / MANIFEST).read_bytes()).detail.endswith("ValueError: no\n")
    assert getattr(parse_job((folder / "job.json").read_bytes()), "program", None) == source


@pytest.mark.usefixtures("minted")
def test_jobs_of_programs_and_of_the_judge_are_kept_without_the_key(context: RunContext) -> None:
    run = context.settings.workspace.workspace / "tests"
    jobs = {folder.name.split("-")[1]: folder for folder in sorted(run.glob("jobs/*-*"))}
    assert jobs.keys() >= {"build", "verify_geometry", "verify_schema", "verify_simulation", "judge", "appraise"}
    files = [file.read_bytes() for file in run.rglob("*") if file.is_file()]
    assert (len(files) > 20, [KEY for content in files if KEY.encode() in content]) == (True, [])
    assert b'"key_hex"' not in (jobs["judge"] / "job.json").read_bytes()
