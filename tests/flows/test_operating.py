"""Every command of docs/operating.md is run as an operator gives it, on one workspace with one server."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from records import open_store
from tests.flows.test_interrupts import count_tasks
from tests.flows.test_pipeline import command, finish
from tests.killing import wait_until
from tests.records import samples
from tests.records.test_listing import fill
from tests.service.running import workpiece

ROOT = Path(__file__).parents[2]
ON_PAGE = re.findall(
    r"`((?:workpiece|git|make|kill|prefect|docker) [^`]+)`", (ROOT / "docs" / "operating.md").read_text()
)
QUICK = {
    "workpiece deploy --no-worker": r"^deployments, limit and automations are set up: http://127\.0\.0\.1:\d+/deployments$",
    "workpiece runs": r"unfinished",
    "workpiece episodes --running": r"(?i)running",
    "workpiece cancel EPISODE": r"^episode [0-9a-f]{12} ends as CANCELLED within 10 s",
    "workpiece mend": r"^0 contents made anew, 0 lost",
    "workpiece reconcile": r"^removed \d+ sandboxes",
}
"""With what each prints."""
RUNNING = samples.episode(samples.benchmark(2)).key.episode_id
SLOW = ("git pull", "make install", "workpiece doctor", "workpiece run", "kill -9")
NAMES = ("upload", "backup", "restore", "export", "reverify", "merge FOLDER", "coverage", "gallery")
ELSEWHERE = tuple(f"workpiece {name}" for name in NAMES)
"""Run by test_uploads.py and test_backups.py of the records, test_replaying.py of the steps, and by test_exporting.py,
test_covering.py and test_gallery.py of the service."""


@pytest.fixture(scope="module")
def deployed(session_folder: Path) -> Iterator[Path]:
    """A workspace with two runs and two episodes, one of them unfinished, for which `workpiece deploy` is at work."""
    folder, told = session_folder / "operated", session_folder / "operated.log"
    folder.mkdir()
    with open_store(f"sqlite:///{folder / 'workpiece.sqlite'}", folder / "files") as store:
        fill(store)
    environment = os.environ | {"WORKPIECE_WORKSPACE": str(folder)}
    deploying = [sys.executable, "-m", "service", "deploy"]
    with told.open("w") as log:
        process = subprocess.Popen(deploying, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        assert wait_until(lambda: "started!" in told.read_text() or process.poll() is not None, 240.0)
        yield folder
        assert "Traceback" not in told.read_text()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def test_every_command_of_the_page_is_run_by_a_test() -> None:
    assert set(ON_PAGE) == {*QUICK, *SLOW, *ELSEWHERE, "workpiece deploy"}


@pytest.mark.parametrize("given", QUICK)
def test_command_of_the_page_does_what_it_says(deployed: Path, given: str) -> None:
    ran = workpiece(deployed, *given.replace("EPISODE", RUNNING[:12]).split()[1:])
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False), ran.stderr
    assert re.search(QUICK[given], ran.stdout, re.MULTILINE), ran.stdout


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_clone_is_upgraded_and_says_what_is_missing(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    subprocess.run(["git", "reset", "--quiet", "--hard", "HEAD~1"], cwd=clone, check=True)
    for given in ("git pull --quiet", "make install"):
        subprocess.run(given.split(), cwd=clone, check=True, capture_output=True)
    environment = os.environ | {"WORKPIECE_WORKSPACE": str(tmp_path / "workspace")}
    doctor = [clone / ".venv" / "bin" / "workpiece", "doctor"]
    ran = subprocess.run(doctor, cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert ("sandbox" in ran.stdout, "Traceback" in ran.stderr) == (True, False), ran.stderr


@pytest.mark.slow
def test_run_that_was_killed_is_reconciled_and_goes_on(tmp_path: Path) -> None:
    arguments = ("run", "--count", "1", "--seed", "8", "--family", "drop_chute")
    killed = command(tmp_path, *arguments)
    assert wait_until(lambda: count_tasks(tmp_path, "solve") > 0, 300.0)
    subprocess.run(["kill", "-9", str(killed.pid)], check=True)
    killed.communicate()
    assert workpiece(tmp_path, "reconcile").returncode == 0
    assert "1 of 1 certified" in finish(command(tmp_path, *arguments))
