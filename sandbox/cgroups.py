"""Control groups made by hand, version 1 or 2, wherever this process may make them; removed at close and swept."""

import errno
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sandbox.owners import is_gone, name_owner
from schemas.errors import InfrastructureError

CONTROLLERS = ("memory", "pids", "cpu")
_PREFIX = "workpiece-"
_PERIOD_US = 100_000
_REMOVE_WITHIN_S = 5.0
_REAP = """
read _; n=500  # tries, 20 ms apart
for group do
  while [ -d "$group" ] && [ "$n" -gt 0 ]; do
    rmdir "$group" && break
    kill -9 $(cat "$group/cgroup.procs"); sleep 0.02; n=$((n-1))
  done
done 2>/dev/null
"""
_VANISHED = (errno.ENOENT, errno.ENODEV)


@dataclass(frozen=True)
class Place:
    """A folder of one controller's hierarchy in which this process can make groups."""

    folder: Path
    version: int


@dataclass(frozen=True)
class SessionGroup:
    """One session's group: a folder per controller that is writable here, and who removes them after a killed owner."""

    places: dict[str, Place]
    reaper: subprocess.Popen[bytes] | None = None

    @classmethod
    def make(cls, places: dict[str, Place], sequence: int) -> Self:
        """Make the group's folders; the name tells whose they are, so that a sweep can find them."""
        name = f"{_PREFIX}{name_owner()}-{sequence}"
        made = {controller: Place(place.folder / name, place.version) for controller, place in places.items()}
        group = cls(made, _start_reaper({place.folder for place in made.values()}) if made else None)
        try:
            for place in made.values():
                place.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise InfrastructureError(f"cannot make a control group: {error}") from error
        return group

    def member_files(self) -> list[str]:
        """Return the files to which a process writes 0 to join the group."""
        return sorted({str(place.folder / "cgroup.procs") for place in self.places.values()})

    def limit_cpu(self, cores: float) -> None:
        """Bound the group's CPU share."""
        quota = int(cores * _PERIOD_US)
        self._write("cpu", ("cpu.cfs_quota_us", str(quota)), ("cpu.max", f"{quota} {_PERIOD_US}"))

    def limit_memory(self, most_bytes: int) -> None:
        """Bound the group's memory, tmpfs included."""
        self._write("memory", ("memory.limit_in_bytes", str(most_bytes)), ("memory.max", str(most_bytes)))
        self._write("memory", ("memory.swappiness", "0"), ("memory.swap.max", "0"))

    def limit_tasks(self, most: int) -> None:
        """Bound the group's processes and threads."""
        self._write("pids", ("pids.max", str(most)), ("pids.max", str(most)))

    def used_bytes(self) -> int:
        """Return the memory in use; 0 where memory is not controlled."""
        return int(self._read("memory", "memory.usage_in_bytes", "memory.current") or 0)

    def tasks(self) -> int:
        """Return the number of processes and threads; 0 where they are not controlled."""
        return int(self._read("pids", "pids.current", "pids.current") or 0)

    def oom_kills(self) -> int:
        """Return how often the kernel has killed for want of memory in this group."""
        lines = self._read("memory", "memory.oom_control", "memory.events").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))

    def remove(self) -> None:
        """Kill what is left in the group and remove it."""
        for place in self.places.values():
            _remove(place.folder)
        if self.reaper is not None:
            self.reaper.communicate()

    def _write(self, controller: str, first: tuple[str, str], second: tuple[str, str]) -> None:
        if place := self.places.get(controller):
            file, text = first if place.version == 1 else second
            (place.folder / file).write_text(text)

    def _read(self, controller: str, first: str, second: str) -> str:
        place = self.places.get(controller)
        return (place.folder / (first if place.version == 1 else second)).read_text() if place else ""


def find_places(controllers: Sequence[str] = CONTROLLERS) -> dict[str, Place]:
    """Return for each controller the nearest ancestor of this process's group in which a group can be made."""
    own = dict(_own_groups())
    places: dict[str, Place] = {}
    for root, mount_point, names in _hierarchies():
        for controller in controllers if not names else [name for name in names if name in controllers]:
            path = own.get(controller if names else "", "/")
            inside = os.path.relpath(path, root) if path.startswith(root) else "."
            folder = (mount_point / inside).resolve()
            for candidate in (folder, *folder.parents):
                if not candidate.is_relative_to(mount_point):
                    break
                if _can_make(candidate, controller, bool(names)):
                    places[controller] = Place(candidate, 1 if names else 2)
                    break
    return places


def sweep() -> int:
    """Remove the groups of hosts that are no more, and kill what is left in them; return how many there were."""
    swept: set[str] = set()
    for place in set(find_places().values()):
        for folder in place.folder.glob(f"{_PREFIX}*-*-*"):
            if is_gone(folder.name.removeprefix(_PREFIX).rsplit("-", 1)[0]):
                _remove(folder)
                swept.add(folder.name)
    return len(swept)


def _start_reaper(folders: set[Path]) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that waits for the end of this one, removes the groups, and ends."""
    command = ["/bin/sh", "-c", _REAP, "sh", *map(str, folders)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, env={}, start_new_session=True)


def _own_groups() -> Iterator[tuple[str, str]]:
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            yield controller, path


def _hierarchies() -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    """Yield root, mount point and controllers of each mounted hierarchy; version 2 has no controllers here."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, after = line.split(" - ")
        kind, _, options = after.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            root, mount_point = before.split()[3:5]
            yield root, Path(mount_point), tuple(options.split(",")) if kind == "cgroup" else ()


def _can_make(folder: Path, controller: str, first_version: bool) -> bool:
    if not os.access(folder, os.W_OK):
        return False
    if first_version:
        return True
    offered = folder / "cgroup.subtree_control"
    if controller not in (folder / "cgroup.controllers").read_text().split():
        return False
    try:
        offered.write_text(f"+{controller}")
    except OSError:  # a group with processes of its own can't hand controllers down
        return False
    return os.access(folder / "cgroup.procs", os.W_OK)


def _remove(folder: Path) -> None:
    deadline_s = time.monotonic() + _REMOVE_WITHIN_S
    while folder.exists():
        try:
            folder.rmdir()
        except FileNotFoundError:  # another process swept it first
            return
        except OSError as error:
            if time.monotonic() > deadline_s:
                raise InfrastructureError(f"cannot remove {folder}") from error
            _kill_members(folder)
            time.sleep(0.01)


def _kill_members(folder: Path) -> None:
    try:
        members = (folder / "cgroup.procs").read_text().split()
    except OSError as error:
        if error.errno in _VANISHED:  # another process removed the group meanwhile
            return
        raise
    for pid in members:
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            continue
