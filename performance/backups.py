"""Backs up a database of 1 GB of text: `backup_ratio` is the bytes of text ÷ the bytes of its backup.

The texts are the own programs of the repository with other numbers in every line, as drawn programs differ;
the reference is the size that the database has, where each text is compressed alone.
"""

import argparse
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from performance.printing import Figure, print_figures
from records import open_store
from records.backups import make_backup, restore_backup
from records.bundles import put_contents
from records.engine import writing

ROOT = Path(__file__).parents[1]
GB = 10**9


def draw_texts(size_bytes: int, seed: int = 0) -> list[bytes]:
    """Return texts of about so many bytes."""
    sources = [path.read_text() for path in sorted((ROOT / "agents" / "programs").rglob("*.py"))]
    random, made, left = np.random.default_rng(seed), list[bytes](), size_bytes
    while left > 0:
        lines = sources[int(random.integers(len(sources)))].splitlines()
        text = "\n".join(
            f"{line}  # {number:.6f}" for line, number in zip(lines, random.random(len(lines)), strict=True)
        )
        made.append(text.encode())
        left -= len(made[-1])
    return made


def main() -> None:
    """Fill a store, back it up, restore it, and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bytes", type=int, default=GB)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory() as place:
        folder, url = Path(place), f"sqlite:///{place}/store.sqlite"
        with open_store(url, folder / "files") as store:
            written, left = 0, options.bytes
            while left > 0:
                texts = draw_texts(min(left, 8 * 10**6), written)
                with writing(store.engine).begin() as connection:
                    put_contents(connection, store.files, texts)
                written += sum(map(len, texts))
                left = options.bytes - written
            began_s = time.process_time()
            made = make_backup(store, folder / "backups", date(2026, 1, 1))
            cpu_s = time.process_time() - began_s
        with open_store(f"{url}2", folder / "files2") as other:
            restore_backup(other, folder / "backups", made.day)
        database = (folder / "store.sqlite").stat().st_size
    ratio, kept = written / made.size_bytes, written / database
    print_figures(
        [
            Figure("backup_ratio", ratio, "of text to backup", kept, ratio / kept),
            Figure("backup_cpu", cpu_s / (written / GB), "s/GB"),
        ]
    )


if __name__ == "__main__":
    main()
