"""Writes the data dictionary, docs/data.md, from the schemas: `python -m records.dictionary [--check]`."""

import sys
from pathlib import Path

from sqlalchemy import Table

from records.dataset import Dataset
from records.datasets import DATASETS, ON_REQUEST
from records.questions import QUESTIONS
from records.tables import VOLATILE, Base

PAGE = Path(__file__).parent.parent / "docs" / "data.md"
HEAD = """# Data dictionary

Made by `python -m records.dictionary` from the schemas; do not edit. Lengths are millimetres, money US dollars,
times UTC unless a name says otherwise. Columns marked ~ differ between two runs of the same work and are left out
of comparisons.

## Data sets

`workpiece run`, `solve`, `evaluate` and `export` write them under
`workspace/datasets/<name>/<split>/<day of recording>-….parquet`, zstd, with this documentation in the Arrow fields'
metadata (`doc`). `manifest.json` names every file that belongs to them, `README.md` is their card, by which
`datasets.load_dataset(folder, name)` loads each; DuckDB and polars read `<name>/*/*.parquet`, pandas and pyarrow the
folder. `workpiece query "SELECT …"` sees each as a view of its name. All files of a data set have one schema: where a
newer program has other columns, its next export writes the data set anew from the store (in a folder without its store,
DuckDB's `union_by_name=true`, polars' `missing_columns="insert"` and `workpiece query` read both). `workpiece export
--compact` merges the files of closed dates to one file for a closed month and split; who reads meanwhile follows the
manifest.
"""
ASKED = """
## Questions

`workpiece query` answers each; with `--folder data/sample` from the sample, which `make sample` made of a run.
`docs/questions.py` is a notebook that draws them (`marimo edit docs/questions.py`).
"""
TABLES = """
## Tables of the store

Text is compressed in the row where its type says so; binary contents are files under `workspace/files`, by hash.
"""


def write_dictionary() -> str:
    """Return the page."""
    questions = [f"**{one.words}**\n\n```sql\n{one.sql}\n```\n" for one in QUESTIONS]
    datasets = [_dataset(dataset) for dataset in (*DATASETS, *ON_REQUEST)]
    mappings = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    tables = [_table(mappings[name].__doc__ or "", Base.metadata.tables[name]) for name in sorted(mappings)]
    return "\n".join([HEAD, *datasets, ASKED, *questions, TABLES, *tables])


def main() -> int:
    """Write the page; with --check only say whether it is up to date."""
    page = write_dictionary()
    if "--check" in sys.argv:
        return int(not PAGE.is_file() or PAGE.read_text() != page)
    PAGE.write_text(page)
    return 0


def _dataset(dataset: Dataset) -> str:
    rows = [_row(field.name, field.type, field.metadata[b"doc"].decode()) for field in dataset.schema]
    return _section(dataset.name, f"{dataset.doc}. Schema version {dataset.version}.", rows)


def _table(doc: str, table: Table) -> str:
    rows = []
    for column in table.columns:
        key = ", key" if column.primary_key else ""
        to = "".join(f" → {reference.target_fullname}" for reference in column.foreign_keys)
        rows.append(_row(column.name, f"{type(column.type).__name__}{key}{to}", column.doc))
    return _section(table.name, doc, rows)


def _row(name: str, kind: object, doc: str | None) -> str:
    return f"| {name}{' ~' if name in VOLATILE else ''} | {kind} | {doc} |"


def _section(name: str, doc: str, rows: list[str]) -> str:
    return "\n".join([f"### {name}\n\n{doc}\n", "| column | type | holds |\n| --- | --- | --- |", *rows, ""])


if __name__ == "__main__":
    sys.exit(main())
