"""Writes the card of a folder of data sets: with it `datasets.load_dataset(folder, name)` loads each by split."""

from collections.abc import Mapping

from records.dataset import Dataset
from records.manifest import DatasetManifest

CARD = "README.md"
_TEXT = """
# Verified mechanical-design problems and the traces of solving them

Made by `workpiece export`; `manifest.json` names every file with its rows and hash. Keys join by name: `item_id`,
`benchmark_id`, `episode_id`, `verdict_id`. Expected solutions of the test splits are not in here. Lengths are
millimetres, money US dollars, times UTC. Every field tells what it holds in its metadata (`doc`).

```python
from datasets import load_dataset

load_dataset("PATH OF THIS FOLDER", "episodes")
```

`load_dataset` knows no data set without rows; the others find its empty file, with every column.

| data set | rows | a row is |
| --- | --- | --- |
"""


def write_card(manifest: DatasetManifest, known: Mapping[str, Dataset]) -> str:
    """Return the card: a configuration for each data set and split, and a table of them."""
    lines = ["---", "pretty_name: Workpiece", "configs:"]
    rows = []
    for name, entry in manifest.datasets.items():
        splits = sorted({file.path.split("/")[1] for file in entry.files if file.rows}, key=_in_order)
        if splits:
            lines += [f"- config_name: {name}", "  data_files:"]
        for split in splits:
            lines += [f"  - split: {split}", f"    path: {name}/{split}/*.parquet"]
        rows.append(f"| {name} | {entry.rows} | {known[name].doc} |")
    return "\n".join([*lines, "---", _TEXT.strip("\n"), *rows, ""])


def _in_order(split: str) -> tuple[bool, str]:
    return split.startswith("test"), split
