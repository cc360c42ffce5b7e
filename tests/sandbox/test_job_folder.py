"""The folder of a run holds every job whole, with its hashes, as far as age, size and the disk allow."""

import logging
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import JobOutcome, RunFolder, prune_jobs
from sandbox.job_folder import MANIFEST, MOST_FILE_BYTES, MOST_FILES, JobManifest
from schemas.errors import InfrastructureError
from schemas.record import hash_bytes
from schemas.sandbox import MIB, JobEnding, Usage
from schemas.settings import SandboxSettings
from tests.mounts import fill, small_disk

FILES = {"bundle.json": b"{}", "plate.brep": b"brep" * 999, "empty": b""}
SETTINGS = SandboxSettings()
DONE = JobOutcome(JobEnding.COMPLETED, "", b"[]", FILES, "said", "", Usage(cpu_seconds=1.5), waited_s=0.25)


def list_jobs(run: Path) -> list[Path]:
    return sorted(run.glob("jobs/*-*"))


def test_jobs_are_kept_whole_with_their_manifest(tmp_path: Path) -> None:
    with closing(RunFolder(tmp_path / "run", SETTINGS)) as folder, ThreadPoolExecutor(8) as threads:
        kept = set(threads.map(lambda _: folder.keep("build", b"{}", {"in": b"1"}, DONE, "episode"), range(16)))
    assert (len(kept), kept) == (16, set(list_jobs(tmp_path / "run")))
    one = kept.pop() or tmp_path
    manifest = JobManifest.from_json((one / MANIFEST).read_bytes())
    told = (manifest.job, manifest.turn, manifest.ending, manifest.usage.cpu_seconds, manifest.waited_s)
    assert told == ("build", "episode", "COMPLETED", 1.5, 0.25)
    assert {entry.name: entry.sha256 for entry in manifest.inputs} == {"in": hash_bytes(b"1")}
    assert {entry.name: (entry.size_bytes, entry.sha256) for entry in manifest.files} == {
        name: (len(content), hash_bytes(content)) for name, content in FILES.items()
    }
    assert {name: (one / "files" / name).read_bytes() for name in FILES} == FILES
    said = {file.name: file.read_bytes() for file in one.iterdir() if file.is_file() and file.name != MANIFEST}
    assert said == {"job.json": b"{}", "reply.json": b"[]", "stdout.txt": b"said"}


def test_fault_of_the_machinery_is_kept_with_what_it_said(tmp_path: Path) -> None:
    with closing(RunFolder(tmp_path / "run", SETTINGS)) as folder:
        kept = folder.keep("judge", b"{}", {}, InfrastructureError("the sandbox worker has died: \ud800"))
    assert kept is not None
    manifest = JobManifest.from_json((kept / MANIFEST).read_bytes())
    assert (manifest.ending, manifest.detail) == (None, "the sandbox worker has died: \ufffd")


def test_files_of_a_job_are_kept_as_far_as_they_are_small_and_few(tmp_path: Path) -> None:
    large = replace(DONE, files={"large": bytes(MOST_FILE_BYTES), "small": b"1"})
    many = replace(DONE, files={f"f{number}": b"" for number in range(MOST_FILES + 1)})
    with closing(RunFolder(tmp_path / "run", SETTINGS)) as folder:
        kept = [folder.keep("build", b"{}", {}, outcome) or tmp_path for outcome in (large, many)]
    assert [len(list((one / "files").iterdir())) for one in kept] == [1, MOST_FILES]
    assert [len(JobManifest.from_json((one / MANIFEST).read_bytes()).files) for one in kept] == [2, MOST_FILES + 1]


def test_run_keeps_no_more_than_its_bytes_and_says_so_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outcome = replace(DONE, files={"a": bytes(400_000)})
    with closing(RunFolder(tmp_path / "run", SETTINGS.model_copy(update={"jobs_kept_mb": 1}))) as folder:
        kept = [folder.keep("build", b"{}", {}, outcome) is not None for _ in range(4)]
    assert (kept, len(list_jobs(tmp_path / "run"))) == ([True, True, False, False], 2)
    assert [line.getMessage() for line in caplog.records if "JOBS_KEPT_MB" in line.getMessage()] == caplog.messages
    assert len(caplog.messages) == 1
    with closing(RunFolder(tmp_path / "none", SETTINGS.model_copy(update={"jobs_kept_mb": 0}))) as folder:
        assert folder.keep("build", b"{}", {}, DONE) is None
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("leave_bytes", [0, 4096, 300_000])
def test_full_disk_costs_no_job_and_leaves_nothing_half(
    leave_bytes: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = replace(DONE, files={"a": bytes(MIB)})
    with small_disk(tmp_path / "disk", 4) as disk, closing(RunFolder(disk / "run", SETTINGS)) as folder:
        filling = fill(disk, leave_bytes)
        assert [folder.keep("build", b"{}", {}, outcome) for _ in range(3)] == [None] * 3
        assert len(caplog.messages) == 1
        assert "No space left on device" in caplog.messages[0]
        assert {path.name for path in disk.rglob("*")} <= {"filling", "run", "jobs", ".lock"}
        filling.unlink()
        assert folder.keep("build", b"{}", {}, outcome) is not None


def test_old_jobs_go_first_and_those_of_living_runs_stay(tmp_path: Path) -> None:
    settings, now_s = SETTINGS.model_copy(update={"jobs_kept_mb": 1, "jobs_kept_days": 2.0}), time.time()
    outcome = replace(DONE, files={"a": bytes(400_000)})
    ages_days = {"old": 3.0, "living": 2.5, "middle": 1.0, "young": 0.5, "new": 0.25}
    folders = {name: RunFolder(tmp_path / name, SETTINGS) for name in ages_days}
    for name, folder in folders.items():
        kept = folder.keep("build", b"{}", {}, outcome)
        assert kept is not None
        os.utime(kept, (now_s, now_s - ages_days[name] * 86_400))
        if name != "living":
            folder.close()
    (tmp_path / "middle" / "notes").touch()
    (tmp_path / "other" / "jobs" / "mine").mkdir(parents=True)
    assert prune_jobs(tmp_path, settings) == 3
    left = {name: len(list_jobs(tmp_path / name)) for name in ages_days if (tmp_path / name).exists()}
    assert left == {"living": 1, "middle": 0, "new": 1}
    folders["living"].close()
    assert (prune_jobs(tmp_path, settings), prune_jobs(tmp_path, settings)) == (1, 0)
    assert {path.name for path in tmp_path.iterdir()} == {"middle", "new", "other"}


KEEP = """
import sys
from pathlib import Path
from sandbox import RunFolder
from schemas.errors import InfrastructureError
from schemas.settings import SandboxSettings
folder = RunFolder(Path(sys.argv[1]), SandboxSettings())
print(folder.keep("judge", b"{}", {}, InfrastructureError("none")), flush=True)
sys.stdin.read()
"""


def test_first_job_of_a_run_makes_room_but_not_of_another_process(tmp_path: Path) -> None:
    pipe = subprocess.PIPE
    settings = SETTINGS.model_copy(update={"jobs_kept_days": 0.0})
    with subprocess.Popen([sys.executable, "-c", KEEP, str(tmp_path / "a")], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        kept = Path(process.stdout.readline().decode().strip())
        for name in ("b", "c"):
            with closing(RunFolder(tmp_path / name, settings)) as folder:
                assert folder.keep("build", b"{}", {}, DONE)
        assert (kept.exists(), (tmp_path / "b").exists(), (tmp_path / "c").exists()) == (True, False, True)
        process.kill()
    assert prune_jobs(tmp_path, settings) == 2
    assert list(tmp_path.iterdir()) == []


def test_many_runs_that_begin_and_make_room_at_once_lose_no_job(tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"jobs_kept_days": 0.0})

    def work(number: int) -> None:
        for _ in range(20):
            with closing(RunFolder(tmp_path / f"{number % 2}", settings)) as folder:
                kept = folder.keep("build", b"{}", {}, DONE)
                prune_jobs(tmp_path, settings)
                assert kept is not None
                assert kept.exists()

    logging.getLogger("workpiece.stages").setLevel(logging.WARNING)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    prune_jobs(tmp_path, settings)
    assert list(tmp_path.iterdir()) == []


def test_places_that_are_not_ours_are_left_alone(tmp_path: Path) -> None:
    workspace, settings = tmp_path / "workspace", SETTINGS.model_copy(update={"jobs_kept_days": 0.0})
    elsewhere, broken = RunFolder(tmp_path / "elsewhere", SETTINGS), RunFolder(workspace / "broken", SETTINGS)
    kept = [folder.keep("build", b"{}", {}, DONE) for folder in (elsewhere, broken)]
    elsewhere.close()
    broken.close()
    (workspace / "link").symlink_to(tmp_path / "elsewhere")
    (workspace / "broken" / "jobs" / ".lock").unlink()
    (workspace / "broken" / "jobs" / ".lock").mkdir()
    assert prune_jobs(workspace, settings) == 0
    assert all(job is not None and job.exists() for job in kept)
