"""The manifest of a folder of data sets: which files belong to them, and up to where the store has been exported."""

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from records.file_store import write_durably
from schemas.errors import InputError, storing
from schemas.record import Record, Sha256

if TYPE_CHECKING:
    from records.dataset import Dataset

MANIFEST = "manifest.json"
LOCK = ".lock"
MEND = "`workpiece mend` writes the data sets anew from the store"


class DatasetFile(Record):
    """One Parquet file; `path` is relative to the folder."""

    path: str
    rows: Annotated[int, Field(ge=0)]
    size_bytes: int
    sha256: Sha256


class DatasetEntry(Record):
    """One data set: everything up to the write transaction `high_water` of the store is in its files.

    All files have the schema of that hash; one of no rows stands where nothing was recorded.
    """

    schema_version: int
    schema_hash: str = ""
    high_water: int
    files: tuple[DatasetFile, ...] = ()

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return sum(file.rows for file in self.files)


class DatasetManifest(Record):
    """Everything in a folder of data sets, and the store that it came from."""

    manifest_version: Literal[1] = 1
    store_id: str
    datasets: Mapping[str, DatasetEntry] = {}

    def having(self, entries: Mapping[str, DatasetEntry]) -> "DatasetManifest":
        """Return the manifest with these entries in place of what it had by their names."""
        return self.model_copy(update={"datasets": {**self.datasets, **entries}})

    def write(self, folder: Path) -> None:
        """Put it into a folder, at once in place of the last one."""
        write_durably(folder / MANIFEST, self.model_dump_json(indent=1).encode() + b"\n")

    def remove_leftovers(self, folder: Path) -> None:
        """Remove what a killed export has left in a folder: temporary files, and files that are not named here."""
        kept = {file.path for entry in self.datasets.values() for file in entry.files}
        for path in [*folder.glob("*/*/*.parquet"), *folder.glob("*/*/.*.tmp"), *folder.glob(".*.tmp")]:
            if path.relative_to(folder).as_posix() not in kept:
                path.unlink()
                with suppress(OSError):  # others stand in it
                    path.parent.rmdir()


def read_manifest(folder: Path) -> DatasetManifest | None:
    """Return the manifest of a folder, None where nothing was exported yet; raises InputError when it is unreadable."""
    path = folder / MANIFEST
    try:
        return DatasetManifest.from_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(
            f"{path} can't be read ({error.strerror}): move {folder} away, then `workpiece export`"
        ) from error
    except InputError as error:
        raise InputError(f"{path} is damaged or newer than this program; if damaged, {MEND}: {error}") from error


def discard_damaged(folder: Path) -> None:
    """Remove a manifest that is none, not one of a newer program: an export of everything puts it right."""
    try:
        read_manifest(folder)
    except InputError:
        with suppress(ValueError, TypeError, KeyError):
            if json.loads((folder / MANIFEST).read_bytes())["manifest_version"] != 1:
                return
        (folder / MANIFEST).unlink()


def find_damaged_files(
    folder: Path, manifest: DatasetManifest, *, thorough: bool, staged: Mapping[str, Path] = MappingProxyType({})
) -> tuple[Path, ...]:
    """Return the files that are not as they were written: by their size, if thorough also by their hash.

    A staged file is looked at where it is, and named by where it is going to be.
    """
    files = [(staged.get(file.path, folder / file.path), file) for e in manifest.datasets.values() for file in e.files]
    return tuple(
        folder / file.path
        for path, file in files
        if not path.is_file()
        or path.stat().st_size != file.size_bytes
        or (thorough and _hash_file(path) != file.sha256)
    )


def _hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def require_sound(folder: Path) -> None:
    """Raise InputError, with the command that mends it, where a file has another size than it was written with."""
    manifest = read_manifest(folder)
    damaged = find_damaged_files(folder, manifest, thorough=False) if manifest else ()
    if damaged:
        more = f" (and {len(damaged) - 1} more)" if len(damaged) > 1 else ""
        raise InputError(f"{damaged[0]}{more} is missing or damaged: {MEND}")


def require_known(folder: Path, manifest: DatasetManifest, known: Mapping[str, "Dataset"]) -> None:
    """Raise InputError where a newer program has written to a folder."""
    for name, entry in manifest.datasets.items():
        if name not in known or entry.schema_version > known[name].version:
            raise InputError(f"{folder} was written by a newer program (data set {name}): update this one")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other exports out of a folder; raises InfrastructureError when it can't be written to."""
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("w")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
