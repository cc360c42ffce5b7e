"""Hostile programs by class: what each tries, the code that it must end with, and words of the reason.

An attack that ends as COMPLETED has got nothing: what it brings back in `result` must be empty.
"""

# ruff: noqa: E501  one attack a line

from dataclasses import dataclass

from schemas.sandbox import MIB, JobEnding, Limits

TIGHT = Limits(
    cpu_seconds=1,
    wall_seconds=20.0,
    memory_bytes=128 * MIB,
    threads=8,
    disk_bytes=8 * MIB,
    inodes=64,
    file_bytes=4 * MIB,
    output_bytes=100_000,
    artifacts=10,
    artifact_bytes=3 * MIB,
    result_bytes=MIB,
)
BRIEF = TIGHT.model_copy(update={"wall_seconds": 1.5})
LIBC = "import ctypes, os; libc = ctypes.CDLL(None)\n"
CALL = LIBC + "libc.syscall({}, 0, 0, 0, 0, 0)"
SOCKET = "import socket; socket.socket({})"
FILL = "for i in range(9): open(f'/{}/{{i}}', 'wb').write(bytes(3 << 20))"
LOOT = """
for path in {}:
    try: result += open(path, 'rb').read(1 << 20)
    except OSError: pass
"""
WALK = """
import os, stat
for folder, inner, names in os.walk('/'):
    if folder == '/': inner[:] = [n for n in inner if not n.startswith(('usr', 'opt', 'bin', 'lib', 'sbin', 'etc'))]
    for name in names:
        path = os.path.join(folder, name)
        try: {}
        except OSError: pass
"""
CATCH = "try:\n  {}\nexcept OSError: pass"
VIOLATION, ERROR, CRASHED = JobEnding.SANDBOX_VIOLATION, JobEnding.PROGRAM_ERROR, JobEnding.PROGRAM_CRASHED
TIMEOUT, MEMORY, PROCESSES = JobEnding.PROGRAM_TIMEOUT, JobEnding.PROGRAM_MEMORY, JobEnding.PROGRAM_PROCESSES
INVALID = JobEnding.BUNDLE_INVALID
DISK, OUTPUT, NOTHING = JobEnding.PROGRAM_DISK, JobEnding.PROGRAM_OUTPUT, JobEnding.COMPLETED


@dataclass(frozen=True)
class Attack:
    """One hostile program and how it must end."""

    program: str
    ending: JobEnding
    words: str = ""
    limits: Limits = TIGHT


READ = {
    "files of the host": Attack(LOOT.format("('/etc/shadow', '/root/.bashrc', '/proc/1/environ', CANARY)"), NOTHING),
    "up and out of the work folder": Attack(LOOT.format("['../' * n + CANARY[1:] for n in range(9)]"), NOTHING),
    "secrets anywhere": Attack(WALK.format("result += path.encode() if SECRET in open(path, 'rb').read(1 << 20) else b''"), NOTHING),
    "environment": Attack("import os\nresult = b''.join(v for v in os.environb.values() if SECRET in v)", NOTHING),
    "memory of the supervisor": Attack("open('/proc/1/mem', 'rb')", ERROR, "No such file"),
    "memory of the machine": Attack("open('/dev/mem', 'rb')", ERROR, "No such file"),
    "disk of the machine": Attack("import os; os.mknod('/tmp/d', 0o60600, os.makedev(254, 0))", VIOLATION),
    "file by handle": Attack(CALL.format(304), VIOLATION, "forbidden system call"),
}  # fmt: skip
WRITE = {
    "the root": Attack("open('/evil', 'w')", VIOLATION),
    "the worker's code": Attack("open('/opt/workpiece/workbench/jobs/worker.py', 'a')", VIOLATION),
    "a start-up file": Attack("open('/opt/site-packages/evil.pth', 'w')", VIOLATION),
    "the system": Attack("open('/usr/evil', 'w')", VIOLATION),
    "a device": Attack("import os; os.chmod('/dev/null', 0o600)", VIOLATION),
    "in shared memory": Attack(CATCH.format("open('/dev/shm/evil', 'w'); result = b'!'"), NOTHING),
    "in the devices' folder": Attack("open('/dev/evil', 'w')", VIOLATION),
}
NETWORK = {
    "tcp": Attack(SOCKET.format(""), VIOLATION),
    "udp": Attack(SOCKET.format("socket.AF_INET, socket.SOCK_DGRAM"), VIOLATION),
    "ipv6": Attack(SOCKET.format("socket.AF_INET6"), VIOLATION),
    "raw": Attack(SOCKET.format("socket.AF_INET, socket.SOCK_RAW, 1"), VIOLATION),
    "netlink": Attack(SOCKET.format("socket.AF_NETLINK, socket.SOCK_RAW, 0"), VIOLATION),
    "vsock": Attack(SOCKET.format("socket.AF_VSOCK"), VIOLATION),
    "abstract socket": Attack(SOCKET.format("socket.AF_UNIX"), VIOLATION),
    "socket pair": Attack("import socket; socket.socketpair()", VIOLATION),
    "dns": Attack("import socket\ntry: socket.getaddrinfo('host.example', 80)\nexcept OSError: socket.socket()", VIOLATION),
    "io_uring": Attack(CALL.format(425), VIOLATION, "forbidden system call"),
}  # fmt: skip
PROCESS = {
    "fork": Attack("import os; os.fork()", PROCESSES, "temporarily unavailable"),
    "vfork": Attack(LIBC + "ctypes.set_errno(0); libc.vfork() < 0 and os.fork()", PROCESSES),
    "fork bomb": Attack("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", TIMEOUT, "CPU time"),
    "spawn": Attack("import os; os.posix_spawn('/bin/true', ['true'], {})", PROCESSES),
    "subprocess": Attack("import subprocess; subprocess.run(['/bin/true'])", PROCESSES, "unavailable"),
    "shell": Attack(LIBC + "result = b'got' if libc.system(b'true') == 0 else b''", NOTHING),
    "zombies": Attack(
        "import os\nfor _ in range(999):\n  try: os.fork() or os._exit(0)\n  except OSError: pass", NOTHING
    ),
    "terminal": Attack("import pty; pty.fork()", ERROR),
    "execute": Attack("import os; os.execv('/bin/sh', ['sh'])", VIOLATION),
    "execute from memory": Attack("import os; os.memfd_create('evil')", ERROR, "not implemented"),
    "threads": Attack(
        "import threading, time\nfor _ in range(99): threading.Thread(target=time.sleep, args=(9,)).start()",
        PROCESSES,
        "start new thread",
    ),
}
HOARD = {
    "memory": Attack("bytearray(10**9)", MEMORY, "MemoryError"),
    "memory in steps": Attack("x = []\nwhile True: x.append(bytearray(5000))", MEMORY, "MemoryError"),
    "memory of the kernel's libraries": Attack("import os; os.write(2, b'std::bad_alloc'); os.abort()", MEMORY, "bad_alloc"),
    "memory map": Attack("import mmap; mmap.mmap(-1, 1 << 40)", MEMORY),
    "recursion": Attack("def f(): f()\nf()", ERROR, "RecursionError"),
    "stack": Attack("import sys\nsys.setrecursionlimit(10**9)\nclass A:\n  def __getattr__(s, n): return repr(s.x)\n  __repr__ = lambda s: s.y\nA().z", CRASHED),
    "open files": Attack("kept = [open('/dev/null') for _ in range(999)]", ERROR, "Too many open files"),
    "pipes": Attack("import os\nkept = [os.pipe() for _ in range(999)]", ERROR, "Too many open files"),
}  # fmt: skip
FLOOD = {
    "disk": Attack(FILL.format("work"), DISK, "No space left"),
    "temporary disk": Attack(FILL.format("tmp"), DISK, "No space left"),
    "disk, error caught": Attack(CATCH.format(FILL.format("work")), DISK, "full"),
    "file size": Attack("open('/work/a', 'wb').write(bytes(5 << 20))", DISK, "too large"),
    "STEP of 4 GB": Attack("open(out_dir / 'huge.step', 'wb').truncate(4 << 30)", DISK, "too large"),
    "STEP of 4 GB, allocated": Attack("import os\nos.posix_fallocate(os.open('/tmp/a.step', 66), 0, 4 << 30)", DISK),
    "inodes": Attack("for i in range(99): open(f'/work/{i}', 'w')", DISK, "No space left"),
    "folders": Attack("import os\nfor i in range(99): os.mkdir('a'); os.chdir('a')", DISK, "No space left"),
    "output": Attack("while True: print('x' * 999)", OUTPUT, "printed"),
    "errors": Attack("import os\nwhile True: os.write(2, b'x' * 999)", OUTPUT, "printed"),
    "output of C code": Attack(LIBC + "while True: libc.puts(b'x' * 999)", OUTPUT, "printed"),
    "large result": Attack("result = bytes(2 << 20)", VIOLATION, "result is larger"),
    "many artifacts": Attack("for i in range(11): (out_dir / str(i)).touch()", VIOLATION, "11 files"),
    "large artifact": Attack("(out_dir / 'a').write_bytes(bytes(4 << 20))", VIOLATION, "limit of bytes"),
    "sparse artifact": Attack("open(out_dir / 'a', 'wb').truncate(2 << 20)", VIOLATION, "sparse"),
    "sparse artifact with an end": Attack(
        "f = open(out_dir / 'a', 'wb'); f.seek(2 << 20); f.write(b'!')", VIOLATION, "sparse"
    ),
    "sparse artifacts of a lot in all": Attack(
        "for n in 'abc': open(out_dir / n, 'wb').truncate(3 << 20)", VIOLATION, "sparse"
    ),
    "JSON of many keys": Attack(
        "(out_dir / 'a.json').write_text('{' + ','.join(f'\"{i}\":1' for i in range(150_000)) + '}')",
        INVALID,
        "150000 keys",
    ),
    "JSON of many items": Attack("(out_dir / 'a.json').write_text('[' + '1,' * 1_000_000 + '1]')", INVALID, "items"),
    "deep JSON": Attack("(out_dir / 'a.json').write_text('[' * 33 + ']' * 33)", INVALID, "deep"),
}
LOOP = {
    "loop": Attack("while True: pass", TIMEOUT, "CPU time"),
    "loop in C code": Attack("import re; re.match(r'(a+)+$', 'a' * 64 + 'b')", TIMEOUT, "CPU time"),
    "signals ignored": Attack("import signal\nfor n in set(signal.valid_signals()) - {9, 19, 32, 33}: signal.signal(n, signal.SIG_IGN)\nwhile True: pass", TIMEOUT, "CPU time"),
    "clocks forged": Attack("import time\ntime.time = time.monotonic = lambda: 0.0\nwhile True: pass", TIMEOUT, "CPU time"),
    "sleep": Attack("import time; time.sleep(60)", TIMEOUT, "wall time", BRIEF),
    "stopped": Attack("import os; os.kill(os.getpid(), 19)", TIMEOUT, "wall time", BRIEF),
    "hung thread at the end": Attack("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nwhile True: time.sleep(1)", TIMEOUT, "wall time", BRIEF),
}  # fmt: skip
CRASH = {
    "segfault": Attack("import ctypes; ctypes.string_at(0)", CRASHED, "SIGSEGV"),
    "abort": Attack("import os; os.abort()", CRASHED, "SIGABRT"),
    "suicide": Attack("import os; os.kill(os.getpid(), 9)", CRASHED, "SIGKILL"),
    "error": Attack("1 / 0", ERROR, "ZeroDivisionError"),
    "syntax": Attack("def", ERROR, "SyntaxError"),
    "nesting": Attack("eval('(' * 10**5)", ERROR),
    "exit": Attack("raise SystemExit(0)", ERROR, "SystemExit"),
    "hard exit": Attack("import os; os._exit(0)", ERROR, "ended without a result"),
    "error without end": Attack("raise ValueError('x' * 10**6)", ERROR),
    "error that can't be told": Attack("class E(Exception):\n  def __str__(self): raise self\nraise E", ERROR),
}
PRIVILEGE = {
    "ptrace": Attack(LIBC + "libc.ptrace(16, 1, 0, 0)", VIOLATION, "forbidden system call"),
    "mount": Attack(LIBC + "libc.mount(b'x', b'/tmp', b'tmpfs', 0, None)", VIOLATION, "forbidden system call"),
    "pivot the root": Attack(CALL.format(155), VIOLATION, "forbidden system call"),
    "change the root": Attack("import os; os.chroot('/tmp')", VIOLATION),
    "new user namespace": Attack(LIBC + "libc.unshare(0x10000000)", VIOLATION, "forbidden system call"),
    "another's namespace": Attack(LIBC + "libc.setns(0, 0)", VIOLATION, "forbidden system call"),
    "bpf": Attack(CALL.format(321), VIOLATION, "forbidden system call"),
    "keys": Attack(CALL.format(250), VIOLATION, "forbidden system call"),
    "performance events": Attack(CALL.format(298), VIOLATION, "forbidden system call"),
    "page faults": Attack(CALL.format(323), VIOLATION, "forbidden system call"),
    "module": Attack(CALL.format(175), VIOLATION, "forbidden system call"),
    "reboot": Attack(CALL.format(169), VIOLATION, "forbidden system call"),
    "calls of another ABI": Attack(CALL.format(0x40000000 + 39), VIOLATION, "forbidden system call"),
    "calls of the future": Attack("import os\n" + CALL.format(999) + " == -1 or result.fail", NOTHING),
    "root": Attack("import os; os.setuid(0)", VIOLATION),
    "capabilities": Attack(LIBC + "import struct\nlibc.syscall(126, struct.pack('=Ii', 0x20080522, 0), b'\\xff' * 24) == 0 and result.fail", NOTHING),
    "limits of its own": Attack("import resource; resource.setrlimit(resource.RLIMIT_CPU, (99, 99))", ERROR, "ValueError"),
    "limits of the supervisor": Attack("import resource; resource.prlimit(1, resource.RLIMIT_CPU, (0, 0))", VIOLATION),
    "clock": Attack("import time; time.clock_settime(time.CLOCK_REALTIME, 0.0)", VIOLATION),
    "clock's speed": Attack(CALL.format(159), VIOLATION, "forbidden system call"),
    "host's name": Attack("import socket; socket.sethostname('evil')", VIOLATION),
}  # fmt: skip
ESCAPE = {
    "privileged: see the machine's devices": Attack("import os; result = b'!' * any(d.startswith(('sd', 'vd', 'nvme', 'mem', 'kmsg', 'fuse', 'loop')) for d in os.listdir('/dev'))", NOTHING),
    "engine's socket": Attack(WALK.format("result += path.encode() if stat.S_ISSOCK(os.stat(path).st_mode) else b''"), NOTHING),
    "host's folders mounted": Attack(LOOT.format("[CANARY, *(p + CANARY for p in ('/host', '/hostfs', '/mnt', '/rootfs'))]"), NOTHING),
    "release agent of a control group": Attack("open('/sys/fs/cgroup/memory/release_agent', 'w')", ERROR, "No such file"),
    "own control group": Attack("open('/sys/fs/cgroup/memory.max', 'w')", ERROR, "No such file"),
    "core pattern": Attack("open('/proc/sys/kernel/core_pattern', 'w')", ERROR, "No such file"),
    "system request": Attack("open('/proc/sysrq-trigger', 'w')", VIOLATION),
    "runtime's program": Attack("open('/proc/self/exe', 'r+b')", ERROR, "No such file"),
    "host's processes": Attack("import os\nfor pid in range(3, 5000):\n  try: os.kill(pid, 0); result += b'!'\n  except OSError: pass", NOTHING),
    "host's network": Attack("import os; result = repr(os.listdir('/sys/class/net')).encode()", ERROR, "No such file"),
    "pages of read-only files": Attack("import os\nr, w = os.pipe()\nos.splice(os.open('/usr/bin/env', 0), w, 1)", ERROR, "not implemented"),
    "descriptors left open": Attack("import os\nfor fd in range(4, 4096):\n  try: result += repr(os.fstat(fd)).encode()\n  except OSError: pass", NOTHING),
}  # fmt: skip
QUEUE = (
    LIBC + "import signal, threading\nsignal.pthread_sigmask(signal.SIG_BLOCK, {40})\nn = 0\nwhile n < 50_000 and 0 == "
)
COUNT = ": n += 1\nif n < 300: raise BlockingIOError(11, f'queued {n}')\nresult = b'!'"
FORGE = "import os\nfrom schemas.wire import WireFrame as frame\nfrom schemas.sandbox import *\n"
REPLY = {
    "forged report": Attack("import os; os.write(3, b'forged' * 9); os._exit(0)", VIOLATION, "forged"),
    "half a report": Attack("import os; os.write(3, b'WPFR'); os._exit(0)", VIOLATION, "forged"),
    "two reports": Attack("import os; os.write(3, b'x'); result = b'x'", VIOLATION, "forged"),
    "reports without end": Attack("import os\nwhile True: os.write(3, bytes(1 << 16))", VIOLATION, "result is larger"),
    "report of another kind": Attack(
        FORGE + "os.write(3, frame(JobReply(ending='COMPLETED', usage=Usage()), {'payload': b'!'}).encode()); os._exit(0)",
        VIOLATION,
        "forged",
    ),
    "report of its own": Attack(FORGE + "os.write(3, frame(JobReport(token='0' * 32, ending='COMPLETED'), {'payload': b'!'}).encode()); os._exit(0)", VIOLATION, "forged"),
    "excuse of its own": Attack(FORGE + "os.write(3, frame(JobReport(token='', ending='PROGRAM_TIMEOUT', detail='x')).encode()); os._exit(0)", VIOLATION, "forged"),
    "report of a million keys": Attack("import json, os\nb = json.dumps(dict.fromkeys(map(str, range(60_000)), 1)).encode()\n"
        "os.write(3, b'WPFR\\0\\1' + len(b).to_bytes(4, 'big')); os.write(3, b); os._exit(0)", VIOLATION, "60000 keys"),
    "patched checks": Attack(
        "import workbench.jobs.replies, workbench.jobs.artifacts\nworkbench.jobs.artifacts._NAME = None\n"
        "workbench.jobs.replies.collect_artifacts = dict\n(out_dir / '.bashrc').touch()",
        VIOLATION,
        "may not be called",
    ),
    "symlink": Attack("(out_dir / 'a').symlink_to('/etc/ld.so.cache')", VIOLATION, "not a plain file"),
    "hard link": Attack("(out_dir / 'a').write_bytes(b''); (out_dir / 'b').hardlink_to(out_dir / 'a')", VIOLATION, "not a plain"),
    "folder": Attack("(out_dir / 'a').mkdir()", VIOLATION, "not a plain file"),
    "fifo": Attack("import os; os.mkfifo(out_dir / 'a')", VIOLATION),
    "strange name": Attack("(out_dir / '.bashrc').touch()", VIOLATION, "may not be called"),
    "name of two lines": Attack("(out_dir / 'a\\nb').touch()", VIOLATION, "may not be called"),
    "name of the job's record": Attack("(out_dir / 'job.json').write_text('{}')", VIOLATION, "may not be called"),
    "name of the manifest": Attack("(out_dir / 'manifest.json').write_text('{}')", VIOLATION, "may not be called"),
    "name of both": Attack("(out_dir / 'a').touch()\nfor n in ('job.json', 'manifest.json'): (out_dir / n).touch()", VIOLATION, "may not be called"),
    "out folder that can't be searched": Attack("(out_dir / 'a').touch(); out_dir.chmod(0o400)", VIOLATION, "can't be read"),
    "out folder that can't be listed": Attack("(out_dir / 'a').touch(); out_dir.chmod(0)", VIOLATION, "can't be read"),
    "artifact that can't be read": Attack("(out_dir / 'a').touch(0)", VIOLATION, "can't be read"),
    "work folder that can't be searched": Attack("import os; os.chmod('/work', 0)", VIOLATION, "can't be read"),
    "out folder that changes": Attack("import threading\n(out_dir / 'a').touch(); out_dir.chmod(0o400)\n"
        "def toggle():\n  while True: out_dir.chmod(0o700); out_dir.chmod(0o400)\n"
        "for _ in range(3): threading.Thread(target=toggle, daemon=True).start()\nout_dir.chmod(0)\nimport time; time.sleep(0.2)\nraise ValueError('on')", ERROR, "on"),
    "moved out folder": Attack("out_dir.rename('/work/elsewhere'); out_dir.symlink_to('/etc')", VIOLATION, "can't be read"),
    "removed out folder": Attack("out_dir.rmdir()", VIOLATION, "can't be read"),
}  # fmt: skip
FCNTL = "import fcntl, struct\nfile = open('/opt/workpiece/schemas/wire.py')\nfcntl.fcntl(file, {}, {})"
HOST = {
    "lease": Attack(FCNTL.format("fcntl.F_SETLEASE", "fcntl.F_WRLCK"), VIOLATION, "not permitted"),
    "lease to read": Attack(FCNTL.format("fcntl.F_SETLEASE", "fcntl.F_RDLCK"), VIOLATION, "not permitted"),
    "lease, its command in more bits": Attack(LIBC + "n = libc.syscall(72, os.open('/usr/bin/env', 0), ctypes.c_long((1 << 32) | 1024), 1)\nn < 0 or result.fail", NOTHING),
    "look at leases": Attack(FCNTL.format("fcntl.F_GETLEASE", "0"), VIOLATION, "not permitted"),
    "notice of a folder": Attack("import fcntl, os; fcntl.fcntl(os.open('/usr', 0), 1026, 1)", VIOLATION, "not permitted"),
    "lock": Attack("import fcntl; fcntl.flock(open('/opt/workpiece/schemas/wire.py'), fcntl.LOCK_EX)", VIOLATION, "not permitted"),
    "shared lock": Attack("import fcntl; fcntl.flock(open('/usr/bin/env'), fcntl.LOCK_SH)", VIOLATION, "not permitted"),
    "lock of a record": Attack("import fcntl; fcntl.lockf(open('/usr/bin/env'), fcntl.LOCK_SH)", VIOLATION, "not permitted"),
    "lock of an open file": Attack(FCNTL.format("37", "struct.pack('hhqqi4x', 0, 0, 0, 0, 0)"), VIOLATION, "not permitted"),
    "owner of signals": Attack(FCNTL.format("fcntl.F_SETOWN", "1"), VIOLATION, "not permitted"),
    "signal of a file": Attack(FCNTL.format("fcntl.F_SETSIG", "9"), VIOLATION, "not permitted"),
    "hint of a file": Attack(FCNTL.format("1036", "b'\\2' + bytes(7)"), VIOLATION, "not permitted"),
    "size of a pipe": Attack("import fcntl, os; fcntl.fcntl(os.pipe()[0], 1031, 1 << 20)", VIOLATION, "not permitted"),
    "key of a file system": Attack("import fcntl, os; fcntl.ioctl(os.open('/usr', 0), 0xC0506617, bytes(80))", ERROR, "not implemented"),
    "frozen file system": Attack("import fcntl, os; fcntl.ioctl(os.open('/usr', 0), 0xC0045877, 0)", ERROR, "not implemented"),
    "flags of a file": Attack("import fcntl; fcntl.ioctl(open('/usr/bin/env'), 0x40086602, bytes(8))", ERROR, "not implemented"),
    "cached pages": Attack("import os; os.posix_fadvise(os.open('/usr/bin/env', 0), 0, 0, os.POSIX_FADV_DONTNEED)", ERROR, "not implemented"),
    "watches": Attack(LIBC + "libc.inotify_init1(0) < 0 or result.fail", NOTHING),
    "watches of all files": Attack(LIBC + "libc.fanotify_init(0, 0) < 0 or result.fail", NOTHING),
    "queues of messages": Attack(LIBC + "max(libc.msgget(0, 0o1777), libc.semget(0, 1, 0o1777)) < 0 or result.fail", NOTHING),
    "signals": Attack(QUEUE + "libc.sigqueue(os.getpid(), 40, None)" + COUNT, PROCESSES, "queued 2"),
    "signals to a thread": Attack(QUEUE + "libc.pthread_sigqueue(ctypes.c_ulong(threading.get_ident()), 40, None)" + COUNT, PROCESSES, "queued 2"),
    "timers": Attack(QUEUE + "libc.timer_create(0, None, ctypes.byref(ctypes.c_long()))" + COUNT, PROCESSES, "queued 2"),
    "locked memory": Attack(LIBC + "libc.mlock(id(libc), 1 << 20) < 0 or result.fail", NOTHING),
}  # fmt: skip
BETWEEN_JOBS = {
    "files": Attack("import os\nfor f in ('/tmp/x', '/work/x', '/work/in/x'): open(f, 'w')\nos.chmod('/tmp', 0)", NOTHING),
    "import hooks": Attack("import sys\nsys.meta_path.insert(0, object()); sys.path_hooks.clear(); sys.path.insert(0, '/tmp'); sys.modules['json'] = None", NOTHING),
    "patched builtins": Attack("import builtins; builtins.x = 1; builtins.open = builtins.eval = None", NOTHING),
    "patched worker": Attack("import workbench.jobs.worker as w, workbench.jobs.process as j, schemas.wire as f\nw.supervise = j.run_job = f.read_frame = None", NOTHING),
    "patched memory of the worker": Attack("RESERVED[:9] = b'!' * 9", NOTHING),
    "pickle": Attack("import pickle, os\nclass E:\n  def __reduce__(self): return os.abort, ()\nfor f in ('/work/in/payload', '/tmp/cache.pickle'): pickle.dump(E(), open(f, 'wb'))", NOTHING),
    "exit hooks": Attack("import atexit, os; atexit.register(os.abort)", NOTHING),
    "signals to the supervisor": Attack("import os\nfor n in range(1, 65):\n  try: os.kill(1, n)\n  except OSError: pass", NOTHING),
    "signals to all": Attack("import os\nfor n in range(1, 65):\n  if n not in (9, 19): " + "\n    ".join(("", "try: os.kill(-1, n)", "except OSError: pass")), NOTHING),
    "signals to the worker": Attack("import os\nfor pid in range(3, 300):\n  try: os.kill(pid, 9); result = b'reached'\n  except OSError: pass", NOTHING),
    "signals to its group": Attack("import os; os.killpg(0, 9)", CRASHED, "SIGKILL"),
    "another group": Attack(LIBC + "libc.setpgid(0, 1) < 0 or result.fail", NOTHING),
    "trace the worker": Attack(LIBC + "libc.ptrace(0x4206, os.getppid(), 0, 0)", VIOLATION, "forbidden system call"),
    "memory of the worker": Attack(CALL.format(311), VIOLATION, "forbidden system call"),
    "descriptors of the worker": Attack(CALL.format(438), VIOLATION, "forbidden system call"),
    "worker's pipe": Attack("import os\nfor fd in (0, *range(4, 99)):\n  try: os.write(fd, b'WPFR'); result = b'' if fd == 0 else b'!'\n  except OSError: pass", NOTHING),
    "pipes of its own": Attack("import fcntl, os\nfor fd in range(4): fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK)", NOTHING),
    "shared memory": Attack(LIBC + "libc.shmget(7, 4096, 0o1777) < 0 or result.fail", NOTHING),
    "message queue": Attack(LIBC + "libc.mq_open(b'/evil', 66, 0o777, None) < 0 or result.fail", NOTHING),
    "thread left running": Attack("import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()", NOTHING),
    "environment": Attack("import os\nos.environ['PYTHONPATH'] = os.environ['LD_PRELOAD'] = '/tmp'; os.umask(0); os.chdir('/')", NOTHING),
}  # fmt: skip
CLASSES = {
    "read": READ,
    "write": WRITE,
    "network": NETWORK,
    "process": PROCESS,
    "hoard": HOARD,
    "flood": FLOOD,
    "loop": LOOP,
    "crash": CRASH,
    "privilege": PRIVILEGE,
    "escape": ESCAPE,
    "reply": REPLY,
    "host": HOST,
    "between jobs": BETWEEN_JOBS,
}
