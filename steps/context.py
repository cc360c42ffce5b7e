"""Opens what every step needs, once per run: the store and the pools of warm sandboxes."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from records import Store, open_store
from sandbox import JobOutcome, RunFolder, SessionPool, open_backend
from schemas.errors import InfrastructureError
from schemas.jobs import Draws, Job, Reply, parse_reply
from schemas.reasons import Reason, ReasonCode
from schemas.sandbox import JobEnding, Limits, SessionKind
from schemas.settings import JudgeSettings, ReferenceSettings, SandboxSettings, WorkspaceSettings
from schemas.verdict import Purpose


@dataclass(frozen=True)
class Settings:
    """Every settings group, read once at the edge."""

    workspace: WorkspaceSettings
    sandbox: SandboxSettings
    judge: JudgeSettings
    reference: ReferenceSettings


JOB_FILE = "job.json"
Wanted = TypeVar("Wanted")


class Meter:
    """Adds up the CPU seconds of sandbox jobs; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.cpu_s = 0.0

    def add(self, cpu_s: float) -> None:
        """Add one job's CPU seconds."""
        with self._lock:
            self.cpu_s += cpu_s


@dataclass(frozen=True)
class RunContext:
    """The open store and sandboxes of one run, with the key that only judge jobs receive."""

    settings: Settings
    store: Store
    builders: SessionPool
    judges: SessionPool
    key_hex: str
    meter: Meter = field(default_factory=Meter)
    folder: RunFolder | None = None
    turn: str = ""  # in whose name sandboxes are waited for: episodes take turns

    @property
    def judge_threads(self) -> int:
        """Return the threads of one judge job, so that all judges together fill the machine."""
        return max(1, (os.cpu_count() or 1) // self.settings.sandbox.judges)

    def draws(self, benchmark: str, purpose: Purpose, submission: int = 0) -> Draws:
        """Return the full set of draws of a verdict."""
        judge = self.settings.judge
        return Draws(
            key_hex=self.key_hex,
            benchmark=benchmark,
            purpose=purpose,
            submission=submission,
            trials=judge.trials,
            must_pass=judge.must_pass,
            threads=self.judge_threads,
        )

    def certificate_draws(self, benchmark: str) -> Draws:
        """Return the draws of a certificate: many at the nominal step, some at half of it (mechanics §6)."""
        judge = self.settings.judge
        return Draws(
            key_hex=self.key_hex,
            benchmark=benchmark,
            purpose="certify",
            trials=judge.certify_trials,
            must_pass=judge.certify_must_pass,
            half_step_trials=judge.half_step_trials,
            half_step_must_pass=judge.half_step_must_pass,
            threads=self.judge_threads,
        )

    def build(self, job: Job, files: Mapping[str, bytes]) -> "Answer":
        """Run a job on untrusted code."""
        limits = self.settings.sandbox.limit_jobs(SessionKind.BUILDER)
        answer = self._call(self.builders, job, files, limits)
        if self.folder is not None and answer.outcome.ending is JobEnding.COMPLETED:
            self.folder.keep(job.canonical_json(), {JOB_FILE: job.canonical_json(), **answer.outcome.files})
        return answer

    def judge(self, job: Job, files: Mapping[str, bytes]) -> "Answer":
        """Run a trusted job on untrusted geometry."""
        limits = self.settings.sandbox.limit_jobs(SessionKind.JUDGE)
        return self._call(self.judges, job, files, limits)

    def dismiss(self) -> None:
        """End the jobs under way and waiting in this context's turn, and let none follow."""
        for pool in (self.builders, self.judges):
            pool.dismiss(self.turn)

    def _call(self, pool: SessionPool, job: Job, files: Mapping[str, bytes], limits: Limits) -> "Answer":
        outcome = pool.call(job.model_dump_json().encode(), files, limits, self.turn)
        self.meter.add(outcome.usage.cpu_seconds)
        if outcome.ending is not JobEnding.COMPLETED:
            reason = Reason(code=ReasonCode(outcome.ending.value), message=outcome.detail or outcome.ending.value)
            return Answer(None, (reason,), outcome)
        if outcome.payload is None:
            raise InfrastructureError("a completed job came without a reply")
        return Answer(parse_reply(outcome.payload), (), outcome)


@dataclass(frozen=True)
class Answer:
    """What a job came to: a reply, or the reason why there is none."""

    reply: Reply | None
    reasons: tuple[Reason, ...]
    outcome: JobOutcome


@contextmanager
def open_context(settings: Settings, label: str) -> Iterator[RunContext]:
    """Open store and sandboxes; raises InfrastructureError with what to install where a sandbox can't be had."""
    workspace = settings.workspace
    workspace.workspace.mkdir(parents=True, exist_ok=True)
    key = settings.judge.read_key(workspace.workspace)
    backend = open_backend(settings.sandbox)
    with (
        open_store(workspace.database_url, workspace.files_folder) as store,
        SessionPool(backend, SessionKind.BUILDER, settings.sandbox.builders, label) as builders,
        SessionPool(backend, SessionKind.JUDGE, settings.sandbox.judges, label) as judges,
    ):
        yield RunContext(settings, store, builders, judges, key, folder=RunFolder(workspace.workspace / label))


def read_settings() -> Settings:
    """Read every settings group from the environment."""
    return Settings(WorkspaceSettings(), SandboxSettings(), JudgeSettings(), ReferenceSettings())


def read_one_shot_settings() -> Settings:
    """Read the settings of a command that does one thing: one sandbox of each kind, all cores to the judge."""
    single = SandboxSettings().model_copy(update={"builders": 1, "judges": 1})
    return Settings(WorkspaceSettings(), single, JudgeSettings(), ReferenceSettings())


def require(reply_type: type[Wanted], answer: Answer) -> Wanted:
    """Return the reply that a job calls for; raises InfrastructureError where the sandbox gave none or another."""
    if not isinstance(answer.reply, reply_type):
        codes = ", ".join(reason.code for reason in answer.reasons)
        raise InfrastructureError(
            f"no {reply_type.__name__} but {codes or answer.reply}: {answer.outcome.detail[-400:]}"
        )
    return answer.reply
