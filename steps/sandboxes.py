"""The typed client of sandbox jobs: sends a record with its files, meters what it used, returns a record or why not."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from sandbox import JobOutcome, RunFolder, SessionPool, open_backend
from schemas.errors import DefectError, InfrastructureError, InputError, StoppedError
from schemas.jobs import BUNDLE_FILE, MODEL_FILE, BuildProgram, GeometryJob, Job, JudgeReply, Reply, parse_reply
from schemas.reasons import Reason, ReasonCode
from schemas.sandbox import JobEnding, SessionKind
from schemas.settings import SandboxSettings
from steps.progress import tell_stage

LOGGER = logging.getLogger("workpiece.stages")
KERNEL = "OCP."
"""How the names of the CAD kernel's exceptions begin."""
Wanted = TypeVar("Wanted")


class Used(NamedTuple):
    """What jobs have used: CPU seconds of programs, simulated seconds, and simulated runs."""

    program_cpu_s: float = 0.0
    simulated_s: float = 0.0
    simulations: int = 0

    def plus(self, other: "Used", sign: int = 1) -> "Used":
        """Return both together."""
        return Used(
            self.program_cpu_s + sign * other.program_cpu_s,
            self.simulated_s + sign * other.simulated_s,
            self.simulations + sign * other.simulations,
        )

    def minus(self, other: "Used") -> "Used":
        """Return what has come since."""
        return self.plus(other, -1)


@dataclass(frozen=True)
class Answer:
    """What a job came to: a reply, or the reason why there is none."""

    reply: Reply | None
    reasons: tuple[Reason, ...]
    outcome: JobOutcome


class Sandboxes:
    """The warm sandboxes of one process; safe from any thread. They open at the first job, both kinds at once.

    Raises InfrastructureError with what to do where the backend of the settings does not work here.
    """

    def __init__(self, settings: SandboxSettings, label: str, folder: RunFolder | None = None) -> None:
        self.settings, self._label, self._folder = settings, label, folder
        self._backend = open_backend(settings)
        self._lock = threading.Lock()
        self._pools: dict[SessionKind, SessionPool] = {}
        self._closed = False
        self._cancelled_by: str | None = None
        self._used: dict[str, Used] = {}
        self.cpu_s = self.busy_s = 0.0  # of jobs: CPU, and time without the waiting for a sandbox

    def call(self, job: Job, files: Mapping[str, bytes], turn: str = "") -> Answer:
        """Run a job in a sandbox of its kind: programs in builders, everything else in judges.

        Geometry that ends a judge's job twice, the second time in a fresh sandbox, is refused by a reply of the job's
        kind; where the second time goes well, the first was the machine's. `turn` names in whose turn sandboxes are
        waited for. Raises InfrastructureError when the machinery fails, DefectError when the judge's own code does, and
        StoppedError when the sandboxes are closed.
        """
        answers = [self._run(job, files, turn)]
        if isinstance(job, GeometryJob) and ended_by_geometry(answers[0].outcome):
            answers.append(self._run(job, files, turn, fresh=True))
            if ended_by_geometry(answers[1].outcome):
                rejecting = job.model_copy(update={"rejected": (_blame(answers[1].outcome),)})
                small = {name: data for name, data in files.items() if name.endswith((BUNDLE_FILE, MODEL_FILE))}
                answers.append(self._run(rejecting, small, turn))
        if isinstance(job, GeometryJob) and answers[-1].outcome.ending is JobEnding.PROGRAM_ERROR:
            raise DefectError(answers[-1].outcome.detail)
        waited_s = sum(answer.outcome.waited_s for answer in answers)
        return replace(answers[-1], outcome=replace(answers[-1].outcome, waited_s=waited_s))

    def tell_used(self, turn: str) -> Used:
        """Return what all jobs of a turn have used in this process."""
        return self._used.get(turn, Used())

    def require_open(self) -> None:
        """Raise StoppedError where they are closed, or closing: what uses them is to end."""
        if self._closed:
            raise StoppedError(self._cancelled_by)

    def dismiss(self, turn: str) -> None:
        """End the jobs under way and waiting in a turn, and let none follow."""
        for pool in self._pools.values():
            pool.dismiss(turn)

    def close(self, cancelled_by: str | None = None) -> None:
        """End every sandbox; jobs under way and waiting raise StoppedError, as do all that follow."""
        with self._lock:
            self._closed, self._cancelled_by = True, self._cancelled_by or cancelled_by
        for pool in self._pools.values():
            pool.close()

    def _run(self, job: Job, files: Mapping[str, bytes], turn: str, *, fresh: bool = False) -> Answer:
        kind = SessionKind.BUILDER if isinstance(job, BuildProgram) else SessionKind.JUDGE
        limits, payload = self.settings.limit_jobs(kind), job.model_dump_json().encode()
        began_s = time.monotonic()
        tell_stage(job.job if self._pools else "open sandboxes")
        try:
            outcome = self._open()[kind].call(payload, files, limits, turn, fresh=fresh)
        except InfrastructureError as fault:
            if self._closed:
                raise StoppedError(self._cancelled_by) from fault
            self._keep(job, files, fault, turn)
            raise
        with self._lock:
            self.cpu_s += outcome.usage.cpu_seconds
            self.busy_s += time.monotonic() - began_s - outcome.waited_s
        answer = read_answer(job, outcome)
        with self._lock:
            self._used[turn] = self.tell_used(turn).plus(_meter(job, answer))
        self._keep(job, files, replace(answer.outcome, payload=outcome.payload, files=outcome.files), turn)
        return answer

    def _keep(self, job: Job, files: Mapping[str, bytes], ended: JobOutcome | Exception, turn: str) -> None:
        """Keep a job for people to look at where there is a folder for it; the log names that of a failed one."""
        if self._folder is None:
            return
        asked = job.model_dump_json(exclude={"draws": {"key_hex"}}, indent=2).encode()
        folder = self._folder.keep(job.job, asked, files, ended, turn)
        ending = ended.ending if isinstance(ended, JobOutcome) else ended
        if folder is not None and ending is not JobEnding.COMPLETED:
            LOGGER.info("%s: %s; the job is kept in %s", job.job, ending, folder)

    def _open(self) -> Mapping[SessionKind, SessionPool]:
        with self._lock:
            self.require_open()
            if not self._pools:
                sizes = {SessionKind.BUILDER: self.settings.builders, SessionKind.JUDGE: self.settings.judges}
                for kind, size in sizes.items():
                    self._pools[kind] = SessionPool(self._backend, kind, size, self._label).__enter__()
            return self._pools


def _meter(job: Job, answer: Answer) -> Used:
    """Return what a job used, whatever it came to."""
    if isinstance(job, BuildProgram):
        return Used(program_cpu_s=answer.outcome.usage.cpu_seconds)
    if isinstance(answer.reply, JudgeReply):
        verdict = answer.reply.verdict
        runs = len(verdict.trials) + len(verdict.half_step_trials)
        return Used(simulated_s=answer.reply.simulated_s, simulations=runs)
    return Used()


def read_answer(job: Job, outcome: JobOutcome) -> Answer:
    """Return what a job came to; one that completed with no reply of its own kind is a SANDBOX_VIOLATION."""
    if outcome.ending is JobEnding.COMPLETED:
        try:
            return Answer(parse_reply(outcome.payload or b"", job), (), outcome)
        except InputError as error:
            detail = f"the reply is forged: {error}"
            outcome = replace(outcome, ending=JobEnding.SANDBOX_VIOLATION, detail=detail, payload=None, files={})
    reason = Reason(code=ReasonCode(outcome.ending.value), message=outcome.detail or outcome.ending.value)
    return Answer(None, (reason,), outcome)


def ended_by_geometry(outcome: JobOutcome) -> bool:
    """Say whether geometry has ended a judge's job: by signal, limit, forgery or an exception of the CAD kernel."""
    if outcome.ending is JobEnding.PROGRAM_ERROR:
        return _last_line(outcome).startswith(KERNEL)
    return outcome.ending is not JobEnding.COMPLETED


def _last_line(outcome: JobOutcome) -> str:
    return outcome.detail.strip().rpartition("\n")[2]


def _blame(outcome: JobOutcome) -> Reason:
    """Return why geometry is refused; a forged reply is called so."""
    forged = outcome.ending is JobEnding.SANDBOX_VIOLATION
    code = ReasonCode.SANDBOX_VIOLATION if forged else ReasonCode.GEOMETRY_REJECTED
    return Reason(
        code=code,
        message=f"the geometry ended the judge's job twice: {_last_line(outcome)}; simplify it, or build it anew",
    )


def require(reply_type: type[Wanted], answer: Answer) -> Wanted:
    """Return the reply that a job calls for; raises InfrastructureError where the sandbox gave none or another."""
    if not isinstance(answer.reply, reply_type):
        codes = ", ".join(reason.code for reason in answer.reasons)
        raise InfrastructureError(
            f"no {reply_type.__name__} but {codes or answer.reply}: {answer.outcome.detail[-400:]}"
        )
    return answer.reply
