"""What a sandbox can see of this machine, whichever backend makes it: folders, variables and the worker's command."""

import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.record import hash_bytes, hash_parts
from schemas.sandbox import SessionKind

USER_ID = 10001
_CODE = Path("/opt/workpiece")
_SITE = Path("/opt/site-packages")
_PYTHON = Path("/opt/python")
_ROOT = Path(__file__).resolve().parents[1]
IN_IMAGE = (
    *("schemas", "workbench", "data", "requirements.lock"),
    *("deployments/sandbox-libraries.txt", "deployments/Containerfile"),
)
_SYSTEM_FOLDERS = ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts")
_BUILDERS_JOBS = ("__init__", "artifacts", "building", "isolation", "process", "replies", "supervisor", "worker")
_BUILDERS_COMPONENTS = ("__init__", "blanks", "envelopes")
_BUILDERS_KERNEL = ("__init__", "arrays", "faces", "measuring", "overlaps", "rounds")
BUILDER_MODULES = (
    *("__init__.py", "authoring"),
    *(f"jobs/{name}.py" for name in _BUILDERS_JOBS),
    *(f"components/{name}.py" for name in _BUILDERS_COMPONENTS),
    *(f"kernel/{name}.py" for name in _BUILDERS_KERNEL),
)
"""What of `workbench` an untrusted program can see; the judge is not among it."""
HANDLERS = "jobs/handlers.py"
_MASKED_FROM_BUILDERS = ("mujoco*", "dm_control*")


@dataclass(frozen=True)
class WorkerProgram:
    """Which handlers a worker runs: a module of the workbench, or a file that is bound beside it (tests)."""

    module: str = "workbench.jobs.handlers"
    file: Path | None = None


@dataclass(frozen=True)
class View:
    """What one worker sees: places inside and the folders of this machine bound there, links, and masked folders."""

    binds: dict[str, str]
    links: dict[str, str]
    masked: tuple[str, ...]
    environment: dict[str, str]
    command: tuple[str, ...]


def describe_view(kind: SessionKind, program: WorkerProgram, label: str) -> View:
    """Return what a worker of that kind sees of this machine, and the command that runs it."""
    shared = sysconfig.get_config_var("Py_ENABLE_SHARED") and not _python_is_of_system()
    return View(
        binds=system_binds() | dict(_libraries()) | dict(_code(kind, program)),
        links=system_links(),
        masked=tuple(_masked()) if kind is SessionKind.BUILDER else (),
        environment=_environment(kind) | ({"LD_LIBRARY_PATH": str(_PYTHON / "lib")} if shared else {}),
        command=_command(_interpreter(), kind, program, label),
    )


def describe_image_view(kind: SessionKind, program: WorkerProgram, label: str) -> View:
    """Return the same for an image that has all of it inside (deployments/Containerfile)."""
    binds = {str(_CODE / program.file.name): str(program.file)} if program.file else {}
    return View(binds, {}, (), _environment(kind), _command("python3", kind, program, label))


def hash_sources(root: Path = _ROOT) -> str:
    """Return the hash of all that images are made of: this code, its data, the locked libraries, the Containerfile."""
    paths = (path for name in IN_IMAGE for path in (root / name, *(root / name).rglob("*")))
    files = sorted(path for path in paths if path.is_file() and "__pycache__" not in path.parts)
    return hash_parts(*(f"{file.relative_to(root)} {hash_bytes(file.read_bytes())}" for file in files))


def _command(python: str, kind: SessionKind, program: WorkerProgram, label: str) -> tuple[str, ...]:
    options = ("--kind", kind.value, "--handlers", program.module, "--label", label)
    return (python, "-S", "-m", "workbench.jobs.worker", *options)


def system_binds() -> dict[str, str]:
    """Return the system's folders and files that programs need, by their place inside."""
    folders = ["/usr", *(name for name in _SYSTEM_FOLDERS if Path(name).is_dir() and not Path(name).is_symlink())]
    return {name: name for name in (*folders, *filter(lambda name: Path(name).exists(), _SYSTEM_FILES))}


def system_links() -> dict[str, str]:
    """Return the targets of the system's root folders that are links, by their place inside."""
    return {name: str(Path(name).readlink()) for name in _SYSTEM_FOLDERS if Path(name).is_symlink()}


def _environment(kind: SessionKind) -> dict[str, str]:
    variables = {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/work", "TMPDIR": "/tmp", "TZ": "UTC", "LC_ALL": "C.UTF-8",  # noqa: S108  inside
        "PYTHONPATH": f"{_CODE}:{_SITE}", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": "1",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
        # huge pages under all objects: a fork of the warm worker and its end cost a third
        "PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    }  # fmt: skip
    if kind is SessionKind.JUDGE:
        variables["MUJOCO_GL"] = "egl"
    return variables


def _libraries() -> Iterator[tuple[str, str]]:
    if not _python_is_of_system():
        yield str(_PYTHON), str(Path(sys.base_prefix).resolve())
    yield str(_SITE), str(_site())


def _masked() -> Iterator[str]:
    for pattern in _MASKED_FROM_BUILDERS:
        for folder in filter(Path.is_dir, sorted(_site().glob(pattern))):
            yield str(_SITE / folder.name)


def _code(kind: SessionKind, program: WorkerProgram) -> Iterator[tuple[str, str]]:
    names = ["schemas", "data"]
    modules: tuple[str, ...] = ("",) if kind is SessionKind.JUDGE else BUILDER_MODULES
    if kind is SessionKind.BUILDER and program.file is None:
        modules += (HANDLERS,)
    for name in (*names, *(f"workbench/{module}" for module in modules)):
        yield str(_CODE / name), str(_ROOT / name)
    if program.file is not None:
        yield str(_CODE / program.file.name), str(program.file)


def _site() -> Path:
    return Path(sysconfig.get_paths()["platlib"])


def _python_is_of_system() -> bool:
    return Path(sys.base_prefix).resolve().is_relative_to("/usr")


def _interpreter() -> str:
    """Return the interpreter's path inside the sandbox."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    prefix = Path(sys.base_prefix).resolve() if _python_is_of_system() else _PYTHON
    return str(prefix / "bin" / name)
