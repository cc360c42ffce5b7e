"""The folder of a run: what programs have made, whole and with sizes and hashes, for people to look at.

Complete by construction: a folder gets its name when its last file is written. The judge's jobs, which carry the key
of the draws, are not kept.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import storing
from schemas.record import Record, hash_bytes
from schemas.sandbox import MIB, Blob

MANIFEST = "manifest.json"


class Manifest(Record):
    """The files of one folder."""

    files: tuple[Blob, ...]


@dataclass
class RunFolder:
    """`<workspace>/<run-id>`: a bind mount in development, a volume in production."""

    path: Path
    most_bytes: int = 4 * 1024 * MIB
    kept_bytes: int = 0

    def keep(self, job: bytes, files: Mapping[str, bytes]) -> Path | None:
        """Write a job's files to a folder named by the job's hash and return it; one that is there already stays.

        What would take all that this process has kept beyond `most_bytes` is left out. Raises InfrastructureError when
        the disk does not take them.
        """
        target = self.path / hash_bytes(job)[:16]
        if target.exists():
            return target
        self.kept_bytes += sum(map(len, files.values()))
        if self.kept_bytes > self.most_bytes:
            return None
        entries = tuple(Blob(name=n, size_bytes=len(b), sha256=hash_bytes(b)) for n, b in sorted(files.items()))
        with storing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.path, prefix=".") as parent:
                made = Path(parent) / "made"
                made.mkdir()
                for name, content in {**files, MANIFEST: Manifest(files=entries).canonical_json()}.items():
                    (made / name).write_bytes(content)
                _give_name(made, target)
        return target


def _give_name(made: Path, target: Path) -> None:
    try:
        os.rename(made, target)  # noqa: PTH104  as one step
    except OSError:
        if not target.exists():  # else another thread was first with the same job
            raise
        shutil.rmtree(made)
