"""The kernel calls by which a worker encloses a job: namespaces, mounts, privileges, limits and the syscall filter.

It knows nothing of jobs. Linux only; constants are those of the kernel's user-space headers.
"""

import ctypes
import os
import resource
import select
import signal
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from schemas.sandbox import Limits

WORK = Path("/work")
TEMPORARY = Path("/tmp")  # noqa: S108  the sandbox's own, a fresh tmpfs for every job
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")

_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWPID = 0x00020000, 0x08000000, 0x10000000, 0x20000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 2, 4, 8
_MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 32, 4096, 16384, 1 << 18
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_CAP_AMBIENT = 38, 22, 24, 47
_PR_CAP_AMBIENT_CLEAR_ALL, _SECCOMP_MODE_FILTER = 4, 2
_CAPABILITY_VERSION_3 = 0x20080522
_RESERVE_BYTES = 64 * 1024 * 1024  # with which a job that has run out of memory can still report it
_STACK_BYTES = 8 * 1024 * 1024
_PENDING_SIGNALS = 256
_NOT_NEEDED = (
    *(resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE),
    *(resource.RLIMIT_NICE, resource.RLIMIT_RTPRIO),
)
_WORKER_TASKS = 16  # bubblewrap's init, the worker with its threads, the supervisor, the job
_EMPTY_FOLDER_OPTIONS = "size=4k,nr_inodes=2,mode=0555"

_OOM_FILES = (Path("/sys/fs/cgroup/memory/memory.oom_control"), Path("/sys/fs/cgroup/memory.events"))

_PIECES_BYTES = (*(1 << power for power in range(24, 16, -1)), *range(1 << 16, 1 << 10, -512), *range(1 << 10, 8, -16))

_libc = ctypes.CDLL(None, use_errno=True)
_libc.sbrk.restype = _libc.malloc.restype = ctypes.c_size_t
_libc.free.argtypes = (ctypes.c_size_t,)


class _SocketFilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def become_namespace_owner() -> None:
    """Give this process user, mount and PID namespaces of its own, inside a container that grants no capability.

    The user stays what it is. The process that called stays outside and ends as soon as the host is gone (the pipe on
    file descriptor 0 is hung up) or the one inside has ended, which is PID 1 of its namespace: all inside dies with it.
    """
    user, group = os.getuid(), os.getgid()
    _check(_libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWPID), "unshare user, mounts and PIDs")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(text)
    if pid := os.fork():
        _wait_for_end(pid)
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)


def mask_folders(folders: Sequence[str]) -> None:
    """Cover those folders that exist by empty ones that nobody can write to."""
    for folder in filter(os.path.isdir, folders):
        _mount("tmpfs", folder, "tmpfs", _MS_RDONLY | _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, _EMPTY_FOLDER_OPTIONS)


def _wait_for_end(pid: int) -> NoReturn:
    poller = select.poll()
    poller.register(0, 0)  # no event but POLLHUP, which is always reported
    poller.register(os.pidfd_open(pid), select.POLLIN)
    poller.poll()
    os.kill(pid, signal.SIGKILL)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)


def open_oom_counter() -> int | None:
    """Open the file in which the kernel counts what it kills in this container for want of memory, if there is one."""
    return next((os.open(file, os.O_RDONLY | os.O_CLOEXEC) for file in _OOM_FILES if file.exists()), None)


def count_oom_kills(counter: int | None) -> int:
    """Return how often the kernel has killed in this container for want of memory; 0 without a counter."""
    lines = os.pread(counter, 4096, 0).decode().splitlines() if counter is not None else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def seal_devices() -> None:
    """Make the device nodes' inodes unchangeable: they are the host's own, and a job may own them."""
    for device in DEVICES:
        _mount(None, device, None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NOEXEC)


def fork_into_pid_namespace(own_namespace: int) -> int:
    """Fork a child that is PID 1 of a new namespace; return its PID, or 0 in the child.

    `own_namespace` is an open file of the caller's PID namespace, to which its later children return.
    """
    _check(_libc.unshare(_CLONE_NEWPID), "unshare a PID namespace")
    if pid := os.fork():
        _check(_libc.setns(own_namespace, _CLONE_NEWPID), "return to the worker's PID namespace")
    return pid


def make_fresh_mounts(limits: Limits, input_bytes: int) -> None:
    """Give this process its own mounts and IPC: empty sized /work and /tmp, and nothing in /proc."""
    _check(_libc.unshare(_CLONE_NEWNS | _CLONE_NEWIPC), "unshare mounts and IPC")
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)
    writable = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    sizes = ((WORK, limits.disk_bytes + input_bytes), (TEMPORARY, limits.disk_bytes))
    for folder, size_bytes in sizes:
        options = f"size={size_bytes},nr_inodes={limits.inodes},mode=0700"
        _mount("tmpfs", str(folder), "tmpfs", writable, options)
    _mount("tmpfs", "/proc", "tmpfs", writable | _MS_RDONLY, _EMPTY_FOLDER_OPTIONS)


def limit_resources(limits: Limits, held_address_bytes: int) -> None:
    """Set this process's rlimits, of all that its user shares with others; address space counts from what it holds.

    The bound on tasks counts the user's in this user namespace, and is of no effect where the host's user is root.
    """
    address_bytes = held_address_bytes + limits.memory_bytes
    pairs = (
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1),
        (resource.RLIMIT_AS, address_bytes, address_bytes + _RESERVE_BYTES),
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_STACK, _STACK_BYTES, _STACK_BYTES),
        (resource.RLIMIT_NPROC, limits.threads + _WORKER_TASKS, limits.threads + _WORKER_TASKS),
        (resource.RLIMIT_SIGPENDING, _PENDING_SIGNALS, _PENDING_SIGNALS),
        *((what, 0, 0) for what in _NOT_NEEDED),
    )
    for what, soft, hard in pairs:
        ceiling = resource.getrlimit(what)[1]
        most = hard if ceiling == resource.RLIM_INFINITY else min(hard, ceiling)
        resource.setrlimit(what, (min(soft, most), most))


def release_memory_reserve() -> None:
    """Let this process use its last address space."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def drop_privileges() -> None:
    """Drop every capability for good: bounding, ambient, permitted, effective, inheritable."""
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(_last_capability() + 1):
        _prctl(_PR_CAPBSET_DROP, capability)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, bytes(24)), "drop capabilities")
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def load_filter(instructions: bytes) -> None:
    """Load a seccomp program (an array of 8-byte BPF instructions) into this process and its children."""
    program = _SocketFilterProgram(len(instructions) // 8, instructions)
    _check(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0), "load the syscall filter")


def use_up_free_memory() -> None:
    """Take all free pieces of this process's heap, so that its forks take theirs beyond its end.

    There is little of it, but in so many places that a fork which used it would write to, and the kernel copy, a page
    for nearly every piece: half of the page faults of a small CAD job.
    """
    end = _libc.sbrk(0)
    for size_bytes in _PIECES_BYTES:
        while 0 < (address := _libc.malloc(size_bytes)) < end:
            pass
        _libc.free(address)
    _libc.malloc_trim(0)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of it."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def flush_c_streams() -> None:
    """Flush what C and C++ code has left in its stdio buffers."""
    _libc.fflush(None)


def _last_capability() -> int:
    for capability in range(64):
        if _libc.prctl(23, capability, 0, 0, 0) < 0:  # PR_CAPBSET_READ fails beyond the last one
            return capability - 1
    return 63


def _prctl(option: int, *arguments: int) -> None:
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    _check(_libc.prctl(option, *padded), f"prctl {option}")


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    texts = [text.encode() if text is not None else None for text in (source, target, kind, options)]
    code = _libc.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3])
    _check(code, f"mount {target}")


def _check(code: int, what: str) -> None:
    if code < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot {what}: {os.strerror(number)}")
