"""Says which limits hold on this host, by what, and what to do about those that do not."""

import os
import subprocess
import time
from pathlib import Path

from sandbox.bubblewrap import probe_command
from sandbox.cgroups import find_places
from sandbox.protocol import Backend
from schemas.errors import InfrastructureError
from schemas.jobs import BuildProgram
from schemas.record import Record
from schemas.sandbox import JobEnding, Limits, SessionKind

_ACTIONS = Path("/proc/sys/kernel/seccomp/actions_avail")
_NAMESPACE_REMEDY = (
    "allow user namespaces: `sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0`"
    " (those of the two that exist), in a container also `--security-opt seccomp=unconfined` or `--privileged`"
)
_CGROUP_REMEDY = "mount the {} cgroup controller writable for this user, or run as another user than root"


class LimitStatus(Record):
    """One limit: whether it is promised to callers, whether it holds here, by what, else what to do."""

    name: str
    promised: bool
    holds: bool
    mechanism: str
    remedy: str = ""


def describe_limits() -> list[LimitStatus]:
    """Try each limit of the namespace backend on this host; raises InfrastructureError without bubblewrap."""
    return [_describe_namespaces(), _describe_filter(), *_describe_constant(), *_describe_groups()]


def require_limits() -> None:
    """Raise InfrastructureError with what to do unless every promised limit holds on this host."""
    missing = [status for status in describe_limits() if status.promised and not status.holds]
    if missing:
        raise InfrastructureError("; ".join(f"{s.name} does not hold ({s.mechanism}): {s.remedy}" for s in missing))


def try_backend(name: str, backend: Backend, *, promised: bool) -> LimitStatus:
    """Open a real builder and let it run a program that does nothing; say how long that took, or why it can't."""
    job = BuildProgram(program="", seed=0, expects="scene").canonical_json()
    started_s = time.monotonic()
    try:
        session = backend.open(SessionKind.BUILDER, "doctor").warm()
        opened_s = time.monotonic()
        outcome = session.call(job, {}, Limits())
        by = f"opened in {opened_s - started_s:.1f} s, a job in {1e3 * (time.monotonic() - opened_s):.0f} ms"
        holds, remedy = outcome.ending is JobEnding.COMPLETED, outcome.detail
        session.close()
    except InfrastructureError as error:
        holds, by, remedy = False, str(error)[:400], "as it says"
    return LimitStatus(name=f"{name} backend", promised=promised, holds=holds, mechanism=by, remedy=remedy)


def _describe_namespaces() -> LimitStatus:
    probe = subprocess.run(probe_command(), capture_output=True, text=True, check=False, env={})
    holds = probe.returncode == 0
    by = "bubblewrap" if holds else f"bubblewrap: {probe.stderr.strip()}"
    return LimitStatus(name="namespaces", promised=True, holds=holds, mechanism=by, remedy=_NAMESPACE_REMEDY)


def _describe_filter() -> LimitStatus:
    holds = _ACTIONS.exists() and "kill_process" in _ACTIONS.read_text()
    remedy = "run on a kernel with CONFIG_SECCOMP_FILTER"
    return LimitStatus(name="system calls", promised=True, holds=holds, mechanism="seccomp", remedy=remedy)


def _describe_constant() -> list[LimitStatus]:
    pairs = (
        ("CPU time", "RLIMIT_CPU"),
        ("wall time", "the supervisor"),
        ("disk and inodes", "sized tmpfs"),
        ("file size and open files", "RLIMIT_FSIZE, RLIMIT_NOFILE"),
        ("output and artifacts", "the supervisor"),
    )
    return [LimitStatus(name=name, promised=True, holds=True, mechanism=by) for name, by in pairs]


def _describe_groups() -> list[LimitStatus]:
    found = {name: f"cgroup v{place.version}" for name, place in find_places().items()}
    tasks = found.get("pids") or ("RLIMIT_NPROC" if os.geteuid() else "")
    memory = found.get("memory") or "RLIMIT_AS alone"
    lack = "no writable pids cgroup, and root is exempt from RLIMIT_NPROC"
    return [
        LimitStatus(name="memory", promised=True, holds=True, mechanism=memory),
        _describe_group("threads", "pids", tasks, lack, promised=True),
        _describe_group("CPU share", "cpu", found.get("cpu", ""), "no writable cpu cgroup", promised=False),
    ]


def _describe_group(name: str, controller: str, by: str, lack: str, *, promised: bool) -> LimitStatus:
    remedy = _CGROUP_REMEDY.format(controller)
    return LimitStatus(name=name, promised=promised, holds=bool(by), mechanism=by or lack, remedy=remedy)
