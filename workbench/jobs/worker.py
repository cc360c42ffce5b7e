"""The worker program of a sandbox: imports what its jobs need, runs none of them, and forks a supervisor for each.

The parent never reads a job: the supervisor takes it from the pipe, answers on the pipe and is gone. So nothing of a
job can stay behind, and the CAD kernel never runs before a fork (which would hang the child).
"""

import argparse
import gc
import importlib
import os
import select
import signal
import sys
from dataclasses import dataclass

from schemas.sandbox import Hello, Ready, SessionKind
from schemas.wire import WireFrame, hash_schemas, read_frame
from workbench.jobs import isolation
from workbench.jobs.process import JobCode
from workbench.jobs.supervisor import supervise

_MOST_HELLO_BYTES = 1024 * 1024
_UNWANTED = ("pandas", "pyarrow")  # no image has them, but scikit-learn loads them where they are


class HostGoneError(Exception):
    """The host's end of the pipe is closed."""


@dataclass(frozen=True)
class Pipe:
    """The worker's ends of the channel to the host."""

    reader: int
    writer: int

    def read(self, size_bytes: int) -> bytes:
        """Return exactly that many bytes; raises HostGoneError."""
        parts: list[bytes] = []
        while size_bytes:
            part = os.read(self.reader, min(size_bytes, 1 << 20))
            if not part:
                raise HostGoneError
            parts.append(part)
            size_bytes -= len(part)
        return b"".join(parts)

    def write(self, content: bytes) -> None:
        """Write all of it."""
        isolation.write_all(self.writer, content)

    def wait(self) -> bool:
        """Wait for a frame; return whether one comes, or False when the host has gone."""
        poller = select.poll()
        poller.register(self.reader, select.POLLIN)
        return bool(poller.poll()[0][1] & select.POLLIN)


def main() -> int:
    """Warm up, shake hands and serve until the host closes the pipe."""
    parser = argparse.ArgumentParser(prog="workbench.jobs.worker", description=__doc__)
    parser.add_argument("--kind", required=True, choices=[kind.value for kind in SessionKind])
    parser.add_argument("--handlers", default="workbench.jobs.handlers", help="module with warm() and handle()")
    parser.add_argument("--container", nargs="*", help="make the namespaces here, and cover these folders")
    parser.add_argument("--label", default="", help="names the run and episode in the process list")
    options = parser.parse_args()
    oom_counter = None
    if options.container is not None:
        isolation.become_namespace_owner()
        oom_counter = isolation.open_oom_counter()
        isolation.mask_folders([*options.container, "/sys", "/dev/shm", "/dev/mqueue", "/dev/pts"])  # noqa: S108  covers it
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a handler would let a job disturb its supervisor, PID 1
    pipe = _claim_pipe()
    hello, blobs = read_frame(pipe.read, Hello, _MOST_HELLO_BYTES)
    if hello.kind.value != options.kind:
        raise SystemExit(f"host wants a {hello.kind} worker, this is a {options.kind} one")
    if hello.schemas_sha256 != hash_schemas():
        raise SystemExit("host and worker have different schemas: build the image again (make image)")
    if options.container is None:  # its devices are its own, and its user can't change them
        isolation.seal_devices()
    for name in _UNWANTED:
        sys.modules[name] = None  # type: ignore[assignment]  # which the import system knows as absent
    handlers = importlib.import_module(options.handlers)
    handlers.warm(options.kind)
    _prepare_to_fork()
    pipe.write(WireFrame(Ready(kind=hello.kind)).encode())
    code = JobCode(options.kind, handlers.handle, blobs["filter"])
    return _serve(pipe, code, oom_counter)


def _prepare_to_fork() -> None:
    """Do once what each fork would do for itself by writing to memory that it shares with this process."""
    gc.collect()
    for kind in filter(lambda thing: issubclass(type(thing), type), gc.get_objects()):
        _ = kind.__init__  # a first look-up gives a type its version
    gc.freeze()
    isolation.use_up_free_memory()


def _claim_pipe() -> Pipe:
    """Move the channel away from stdin and stdout, so that nothing printed can mix with it."""
    pipe = Pipe(os.dup(0), os.dup(1))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)
    return pipe


def _serve(pipe: Pipe, code: JobCode, oom_counter: int | None) -> int:
    own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY)
    while pipe.wait():
        if pid := isolation.fork_into_pid_namespace(own_namespace):
            if (status := os.waitpid(pid, 0)[1]) != 0:
                sys.stderr.write(f"a supervisor ended with status {os.waitstatus_to_exitcode(status)}\n")
                return 1
        else:
            supervise(pipe.read, pipe.write, code, oom_counter)
    return 0


if __name__ == "__main__":
    sys.exit(main())
