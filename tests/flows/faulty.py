"""Runs `workpiece …` with faults at some items: faulty.py '{"3": "store"}' run --count 12 …; started by tests.

Each fault is real where it can be: geometry that kills or stalls the kernel, sandboxes that are killed, statements that
the database refuses. Retries follow at once.
"""

import itertools
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import service.cli
import service.runs
from agents.models import Script
from agents.tools import TOOLS
from flows.server import serve_prefect
from schemas.bundle import parse_bundle
from schemas.errors import InfrastructureError
from schemas.jobs import BUNDLE_FILE
from schemas.llm import ModelChoice
from schemas.record import hash_bytes
from schemas.stages import Candidate, Proposal
from steps import context as contexts
from steps.building import text_of
from steps.context import RunContext
from tests.killing import wait_until
from tests.sandbox.cad_attacks import crash_kernel, reply, sieve
from tests.steps.scripts import plan, review, turn
from tests.steps.test_rejected_geometry import CRASH

HERE = threading.local()
"""What is to go wrong in this thread."""
ERRORS_REFUSED: list[str] = []
"""What can't be recorded, once."""
BAD_TOOLS: set[str] = set()
"""Benchmarks in whose episodes a tool raises."""
SENT = turn(
    ("write_file", {"name": "submission_1.py", "text": "no text: \0"}),
    ("write_file", {"name": "submission_1.py", "text": "x = 1"}),
    ("update_todo", {"item": 7, "status": []}),
)
SUBMITTED = (
    turn(("write_file", {"name": "a.py", "text": CRASH}), ("submit", {"name": "a.py"})),
    review("before_submission"),
)
SLOTS = itertools.count()
Step = Callable[..., Any]


def with_design(context: RunContext, candidate: Candidate, solid: bytes) -> Candidate:
    """Return the candidate with another solid in the place of its design's first one."""
    files = dict(context.store.load_bundle_files(candidate.design.bundle_hash))
    name = min(name for name in files if name.endswith(".brep"))
    files[BUNDLE_FILE] = files[BUNDLE_FILE].replace(hash_bytes(files[name]).encode(), hash_bytes(solid).encode())
    files[name] = solid
    context.store.keep_bundle(files)
    design = candidate.design.model_copy(update={"bundle_hash": parse_bundle(files[BUNDLE_FILE]).digest()})
    return candidate.model_copy(update={"design": design})


def with_program(source: str) -> Step:
    """Give the first draw of an item another program."""

    def change(propose: Step, *given: Any) -> Proposal:
        proposal = propose(*given)
        if proposal.key.attempt > 0:
            return proposal
        return proposal.model_copy(update={"draft": proposal.draft.model_copy(update={"program": text_of(source)})})

    return change


def with_fault(name: str) -> Step:
    """Let something deep inside a step go wrong, in the thread that does it."""

    def change(step: Step, *given: Any) -> Any:
        HERE.fault = name
        try:
            return step(*given)
        finally:
            HERE.fault = None

    return change


def with_script(*replies: Any) -> Step:
    """Let language models send something else."""

    def change(solve_as: Step, context: RunContext, *given: Any) -> Any:
        file = context.settings.workspace.workspace / f"script-{threading.get_ident()}.json"
        file.write_text(Script(replies=replies, repeat=True).model_dump_json())
        model = ModelChoice(name=f"scripted/{file}", tries=1)
        agents = context.settings.agents.model_copy(update={"model": model})
        return solve_as(replace(context, settings=replace(context.settings, agents=agents)), *given)

    return change


def break_tool(solve_as: Step, context: RunContext, benchmark: Any, *given: Any) -> Any:
    BAD_TOOLS.add(benchmark.benchmark_id)
    return solve_as(context, benchmark, *given)


def fail(*_: Any) -> None:
    raise InfrastructureError("the machine is out of luck")


def refuse_record(*_: Any) -> None:
    """Raise what can't even be recorded."""
    ERRORS_REFUSED.append("verify_schema")
    raise ZeroDivisionError


FAULTS: dict[str, tuple[str, str, Step]] = {
    "program": ("tasks.generate", "propose", with_program("1 / 0")),
    "limit": ("tasks.generate", "propose", with_program("while True: pass")),
    "forgery": ("tasks.generate", "propose", with_program(reply(b"{}"))),
    "crash": ("steps.solving", "solve", lambda solve, c, b: with_design(c, solve(c, b), crash_kernel())),
    "hang": ("steps.solving", "check_manufacturability", lambda do, c, d: with_design(c, do(c, d), sieve())),
    "once": ("steps.solving", "judge", with_fault("crash a job once")),
    "tool": ("tasks.solve", "solve_as", break_tool),
    "sent": ("tasks.solve", "solve_as", with_script(plan(), SENT)),
    "submission": ("tasks.solve", "solve_as", with_script(plan(), *SUBMITTED)),
    "model": ("tasks.solve", "solve_as", with_script(plan(), turn().model_copy(update={"fault": "500"}))),
    "sandbox": ("steps.solving", "judge", with_fault("kill the sandbox")),
    "store": ("steps.solving", "record", with_fault("refuse the statement")),
    "time": ("steps.solving", "certify", lambda do, c, d: do(replace(c, clock=contexts.Clock(0.0)), d)),
    "defect": ("steps.verifying", "verify_schema", lambda *_: 1 / 0),
    "unrecorded": ("steps.verifying", "verify_schema", refuse_record),
    "search": ("steps.solving", "solve", with_fault("raise in the search")),
    "machine": ("tasks.generate", "propose", fail),
    "draw": ("tasks.generate", "propose", lambda *_: 1 / 0),
}


def patch(owner: Any, name: str, change: Step) -> None:
    """Put a function in the place of another, which it is given first."""
    inner = getattr(owner, name)
    setattr(owner, name, lambda *given, **named: change(inner, *given, **named))


def at(indices: set[int], fault: Step) -> Step:
    """Keep a fault to some items."""

    def change(step: Step, *given: Any) -> Any:
        key = next(one if hasattr(one, "index") else one.key for one in given if hasattr(one, "index") or has_key(one))
        return fault(step, *given) if key.index in indices else step(*given)

    return change


def has_key(subject: Any) -> bool:
    return hasattr(getattr(subject, "key", None), "index")


def act_up(call: Step, session: Any, *given: Any, **named: Any) -> Any:
    """Call a sandbox of which something dies meanwhile, if this thread is to meet that."""
    sandbox = session._enclosure._keeper.process.pid
    if getattr(HERE, "fault", None) == "kill the sandbox":
        threading.Timer(0.2, os.kill, (sandbox, signal.SIGKILL)).start()
    elif getattr(HERE, "fault", None) == "crash a job once":
        HERE.fault = None
        threading.Thread(target=crash_job, args=(sandbox, find_children(sandbox))).start()
    return call(session, *given, **named)


def crash_job(sandbox: int, before: set[int]) -> None:
    """Crash the process of the next job of a sandbox."""
    wait_until(lambda: bool(find_children(sandbox) - before), 30.0)
    os.kill(max(find_children(sandbox) - before), signal.SIGSEGV)


def find_children(root: int) -> set[int]:
    """Return every process that descends from one."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, new = {root}, {root}
    while new := {pid for pid, parent in parents.items() if parent in new} - found:
        found |= new
    return found - {root}


def refuse_statement(advance: Step, connection: Any, *given: Any) -> None:
    if getattr(HERE, "fault", None) == "refuse the statement":
        connection.exec_driver_sql("INSERT INTO absent VALUES (1)")
    advance(connection, *given)


def fail_search(design: Step, *given: Any) -> Any:
    return 1 / 0 if getattr(HERE, "fault", None) == "raise in the search" else design(*given)


def refuse_error(record: Step, store: Any, error: Any) -> None:
    if error.stage in ERRORS_REFUSED:
        ERRORS_REFUSED.remove(error.stage)
        raise InfrastructureError("disk full: here")
    record(store, error)


def refuse_slot(hold_slot: Step) -> Any:
    """Refuse the slots of some items: they are held in the order of indices."""
    if WANTED.get(str(next(SLOTS))) == "slot":
        raise ConnectionError("no server")
    return hold_slot()


def list_files(run: Step, toolbox: Any, **named: Any) -> Any:
    return 1 / 0 if toolbox.workbench._id in BAD_TOOLS else run(toolbox, **named)


@contextmanager
def serve_patched(home: Path) -> Iterator[str]:
    """Put the faults in their places once Prefect's settings stand, before it is imported."""
    with serve_prefect(home) as url:
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")  # as `run` does, later
        import prefect

        patch(
            prefect,
            "task",
            lambda task, **policy: task(
                **policy | {"retry_delay_seconds": [float(os.environ.get("TEST_RETRY_S", "0"))]}
            ),
        )
        import agents.reference
        import flows.batch
        import flows.pipeline
        import flows.side_by_side
        import records.store
        import sandbox.session

        flows.batch.EXPORT_EVERY = int(os.environ.get("TEST_EXPORT_EVERY", flows.batch.EXPORT_EVERY))
        patch(sandbox.session.WorkerSession, "call", act_up)
        patch(records.store.Store, "record_error", refuse_error)
        patch(flows.side_by_side, "hold_slot", refuse_slot)
        patch(records.store, "advance_benchmark", refuse_statement)
        patch(agents.reference.ReferenceEngineer, "design", fail_search)
        inner = TOOLS["list_files"]
        TOOLS["list_files"] = replace(inner, run=lambda toolbox, **named: list_files(inner.run, toolbox, **named))
        for fault in set(WANTED.values()) - {"slot"}:
            module, name, change = FAULTS[fault]
            patch(sys.modules[module], name, at({int(n) for n in WANTED if WANTED[n] == fault}, change))
        yield url


if __name__ == "__main__":
    WANTED: dict[str, str] = json.loads(sys.argv.pop(1))
    service.runs.serve_prefect = serve_patched
    service.cli.main()
