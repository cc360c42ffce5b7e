"""What stages share in a process: one context for each run, and a clock that leaves out the waiting."""

import time
from pathlib import Path

import pytest

from schemas.errors import InfrastructureError, StoppedError
from schemas.jobs import BuildProgram
from steps import context
from steps.context import Clock, close_process_context, process_context

JOB = BuildProgram(program="", seed=0, expects="scene")


def test_clock_runs_out_and_leaves_out_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    clock = Clock(10.0)
    now[0] += 25.0
    clock.look(waited_s=16.0)
    now[0] += 2.0
    with pytest.raises(InfrastructureError, match="longer than 10 s"):
        clock.look(waited_s=0.0)


def test_context_of_a_run_is_one_in_a_process_until_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKPIECE_WORKSPACE", str(tmp_path / "workspace"))
    first, again = process_context("a" * 64), process_context("a" * 64)
    assert first.store is again.store and first.clock is not again.clock
    assert process_context("b" * 64).store is not first.store
    for run_id in ("a" * 64, "b" * 64, "c" * 64):
        close_process_context(run_id)
    assert context._OPEN == {}
    with pytest.raises(StoppedError):
        first.call(JOB, {})
