"""Guards data sets by suites of Great Expectations, made from their schemas and from what is declared here."""

import html
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from records.dataset import Dataset
from records.datasets import TEST_SPLITS
from records.manifest import DatasetManifest, find_damaged_files
from records.parquet_files import describe_file
from records.query import open_datasets
from schemas.reasons import BenchmarkState, Outcome, ReasonCode
from schemas.record import Record

MOST_NAMED = 5
"""Rows that a broken rule names."""
PARENTS = {
    "item_id": ("benchmarks", "item_id"),
    "benchmark_id": ("benchmarks", "benchmark_id"),
    "episode_id": ("episodes", "episode_id"),
    "verdict_id": ("verdicts", "verdict_id"),
    "certificate_id": ("verdicts", "verdict_id"),
    "run_id": ("runs", "run_id"),
}
"""Where a column of that name leads, in whichever data set it stands."""
LOST = ("errors",)
"""Data sets whose items and episodes need not be there: what broke has kept some from being stored."""
SETS: Mapping[str, Sequence[str]] = {
    "split": ("train", "validation", *TEST_SPLITS),
    "state": tuple(BenchmarkState),
    "outcome": tuple(Outcome),
    "severity": ("error", "warning"),
}
RANGES: Mapping[str, tuple[float, float | None]] = {
    "_g": (0, None),
    "_s": (0, None),
    "_usd": (0, None),
    "_usd_double": (0, None),
    "_count": (0, None),
    "tokens": (0, None),
    "_fraction": (0, 1),
}
"""The least and most of doubles and whole numbers whose column's name ends so."""
SEQUENCES = {
    "messages": ("seq", 0),
    "submissions": ("number", 1),
    "previews": ("number", 1),
    "llm_calls": ("number", 1),
    "trials": ("index", 0),
    "cost_lines": ("number", 0),
}
"""The column that counts without gaps within the rest of the key, and its first number."""
_KNOWING = "(SELECT min(policy) FROM episodes e WHERE e.episode_id = t.episode_id) IN ('reference_search', 'generator')"
HOLDS: Mapping[str, Mapping[str, str]] = {
    "solutions": {"of no test split": f"split NOT IN {TEST_SPLITS}", "mass above zero": "mass_g > 0"},
    "submissions": {"a verdict or reasons": "verdict_id IS NOT NULL OR len(reasons) > 0"},
    "episodes": {
        "as many messages as counted": "message_count = (SELECT count(*) FROM messages m"
        " WHERE m.episode_id = t.episode_id)",
        "as many submissions as counted": "submission_count = (SELECT count(*) FROM submissions s"
        " WHERE s.episode_id = t.episode_id)",
    },
    "verdicts": {
        "price is the sum of its lines": "abs(total_usd_double - (SELECT sum(amount_usd_double) FROM cost_lines c"
        " WHERE c.verdict_id = t.verdict_id)) < 1e-5",
    },
}
"""Further rules of a data set, as SQL over its row `t` and all others; NULL counts as kept."""


class BrokenRule(Record):
    """A rule that rows of a data set break, with the keys of some of them."""

    dataset: str
    rule: str
    rows: int
    named: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Return it in words."""
        more = "; …" if self.rows > len(self.named) else ""
        some = f" ({'; '.join(self.named)}{more})" if self.named else ""
        return f"{self.dataset}: {self.rows} break the rule '{self.rule}'{some}"


@dataclass(frozen=True)
class Inspection:
    """Every rule that was asked, as data set, rule, rows and rows that break it; and what is broken."""

    asked: tuple[tuple[str, str, int, int], ...]
    broken: tuple[BrokenRule, ...]

    def write_page(self) -> str:
        """Return the report as a page of HTML that needs nothing else."""
        told = "".join(f"<li>{html.escape(one.sentence)}" for one in self.broken) or "<li>every rule holds"
        cells = ("<td>".join(html.escape(str(cell)) for cell in row) for row in self.asked)
        rows = "".join(f"<tr><td>{row}" for row in cells)
        head = "<tr><th>data set<th>rule<th>rows<th>break it"
        return (
            f"<!doctype html><meta charset=utf-8><title>Data sets</title><ul>{told}</ul><table>{head}{rows}</table>\n"
        )


def inspect(
    folder: Path,
    manifest: DatasetManifest,
    known: Mapping[str, Dataset],
    staged: Mapping[str, Path],
    counts: Mapping[str, int],
) -> Inspection:
    """Ask every rule of the data sets of a manifest, whose staged files have other paths by now.

    `counts` are the rows that the store has for a data set. What is asked across data sets presumes all of them.
    """
    broken = list(_inspect_files(folder, manifest, known, staged))
    asked: list[tuple[str, str, int, int]] = []
    if not broken:  # what can't be read can't be asked either
        with _quiet(), open_datasets(folder, manifest, staged) as connection:
            for name in manifest.datasets:
                rules = _make_rules(known[name], manifest, counts.get(name))
                for result in _validate(known[name], rules, connection):
                    asked.append((name, result.rule, manifest.datasets[name].rows, result.rows))
                    broken += [result] if result.rows else []
    return Inspection(tuple(asked), tuple(broken))


def _inspect_files(
    folder: Path, manifest: DatasetManifest, known: Mapping[str, Dataset], staged: Mapping[str, Path]
) -> Iterator[BrokenRule]:
    for path in find_damaged_files(folder, manifest, thorough=True, staged=staged):
        place = path.relative_to(folder).as_posix()
        yield BrokenRule(dataset=place.split("/")[0], rule="files are as the manifest says", rows=1, named=(place,))
        return
    for name, entry in manifest.datasets.items():
        for file in entry.files:
            rows, schema, splits = describe_file(staged.get(file.path, folder / file.path))
            rules = {
                "files have the rows of the manifest": rows == file.rows,
                "files have the schema": schema.equals(known[name].schema),
                "files hold the split of their folder": splits <= {file.path.split("/")[1]},
            }
            for rule in (rule for rule, kept in rules.items() if not kept):
                yield BrokenRule(dataset=name, rule=rule, rows=1, named=(file.path,))


@dataclass(frozen=True)
class _Rules:
    """Columns by their own values, and SQL over a row, by the rule's words; the number of rows, where it is known."""

    sets: Mapping[str, Sequence[str]]
    ranges: Mapping[str, tuple[float, float | None]]
    required: Sequence[str]
    holds: Mapping[str, str]
    count: int | None


def _make_rules(dataset: Dataset, manifest: DatasetManifest, count: int | None) -> _Rules:
    fields = {field.name: field for field in dataset.schema}
    numbers = [name for name, field in fields.items() if field.type in (pa.float64(), pa.int64())]
    ranges = {name: bounds for name in numbers for end, bounds in RANGES.items() if name.endswith(end)}
    holds = dict(HOLDS.get(dataset.name, {}))
    parents = {} if dataset.name in LOST else PARENTS
    for column, (parent, key) in parents.items():
        if column in fields and parent in manifest.datasets and parent != dataset.name:
            found = f"{column} IN (SELECT {key} FROM {parent})"  # noqa: S608 - our own names
            holds[f"{column} leads to {parent}"] = f"{column} IS NULL OR {found}"
    if "item_id" in parents and "item_id" in fields and dataset.name != "benchmarks":
        holds["split of its item"] = "split = (SELECT min(split) FROM benchmarks b WHERE b.item_id = t.item_id)"
    for name in (name for name in fields if name.endswith("reasons")):
        codes = ", ".join(f"'{code}'" for code in ReasonCode)
        holds[f"codes of {name} are known"] = f"len(list_filter({name}, lambda r: r.code NOT IN ({codes}))) = 0"
    if dataset.name in SEQUENCES:
        column, first = SEQUENCES[dataset.name]
        within = ", ".join(f'"{name}"' for name in dataset.key if name not in {column, "preview_id"})
        place = f'row_number() OVER (PARTITION BY {within} ORDER BY "{column}")'
        holds[f"{column} without gaps from {first}"] = f'"{column}" - {first} + 1 = {place}'
    if dataset.withheld:
        told = " OR ".join(f"{name} IS NOT NULL" for name in dataset.withheld)
        holds["nothing told of a test split's solution"] = f"NOT (split IN {TEST_SPLITS} AND {_KNOWING} AND ({told}))"
    required = [name for name, field in fields.items() if not field.nullable]
    return _Rules({name: SETS[name] for name in SETS if name in fields}, ranges, required, holds, count)


def _validate(dataset: Dataset, rules: _Rules, connection: Any) -> Iterator[BrokenRule]:
    """Yield every rule with the rows that break it, as Great Expectations finds them."""
    columns = dict.fromkeys((*dataset.key, *rules.sets, *rules.ranges, *rules.required))
    asked = [*(f'"{name}"' for name in columns), *(f'{sql} AS "{rule}"' for rule, sql in rules.holds.items())]
    frame = connection.sql(f"SELECT {', '.join(asked)} FROM {dataset.name} t").to_arrow_table().to_pandas()  # noqa: S608 - our own names
    gx = _load_library()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("export").add_dataframe_asset(dataset.name)
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name=dataset.name, expectations=list(_expect(gx.expectations, dataset, rules)))
    told = {"unexpected_index_column_names": list(dataset.key), "partial_unexpected_count": MOST_NAMED}
    for found in batch.validate(suite, result_format={"result_format": "COMPLETE", **told}).results:
        rule, result = found.expectation_config.meta["rule"], found.result
        if found.exception_info.get("raised_exception"):
            raise RuntimeError(f"{dataset.name}, {rule}: {found.exception_info['exception_message']}")
        rows = 0 if found.success else result.get("unexpected_count", 1)
        named = [
            ", ".join(f"{key} {row[key]}" for key in dataset.key) for row in result.get("unexpected_index_list") or ()
        ]
        observed = (
            () if named or found.success else (f"{result.get('observed_value')} rows, the store has {rules.count}",)
        )
        yield BrokenRule(dataset=dataset.name, rule=rule, rows=rows, named=(*named[:MOST_NAMED], *observed))


def _expect(library: Any, dataset: Dataset, rules: _Rules) -> Iterator[Any]:
    """Yield the expectations of a suite, each with the words of its rule."""

    def told(rule: str) -> dict[str, Any]:
        return {"meta": {"rule": rule}}

    key = list(dataset.key)
    alone = len(key) == 1
    unique = library.ExpectColumnValuesToBeUnique if alone else library.ExpectCompoundColumnsToBeUnique
    yield unique(**({"column": key[0]} if alone else {"column_list": key}), **told("key is unique"))
    for column in rules.required:
        yield library.ExpectColumnValuesToNotBeNull(column=column, **told(f"{column} is there"))
    for column, values in rules.sets.items():
        yield library.ExpectColumnValuesToBeInSet(column=column, value_set=list(values), **told(f"{column} is known"))
    for column, (least, most) in rules.ranges.items():
        bounds = {"min_value": least, "max_value": most}
        yield library.ExpectColumnValuesToBeBetween(column=column, **bounds, **told(f"{column} at least {least}"))
    for rule in rules.holds:
        yield library.ExpectColumnValuesToBeInSet(column=rule, value_set=[True], **told(rule))
    if rules.count is not None:
        yield library.ExpectTableRowCountToEqual(value=rules.count, **told("every row of the store"))


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what Great Expectations and pandas say of each other's ways."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _load_library() -> Any:
    """Import Great Expectations, which takes seconds and must tell nobody that it is used."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations

    return great_expectations
