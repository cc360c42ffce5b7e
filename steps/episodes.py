"""The log of one episode: every step enters the store as it happens, and what is stored is not done again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from agents.protocols import Engineer, EpisodeEnd, EpisodeOver, LogEntry, Policy, Problem, Said
from agents.use import measure_use
from agents.waiting import run_aside
from schemas.benchmark import Benchmark
from schemas.bundle import SceneBundle
from schemas.episode import Episode, EpisodeKey, EpisodeUse, Preview
from schemas.errors import InfrastructureError, InputError, StoppedError, WorkpieceError
from schemas.jobs import BUNDLE_FILE
from schemas.llm import LlmCall
from schemas.messages import (
    Author,
    EpisodeGoal,
    ErrorRaised,
    Interruption,
    Message,
    MessageBody,
    ModelReply,
    RequestComplete,
    Resume,
    ToolReturn,
)
from schemas.reasons import NOT_THEIRS, Outcome, Reason
from steps.context import RunContext
from steps.faults import explain_fault, record_fault
from steps.sandbox_workbench import SandboxWorkbench


class StoredLog:
    """Implements `agents.protocols.Log` on the store: replays what is stored, then appends.

    Replayed messages must be the stored ones, but for CPU seconds; anything else raises InputError.
    """

    def __init__(self, context: RunContext, item_id: str, key: EpisodeKey, policy: Policy) -> None:
        self._context, self._store = context, context.store
        self._item_id, self._key, self._policy = item_id, key, policy
        empty = Episode(
            key=key, policy=policy, outcome=Outcome.RUNNING, reasons=(), use=EpisodeUse(), submissions=(), messages=()
        )
        self.stored, self.stored_calls = self._store.open_episode(item_id, empty)
        self.episode_id = key.episode_id
        self.messages: list[Message] = []
        self.calls: list[LlmCall] = []
        self._workbench: SandboxWorkbench | None = None
        self._replay = list(self.stored.messages)
        self._next_seq = len(self._replay)
        if self._replay and not self.ended:
            self._append(LogEntry((("system", Resume(after_seq=self._next_seq - 1)),)))
            self._replay.append(self.messages.pop())

    def watch(self, workbench: SandboxWorkbench) -> SandboxWorkbench:
        """Store with every entry, and at the end, what was tried on a workbench since the last one; return it."""
        self._workbench = workbench
        return workbench

    @property
    def ended(self) -> bool:
        """Say whether the stored episode has ended."""
        return self.stored.outcome is not Outcome.RUNNING

    def say(self, author: Author, body: MessageBody) -> None:
        """Append one message, or take the stored one that it repeats."""
        if self._replaying():
            self._match(author, body)
        else:
            self._append(LogEntry(((author, body),)))

    def once(self, ends: Callable[[MessageBody], bool], act: Callable[[], LogEntry]) -> LogEntry:
        """Return the stored entry that ends with such a message, or do it and append it whole."""
        if self._replaying():
            return self._recall(ends)
        entry = run_aside(act, self._check)
        self._append(entry)
        return entry

    def read(self, sha256: str) -> bytes:
        """Return a content that a message names."""
        return self._store.load_content(sha256)

    def record_defect(self, stage: str, error: Exception) -> None:
        """Keep what a defect of this program says, with its traceback."""
        record_fault(self._context, None, stage, error, self._item_id, self.episode_id)

    def finish(self, outcome: Outcome, reasons: tuple[Reason, ...], closing: Said) -> Episode:
        """Say what is left to say and end the episode, all or nothing."""
        last = (*closing, ("system", RequestComplete(answers_seq=0, outcome=outcome)))
        stored = self._store.find_episode(self.episode_id)
        told = list(stored.messages)
        told += [self._message(author, body, len(told) + n) for n, (author, body) in enumerate(last)]
        episode = Episode(
            key=self._key,
            policy=self._policy,
            outcome=outcome,
            reasons=reasons,
            use=self._measure_use(),
            submissions=stored.submissions,
            messages=tuple(told),
        )
        self._store.record_episode(self._item_id, episode, {}, previews=self._take_previews())
        return episode

    def _take_previews(self) -> tuple[Preview, ...]:
        return () if self._workbench is None else self._workbench.take_previews()

    def _measure_use(self) -> EpisodeUse:
        """Return what the log tells, or the workbench where it knows of more: an engineer need not tell everything."""
        told = measure_use(self.messages, self.calls)
        metered = EpisodeUse() if self._workbench is None else self._workbench.use
        most = {name: max(getattr(told, name), getattr(metered, name)) for name in EpisodeUse.model_fields}
        return EpisodeUse(**most)

    def fail(self, fault: Exception) -> Episode:
        """End the episode by a fault that is not its engineer's."""
        reason, said = explain_fault(self._context, fault)
        return self.finish(Outcome(reason.code), (reason,), (("system", said),))

    def _check(self) -> None:
        self._context.sandboxes.require_open()
        by = self._store.find_cancellation(self.episode_id)
        if by is not None:
            raise _cancel(by)

    def _append(self, entry: LogEntry) -> None:
        made = [self._message(author, body, self._next_seq + n) for n, (author, body) in enumerate(entry.said)]
        previews = self._take_previews()
        self._store.append_messages(made, entry.contents, entry.call, entry.submission, entry.bundle, previews)
        self._next_seq += len(made)
        self._note(made, entry.call)

    def _replaying(self) -> bool:
        while self._replay and isinstance(self._replay[0].body, Resume):
            self._note([self._replay.pop(0)], None)
        return bool(self._replay)

    def _match(self, author: Author, body: MessageBody) -> None:
        found = self._replay[0]
        if (found.author, _clockless(found.body)) != (author, _clockless(body)):
            raise InputError(
                f"episode {self.episode_id[:12]} can't go on: message {found.seq} is a {found.body.kind} of the "
                f"{found.author}, now it would be a {body.kind} of the {author} or another one; "
                "the program or its inputs have changed since: start it with another seed"
            )
        self._note([self._replay.pop(0)], None)

    def _recall(self, ends: Callable[[MessageBody], bool]) -> LogEntry:
        """Take the stored messages up to the one that ends the entry."""
        count = next((n for n, message in enumerate(self._replay, 1) if ends(message.body)), None)
        if count is None:
            raise InputError(
                f"episode {self.episode_id[:12]} can't go on: message {self._replay[0].seq} does not belong to the "
                "step that comes next: the program has changed since: start it with another seed"
            )
        taken, self._replay = self._replay[:count], self._replay[count:]
        asked = isinstance(taken[-1].body, ModelReply | ErrorRaised)
        call = self.stored_calls[len(self.calls)] if asked else None
        self._note(taken, call)
        return LogEntry(tuple((message.author, message.body) for message in taken), call=call)

    def _note(self, messages: list[Message], call: LlmCall | None) -> None:
        self.messages += messages
        if call is not None:
            self.calls.append(call)

    def _message(self, author: Author, body: MessageBody, seq: int) -> Message:
        return Message(episode_id=self.episode_id, seq=seq, author=author, at=datetime.now(UTC), body=body)


def work_episode(
    context: RunContext, benchmark: Benchmark, engineer: Engineer, seed: int, *, learns: bool = True
) -> Episode:
    """Let an engineer work on a minted benchmark, going on where it was; an episode that has ended is returned.

    One that the machinery failed stays as it is, and the work begins anew beside it. Skills are learned on the training
    split, if at all.

    Raises InputError for a benchmark without final budgets, and where the log no longer fits the program.
    """
    if benchmark.scene_hash is None or benchmark.benchmark_id is None or benchmark.budgets is None:
        raise InputError("the benchmark has no final budgets: its reference engineer has not solved it yet")
    key = EpisodeKey(
        scene_hash=benchmark.scene_hash,
        benchmark_id=benchmark.benchmark_id,
        engineer=engineer.name,
        engineer_version=engineer.version,
        seed=seed,
        judge=context.judge,
    )
    log = StoredLog(context, benchmark.draft.key.item_id, context.store.renew_key(key), engineer.policy)
    if log.ended:
        return log.stored
    context.store.record_engineer(engineer.name, engineer.version, engineer.recipe)
    files = context.store.load_bundle_files(benchmark.scene_hash)
    problem = Problem(
        SceneBundle.from_json(files[BUNDLE_FILE]),
        benchmark.statement,
        benchmark.budgets,
        learns=learns and benchmark.draft.split == "train",
    )
    log.say("system", EpisodeGoal(statement=benchmark.statement, budgets=benchmark.budgets, limits=engineer.limits))

    def work(context: RunContext) -> EpisodeEnd:
        return engineer.work(problem, log.watch(SandboxWorkbench(context, benchmark, files, seed)), log, seed)

    return run_episode(context, log, work)


def run_episode(context: RunContext, log: StoredLog, work: Callable[[RunContext], EpisodeEnd]) -> Episode:
    """Do an episode's work in its turn of the context, end its log with what came of it, and return it."""
    context = replace(context, turn=log.episode_id)
    try:
        ending = work(context)
        return log.finish(ending.outcome, ending.reasons, ())
    except EpisodeOver as over:
        if over.outcome is Outcome.CANCELLED:
            context.dismiss()
        closing: Said = () if over.closing is None else (("system", over.closing),)
        return log.finish(over.outcome, () if over.reason is None else (over.reason,), closing)
    except StoppedError as stopped:
        if stopped.cancelled_by is None:
            raise  # the process is begun again, and it goes on
        return log.finish(Outcome.CANCELLED, (), (("system", Interruption(by=stopped.cancelled_by)),))
    except InputError:  # once the user has mended it, it goes on
        raise
    except Exception as fault:  # noqa: BLE001 - recorded; the episode ends, it would only meet the defect again
        if not isinstance(fault, InfrastructureError):
            log.record_defect("episode", fault)
        return log.fail(fault)


def require_sound(episode: Episode) -> Episode:
    """Return an episode that neither machinery nor defect has ended.

    Raises InfrastructureError for one to be tried again, WorkpieceError for one that a defect has ended.
    """
    if episode.outcome in NOT_THEIRS:
        error = InfrastructureError if episode.outcome is Outcome.INFRASTRUCTURE else WorkpieceError
        raise error("; ".join(reason.message for reason in episode.reasons))
    return episode


def _cancel(by: str) -> EpisodeOver:
    return EpisodeOver(Outcome.CANCELLED, closing=Interruption(by=by))


def _clockless(body: MessageBody) -> MessageBody:
    """Return the body without what no repetition gives again."""
    return body.model_copy(update={"program_cpu_s": 0.0}) if isinstance(body, ToolReturn) else body
