"""The attack suite: every attack ends with its code, gets nothing, and harms neither the host nor the next job."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.session import WorkerSession
from schemas.sandbox import JobEnding, Limits
from tests.sandbox.attacks import CLASSES, Attack

SECRET = "9f1c-the-hosts-own-secret"
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
SELF_CHECK = """
import builtins, os, resource, signal, sys, threading
folders = ("/", "/dev", "/work", "/work/in", "/work/out", "/tmp", "/proc", "/opt/workpiece", "/opt/workpiece/workbench")
limits = [resource.getrlimit(number) for number in range(15) if number != resource.RLIMIT_AS]
result = repr((
    [sorted(os.listdir(folder)) for folder in folders], sorted(vars(builtins)), sorted(sys.modules), sys.path,
    [getattr(hook, "__name__", type(hook)) for hook in (*sys.meta_path, *sys.path_hooks)], sorted(os.environ.items()),
    os.getpid(), os.getppid(), os.getcwd(), os.umask(0), threading.active_count(), limits, RESERVED[:9],
    [signal.getsignal(number) for number in sorted(signal.valid_signals())], os.stat("/tmp").st_mode,
)).encode()
"""


CLOSINGS = (
    *("import os; os.close(1)", "import sys; sys.stdout.close()"),
    *("import sys; sys.stdout = sys.stderr = None", "import sys; sys.stdout = object()"),
)


def cases() -> Iterator[object]:
    """Yield every attack; those belong to the gate that are the first of their class to end in this way."""
    for group, attacks in CLASSES.items():
        seen = set()
        for name, attack in attacks.items():
            way = (attack.ending, attack.words)
            yield pytest.param(attack, id=f"{group}: {name}", marks=[pytest.mark.slow] if way in seen else [])
            seen.add(way)


@pytest.fixture(scope="module")
def canary(session_folder: Path) -> Iterator[Path]:
    """A file of the host and a variable of its environment that hold the secret."""
    file = session_folder / "canary"
    file.write_text(SECRET)
    os.environ["WORKPIECE_TEST_SECRET"] = SECRET
    yield file
    del os.environ["WORKPIECE_TEST_SECRET"]


@pytest.fixture(scope="module")
def untouched(session: WorkerSession) -> bytes:
    """What a job finds in a session that nobody has attacked."""
    return check_self(session)


def check_self(session: WorkerSession) -> bytes:
    outcome = session.call(SELF_CHECK.encode(), {}, Limits())
    assert outcome.ending is JobEnding.COMPLETED, outcome
    return outcome.payload or b""


def describe_host(canary: Path) -> tuple[object, ...]:
    devices = [Path(device).stat() for device in DEVICES]
    return canary.read_text(), [(d.st_mode, d.st_uid, d.st_rdev) for d in devices], os.uname().nodename


@pytest.mark.parametrize("close", CLOSINGS)
def test_result_of_a_program_that_closes_its_output_counts(session: WorkerSession, close: str) -> None:
    outcome = session.call(f"print('seen')\n{close}\nresult = b'got'".encode(), {}, Limits())
    assert (outcome.ending, outcome.payload) == (JobEnding.COMPLETED, b"got")


@pytest.mark.parametrize("text", ["a lone \\ud83d half", "byte \\udc80", "NUL \\0 end", "\\udfff" * 30_000])
def test_reason_that_no_database_takes_is_kept_escaped(session: WorkerSession, text: str) -> None:
    outcome = session.call(f"raise ValueError('{text}')".encode(), {}, Limits())
    assert outcome.ending is JobEnding.PROGRAM_ERROR and outcome.detail.encode()
    assert "ValueError" in outcome.detail or len(outcome.detail) == 20_000
    assert "\0" not in outcome.detail and any(part in outcome.detail for part in ("\\ud", "\\x00"))


@pytest.mark.parametrize("attack", list(cases()))
def test_attack_ends_with_its_code_and_harms_nobody(
    session: WorkerSession, canary: Path, untouched: bytes, attack: Attack
) -> None:
    before = describe_host(canary)
    known = f"SECRET, CANARY = {SECRET[:9]!r}.encode() + {SECRET[9:]!r}.encode(), {str(canary)!r}\n"
    outcome = session.call((known + attack.program).encode(), {}, attack.limits)
    assert (outcome.ending, attack.words in outcome.detail) == (attack.ending, True), outcome
    assert not outcome.payload and not outcome.files, outcome
    assert SECRET not in outcome.stdout + outcome.stderr
    assert len(outcome.stdout) + len(outcome.stderr) <= 2 * attack.limits.output_bytes
    assert check_self(session) == untouched
    assert describe_host(canary) == before
