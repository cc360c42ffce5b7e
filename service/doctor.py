"""The `doctor` and `mend` commands: what is missing on this machine or damaged, and what mends it."""

import ctypes.util
import os
import shutil
import sys
from collections.abc import Iterator, Sequence

from records import export
from records.damage import find_damaged, require_texts
from records.manifest import find_damaged_files, read_manifest
from sandbox import describe_limits, try_backends
from schemas.errors import InfrastructureError, InputError
from schemas.record import Record, ShortText
from schemas.settings import SandboxSettings, Settings, WorkspaceSettings, read_one_shot_settings, read_settings
from service.printing import print_json, print_line, print_table
from service.progress import open_shown, show_bar
from service.reading import open_recorded, require_workspace
from steps.mending import mend_contents
from steps.progress import tell_stage

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
    """One thing that this project uses: whether it is there, is needed here, and the command that mends it."""

    what: ShortText
    ok: bool
    detail: str
    mend: str = ""
    needed: bool = True

    @property
    def state(self) -> str:
        """Return whether it is there in a word."""
        return "ok" if self.ok else "MISSING" if self.needed else "unused"


def examine(*, as_json: bool) -> int:
    """Print every finding; return 0 if nothing that is needed here is missing or damaged, else 3."""
    settings = read_settings()
    with show_bar():
        tell_stage("open sandboxes, read what is kept")
        machine = [_python(), *_libraries(), _disk(settings.workspace), *_sandbox(settings.sandbox)]
        findings = [*machine, *_kept(settings)]
    if as_json:
        print_json([finding.model_dump() for finding in findings])
    else:
        print_table(
            "This machine", ("what", "state", "detail"), [(f.what, f.state, f.detail) for f in findings if f.ok]
        )
        print_missing([finding for finding in findings if not finding.ok])
    return 0 if all(finding.ok or not finding.needed for finding in findings) else 3


def print_missing(findings: Sequence[Finding]) -> None:
    """Print what is not there, as a text for each."""
    for found in findings:
        print_line(f"{found.what}: {found.state}", "bold red" if found.needed else "bold")
        print_line(f"  {found.detail}")
        if found.needed:
            print_line(f"  to mend it: {found.mend}")
    if not any(found.needed for found in findings):
        print_line("nothing is missing or damaged", "bold")


def mend(*, as_json: bool) -> int:
    """Make what is damaged anew: contents from their programs, data sets from the store; return 1 if any stays lost."""
    settings = read_one_shot_settings()
    require_workspace(settings)
    with open_shown(settings, "mend") as context:
        mended, lost = mend_contents(context)
        rows = export(context.store, settings.workspace.datasets_folder, anew=True).rows
    if as_json:
        print_json({"contents_made_anew": mended, "contents_lost": lost, "exported_rows": rows})
    else:
        print_line(f"{mended} contents made anew, {len(lost)} lost; {rows} rows of the data sets written anew")
        for sha256 in lost:
            print_line(f"  lost: {sha256}")
    return 1 if lost else 0


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(what="Python", ok=sys.version_info[:2] >= (3, 11), detail=version, mend="apt-get install python3.11")


def _libraries() -> Iterator[Finding]:
    for name, package in LIBRARIES.items():
        found, mend = ctypes.util.find_library(name), f"apt-get install --no-install-recommends {package}"
        yield Finding(what=f"library {name}", ok=found is not None, detail=found or "not found", mend=mend)


def _disk(settings: WorkspaceSettings) -> Finding:
    workspace = settings.workspace.absolute()
    place = next(folder for folder in (workspace, *workspace.parents) if folder.exists())
    free_gb = shutil.disk_usage(place).free / 1e9
    writable = os.access(place, os.W_OK)
    return Finding(
        what="disk",
        ok=free_gb >= DISK_GB and writable,
        detail=f"{free_gb:.1f} GB free" if writable else "read-only",
        mend=f"free {DISK_GB} GB below {place}" if writable else f"mount -o remount,rw {place}",
    )


def _kept(settings: Settings) -> Iterator[Finding]:
    """Read everything that is kept, and yield what is damaged."""
    if settings.workspace.store_url is None and not settings.workspace.workspace.is_dir():
        return
    folder = settings.workspace.datasets_folder
    try:
        with open_recorded(settings) as store:
            require_texts(store)
            lost = [str(store.files.path(sha256)) for sha256 in find_damaged(store)]
        manifest = read_manifest(folder)
    except (InputError, InfrastructureError) as error:
        yield Finding(what="workspace", ok=False, detail=str(error), mend="as it says")
        return
    lost += map(str, find_damaged_files(folder, manifest, thorough=True) if manifest else ())
    for path in lost:
        yield Finding(what="workspace", ok=False, detail=f"{path} is missing or damaged", mend="workpiece mend")


def _sandbox(settings: SandboxSettings) -> list[Finding]:
    try:
        limits = [*describe_limits(), *try_backends(settings)]
    except InfrastructureError as error:
        return [Finding(what="sandbox", ok=False, detail=str(error), mend="make install")]
    return [
        Finding(
            what=f"sandbox: {limit.name}",
            ok=limit.holds,
            needed=limit.promised,
            detail=limit.mechanism,
            mend=limit.remedy,
        )
        for limit in limits
    ]
