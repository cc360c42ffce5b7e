"""The system calls that a job may make, compiled on the host to the BPF program that each job loads.

What is in none of the lists fails with ENOSYS, so that calls of future kernels stay shut.
"""

import errno
import tempfile

import pyseccomp

_ALLOWED = """
    access alarm arch_prctl brk capget chdir chmod clock_getres clock_gettime clock_nanosleep close close_range
    copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd eventfd2
    exit exit_group faccessat faccessat2 fallocate fchdir fchmod fchmodat fdatasync fgetxattr fstat fstatfs fsync
    ftruncate futex getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpgid getpgrp getpid
    getppid getpriority getrandom getresgid getresuid getrlimit get_robust_list getrusage getsid gettid gettimeofday
    getuid getxattr kill lgetxattr link linkat listxattr llistxattr lseek lstat madvise membarrier mincore mkdir
    mkdirat mlock mmap mprotect mremap msync munlock munmap nanosleep newfstatat open openat pause pidfd_open pipe
    pipe2 poll ppoll prctl pread64 preadv pselect6 pwrite64 pwritev read readlink readlinkat readv rename renameat
    renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
    rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_getaffinity sched_getattr sched_getparam
    sched_get_priority_max sched_get_priority_min sched_getscheduler sched_setaffinity sched_yield select sendfile
    setitimer setrlimit set_robust_list setsid set_tid_address sigaltstack stat statfs statx symlink symlinkat
    sync_file_range sysinfo tgkill time timer_create timer_delete timerfd_create timerfd_gettime timerfd_settime
    timer_getoverrun timer_gettime timer_settime times tkill truncate umask uname unlink unlinkat utime utimensat
    utimes wait4 waitid write writev
"""
_REFUSED = """
    accept accept4 bind chown chroot clock_adjtime clock_settime connect execve execveat fchown fchownat flock lchown
    listen mknod mknodat process_madvise process_mrelease sendto setdomainname setgid setgroups sethostname setregid
    setresgid setresuid setreuid settimeofday setuid socket socketpair
"""
_DEADLY = """
    acct add_key adjtimex bpf delete_module finit_module fsconfig fsmount fsopen fspick init_module ioperm iopl
    io_uring_enter io_uring_register io_uring_setup kcmp kexec_file_load kexec_load keyctl mount mount_setattr
    move_mount name_to_handle_at open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root process_vm_readv
    process_vm_writev ptrace quotactl reboot request_key setns swapoff swapon syslog umount2 unshare userfaultfd
    vhangup
"""
_FORKING = ("fork", "vfork")
_BY_COMMAND = {
    "fcntl": {
        pyseccomp.ALLOW: (0, 1, 2, 3, 4, 1030, 1032),  # F_DUPFD, F_{GET,SET}F{D,L}, F_DUPFD_CLOEXEC, F_GETPIPE_SZ
        pyseccomp.ERRNO(errno.EPERM): (*range(5, 18), *range(36, 39), *range(1024, 1030), 1031, *range(1033, 1040)),
    },
    "ioctl": {
        # TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
        pyseccomp.ALLOW: (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451),
    },
}
"""Commands by what they come to; refused are locks, leases, notices, owners, signals, hints, seals and sizes of pipes.

A file that is bound read-only is the host's own: a lock or a lease on it holds up the host.
"""
_COMMAND_BITS = 0xFFFFFFFF
_WORKERS_OWN = "capset clone execve mount pidfd_send_signal seccomp setns unshare"
_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020080


def compile_filter() -> bytes:
    """Return the BPF program: threads but no processes, no sockets, no new namespaces, death for attacks."""
    syscalls = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    syscalls.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    for names, action in (
        (_ALLOWED.split(), pyseccomp.ALLOW),
        (_REFUSED.split(), pyseccomp.ERRNO(errno.EPERM)),
        (_DEADLY.split(), pyseccomp.KILL_PROCESS),
        (_FORKING, pyseccomp.ERRNO(errno.EAGAIN)),
    ):
        for name in names:
            syscalls.add_rule(action, name)
    for name, commands in _BY_COMMAND.items():
        for action, numbers in commands.items():
            for number in numbers:
                syscalls.add_rule(action, name, pyseccomp.Arg(1, pyseccomp.MASKED_EQ, _COMMAND_BITS, number))
    syscalls.add_rule(pyseccomp.ALLOW, "prlimit64", pyseccomp.Arg(0, pyseccomp.EQ, 0))
    syscalls.add_rule(pyseccomp.ERRNO(errno.EPERM), "prlimit64", pyseccomp.Arg(0, pyseccomp.NE, 0))  # PID 1's, say
    thread_only = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD | _CLONE_NEW, _CLONE_THREAD)
    no_thread = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD, 0)
    syscalls.add_rule(pyseccomp.ALLOW, "clone", thread_only)
    syscalls.add_rule(pyseccomp.ERRNO(errno.EAGAIN), "clone", no_thread)
    return export_filter(syscalls)


def container_profile() -> dict[str, object]:
    """Return the profile, in the engines' own terms, of a container whose worker makes namespaces for its jobs."""
    names = sorted({*_ALLOWED.split(), *_FORKING, *_WORKERS_OWN.split(), *_BY_COMMAND, "prlimit64"})
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": errno.ENOSYS,
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
        "syscalls": [{"names": names, "action": "SCMP_ACT_ALLOW"}],
    }


def export_filter(syscalls: pyseccomp.SyscallFilter) -> bytes:
    """Return the BPF program of a filter."""
    with tempfile.TemporaryFile() as file:
        syscalls.export_bpf(file)
        file.seek(0)
        return file.read()
