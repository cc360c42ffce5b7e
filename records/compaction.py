"""Merges small files of data sets: one for a closed month, or for a closed date of this month, and split."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path

from records.datasets import KNOWN
from records.manifest import DatasetEntry, DatasetFile, locked, read_manifest, require_sound
from records.parquet import Pending, put_in_place, read_own_manifest, write_pending
from records.parquet_files import read_batches
from schemas.errors import storing

_NAME = re.compile(
    r"(?P<path>.+/)(?P<period>\d{4}-\d\d(-\d\d)?)-(?P<first>\d{12})-(?P<last>\d{12})-(?P<version>v\d+).parquet"
)


def compact(folder: Path, today: date) -> int:
    """Merge the files of closed dates, the same rows in the same order; return how many fewer files there are.

    Killed anywhere, it leaves a manifest whose files are there. Raises InputError for a damaged file.
    """
    with locked(folder), storing(folder):
        require_sound(folder)
        found = read_manifest(folder)
        if found is None:
            return 0
        manifest = read_own_manifest(folder, found.store_id)
        manifest.remove_leftovers(folder)
        pending: list[Pending] = []
        merged: dict[str, DatasetEntry] = {}
        for name, entry in manifest.datasets.items():
            if entry.schema_hash != KNOWN[name].schema_hash:
                continue  # the next export writes it anew
            new = list(_merge(folder, name, entry, today))
            replaced = {path for _, paths in new for path in paths}
            kept = (file for file in entry.files if file.path not in replaced)
            files = sorted([*kept, *(done.file for done, _ in new)], key=lambda file: file.path)
            merged[name] = entry.model_copy(update={"files": tuple(files)})
            pending += [done for done, _ in new]
        if pending:
            put_in_place(folder, manifest.having(merged), pending)
        return sum(
            len(entry.files) - len(merged[name].files) for name, entry in manifest.datasets.items() if name in merged
        )


def _merge(folder: Path, name: str, entry: DatasetEntry, today: date) -> Iterator[tuple[Pending, list[str]]]:
    """Write one file for each closed period of several, and yield it with the paths that it replaces."""
    for (place, period), files in groupby(sorted(entry.files, key=lambda file: file.path), lambda f: _period(f, today)):
        paths = [file.path for file in files]
        names = [found for path in paths if (found := _NAME.fullmatch(path))]
        if not period or (len(paths) == 1 and names[0]["period"] == period):
            continue
        first, last = min(found["first"] for found in names), max(found["last"] for found in names)
        path = f"{place}{period}-{first}-{last}-{names[0]['version']}.parquet"
        batches = read_batches(folder / one for one in paths)
        yield write_pending(folder, path, KNOWN[name].schema, batches), paths


def _period(file: DatasetFile, today: date) -> tuple[str, str]:
    """Return where a file lies and the closed month or date that it belongs to, which is empty while it is open."""
    found = _NAME.fullmatch(file.path)
    if found is None:
        return "", ""
    period = found["period"]
    if period[:7] < f"{today:%Y-%m}":
        return found["path"], period[:7]
    return found["path"], period if period < today.isoformat() else ""
