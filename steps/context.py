"""What the steps of one process share: settings, the open store, warm sandboxes and the key of the hidden draws."""

import atexit
import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from records import Store, open_store
from records.key import read_key
from sandbox import RunFolder
from schemas.errors import DISK_FULL, InfrastructureError, InputError
from schemas.jobs import MODEL_FILE, Draws, Job, JudgeDesign, VerifySchema
from schemas.record import hash_parts
from schemas.sandbox import MIB, SessionKind
from schemas.settings import Settings, read_settings
from schemas.verdict import Purpose
from steps.provenance import find_provenance
from steps.sandboxes import Answer, Sandboxes, Used

LEAST_BYTES = 16 * MIB
"""Nothing begins on a disk with less room: about what Prefect and the store write when they are new."""


class Clock:
    """The time that a stage may take: it runs out between jobs, and stands still while a sandbox is waited for."""

    def __init__(self, within_s: float) -> None:
        self._within_s, self._ends_s = within_s, time.monotonic() + within_s

    def look(self, waited_s: float) -> None:
        """Leave out the seconds that a job has waited; raises InfrastructureError when the time has run out."""
        self._ends_s += waited_s
        if time.monotonic() > self._ends_s:
            raise InfrastructureError(f"the stage has taken longer than {self._within_s:g} s")


@dataclass(frozen=True)
class RunContext:
    """The open store and sandboxes of a process, with the key that only judge jobs receive.

    `turn` names in whose turn sandboxes are waited for: episodes take turns.
    """

    settings: Settings
    store: Store
    sandboxes: Sandboxes
    key_hex: str
    turn: str = ""
    clock: Clock | None = None

    def call(self, job: Job, files: Mapping[str, bytes]) -> Answer:
        """Run a sandbox job in this context's turn, and keep the MJCF of what it judges.

        Raises InfrastructureError when the machinery fails.
        """
        answer = self.sandboxes.call(job, files, self.turn)
        if isinstance(job, JudgeDesign | VerifySchema) and MODEL_FILE in answer.outcome.files:
            self.store.keep_text(answer.outcome.files[MODEL_FILE].decode())
        if self.clock is not None:
            self.clock.look(answer.outcome.waited_s)
        return answer

    @property
    def used(self) -> Used:
        """Return what the jobs of this context's turn have used so far in this process."""
        return self.sandboxes.tell_used(self.turn)

    def dismiss(self) -> None:
        """End the jobs under way and waiting in this context's turn, and let none follow."""
        self.sandboxes.dismiss(self.turn)

    @property
    def judge(self) -> str:
        """Return what tells judges apart: a hash of key and settings."""
        return hash_parts(self.key_hex, self.settings.judge.model_dump_json(exclude={"key"}))[:16]

    def draws(self, benchmark: str, purpose: Purpose, submission: int = 0) -> Draws:
        """Return the full set of draws of a verdict."""
        judge = self.settings.judge
        return self._fill_draws(benchmark, purpose, submission, trials=judge.trials, must_pass=judge.must_pass)

    def certificate_draws(self, benchmark: str) -> Draws:
        """Return the draws of a certificate: many at the nominal step, some at half of it (mechanics §6)."""
        judge = self.settings.judge
        nominal = {"trials": judge.certify_trials, "must_pass": judge.certify_must_pass}
        half = {"half_step_trials": judge.half_step_trials, "half_step_must_pass": judge.half_step_must_pass}
        return self._fill_draws(benchmark, "certify", 0, **nominal, **half)

    def _fill_draws(self, benchmark: str, purpose: Purpose, submission: int, **sizes: Any) -> Draws:
        """Return draws for a judge job with so many threads that all judges together fill the machine."""
        threads = max(1, (os.cpu_count() or 1) // self.settings.sandbox.judges)
        key = self.key_hex
        return Draws(key_hex=key, benchmark=benchmark, purpose=purpose, submission=submission, threads=threads, **sizes)


@contextmanager
def open_workspace(settings: Settings) -> Iterator[tuple[Store, str]]:
    """Open the store of a workspace that can be written to, made where it is missing, and read the key of its draws.

    Raises InputError where it can't be used, InfrastructureError where its disk is full or its store can't be reached.
    """
    group, workspace = settings.workspace, settings.workspace.workspace
    require_room(workspace)
    with ExitStack() as stack:
        try:
            if group.store_url is None:
                workspace.mkdir(parents=True, exist_ok=True)
            opened = open_store(group.database_url, group.files_folder, group.bucket_url, find_provenance)
            store = stack.enter_context(opened)
        except (InputError, InfrastructureError) as error:
            raise type(error)(f"{group.store_variable}: {error}") from error
        yield store, settings.judge.key or read_key(workspace / "judge.key")


@contextmanager
def open_context(settings: Settings, label: str) -> Iterator[RunContext]:
    """Open the workspace; sandboxes open at their first job.

    Raises InfrastructureError with what to install where a sandbox can't be had.
    """
    folder = RunFolder(settings.workspace.workspace.absolute() / label, settings.sandbox)
    with (
        open_workspace(settings) as (store, key),
        closing(folder),
        closing(Sandboxes(settings.sandbox, label, folder)) as sandboxes,
    ):
        yield RunContext(settings, store, sandboxes, key)


def require_room(workspace: Path) -> None:
    """Raise as `open_workspace` where the folder of a workspace, or where it is to be made, can't take more."""
    try:
        place = next(one for one in (workspace.absolute(), *workspace.absolute().parents) if one.exists())
        with tempfile.TemporaryFile(dir=place) as probe:
            os.posix_fallocate(probe.fileno(), 0, LEAST_BYTES)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise InfrastructureError(f"disk full: {workspace} (fewer than {LEAST_BYTES // MIB} MiB free)") from error
        raise InputError(
            f"WORKPIECE_WORKSPACE: {workspace} can't be written to ({error.strerror}); mend that or name another folder"
        ) from error


JOBS_OF_A_STAGE = 3
AGENTS_WITHIN_S = 6 * 3600.0
"""For the stages in which agents work; their own budgets are far below."""
_OPEN: dict[str, tuple[RunContext, ExitStack]] = {}
_OPENING = threading.Lock()


def process_context(run_id: str, within_s: float | None = None) -> RunContext:
    """Return this process's context of a run, opened by the settings of its environment where it is not open yet.

    So a stage needs nothing but its arguments, in whatever process a task runner has it run. Its clock starts now: so
    many seconds, or thrice what the longest job may take (a job that ends twice is done three times).
    """
    with _OPENING:
        if run_id not in _OPEN:
            logging.getLogger("workpiece").setLevel(logging.INFO)  # in workers, too, the UI gets what stages say
            stack = ExitStack()
            _OPEN[run_id] = stack.enter_context(open_context(read_settings(), run_id[:12])), stack
        context = _OPEN[run_id][0]
    longest_s = context.settings.sandbox.limit_jobs(SessionKind.JUDGE).wall_seconds
    return replace(context, clock=Clock(within_s or JOBS_OF_A_STAGE * longest_s))


def cancel_process_context(run_id: str, by: str) -> None:
    """End the sandboxes of this process's context of a run, if it is open: episodes at work end as CANCELLED."""
    with _OPENING:
        context, _ = _OPEN.get(run_id, (None, None))
    if context is not None:
        context.sandboxes.close(by)


def close_process_context(run_id: str) -> None:
    """Close this process's context of a run, if it is open: its sandboxes end, jobs under way raise."""
    with _OPENING:
        _, stack = _OPEN.pop(run_id, (None, None))
    if stack is not None:
        stack.close()


@atexit.register
def _close_all() -> None:
    for run_id in tuple(_OPEN):
        close_process_context(run_id)
