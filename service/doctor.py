"""The `doctor` command: what is missing on this machine, and the command that mends it."""

import ctypes.util
import shutil
import sys

from sandbox import describe_limits, try_backends
from schemas.errors import InfrastructureError
from schemas.record import Record, ShortText
from schemas.settings import SandboxSettings, WorkspaceSettings
from service.printing import print_json, print_table

LIBRARIES = {
    "seccomp": "libseccomp2",
    "GL": "libgl1",
    "Xrender": "libxrender1",
    "Xext": "libxext6",
    "gomp": "libgomp1",
    "EGL": "libegl1",
}
DISK_GB = 2.0


class Finding(Record):
    """One thing that this project needs: whether it is there, and the command that mends it."""

    what: ShortText
    ok: bool
    detail: str
    mend: str = ""


def examine(*, as_json: bool) -> int:
    """Print every finding; return 0 if nothing is missing, else 3."""
    findings = [_python(), *_libraries(), _disk(), *_sandbox()]
    if as_json:
        print_json([finding.model_dump() for finding in findings])
    else:
        rows = [(f.what, "ok" if f.ok else "MISSING", f.detail, "" if f.ok else f.mend) for f in findings]
        print_table("This machine", ("what", "state", "detail", "to mend it"), rows)
    return 0 if all(finding.ok for finding in findings) else 3


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(what="Python", ok=sys.version_info[:2] >= (3, 11), detail=version, mend="apt-get install python3.11")


def _libraries() -> list[Finding]:
    return [
        Finding(
            what=f"library {name}",
            ok=ctypes.util.find_library(name) is not None,
            detail=ctypes.util.find_library(name) or "not found",
            mend=f"apt-get install --no-install-recommends {package}",
        )
        for name, package in LIBRARIES.items()
    ]


def _disk() -> Finding:
    workspace = WorkspaceSettings().workspace.absolute()
    place = next(folder for folder in (workspace, *workspace.parents) if folder.exists())
    free_gb = shutil.disk_usage(place).free / 1e9
    return Finding(
        what="disk", ok=free_gb >= DISK_GB, detail=f"{free_gb:.1f} GB free", mend=f"free {DISK_GB} GB below {place}"
    )


def _sandbox() -> list[Finding]:
    try:
        limits = [*describe_limits(), *try_backends(SandboxSettings())]
    except InfrastructureError as error:
        return [Finding(what="sandbox", ok=False, detail=str(error), mend="make install")]
    return [
        Finding(
            what=f"sandbox: {limit.name}",
            ok=limit.holds or not limit.promised,
            detail=limit.mechanism,
            mend=limit.remedy,
        )
        for limit in limits
    ]
