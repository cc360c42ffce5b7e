"""The questions of docs/data.md are answered by the sample that stands in the repository, and the notebook draws it."""

import importlib
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from records import query
from records.datasets import DATASETS
from records.manifest import find_damaged_files, read_manifest
from records.questions import QUESTIONS
from records.views import VIEWS, write_views

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
MOST_BYTES = 2_000_000
WITHOUT_ANSWER = {"skills"}
"""No language model worked on the sample, so no skill was shown."""


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_question_is_answered_by_the_sample(question) -> None:
    answer = query(question.sql, SAMPLE)
    assert bool(answer.rows) == (question.name not in WITHOUT_ANSWER)
    assert len({*answer.columns}) == len(answer.columns)


def test_solve_rates_have_their_wilson_intervals() -> None:
    sql = next(question.sql for question in QUESTIONS if question.name == "solve_rate")
    rows = [dict(zip(query(sql, SAMPLE).columns, row, strict=True)) for row in query(sql, SAMPLE).rows]
    assert all(row["low"] <= row["rate"] <= row["high"] for row in rows)
    assert {row["low"] for row in rows if (row["attempts"], row["rate"]) == (1, 1.0)} == {0.207}


def test_sample_is_small_whole_and_of_benchmarks_that_were_certified() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) <= MOST_BYTES
    assert find_damaged_files(SAMPLE, read_manifest(SAMPLE), thorough=True) == ()
    (counts,) = query("SELECT count(*), count(*) FILTER (state = 'certified') FROM benchmarks", SAMPLE).rows
    assert counts[0] >= 12 and counts[1] >= 10
    assert {path.name for path in SAMPLE.iterdir() if path.is_dir()} == {dataset.name for dataset in DATASETS}
    assert query("SELECT count(DISTINCT family) FROM benchmarks WHERE state = 'certified'", SAMPLE).rows[0][0] >= 6


@pytest.mark.parametrize("name", ["repair", "preference"])
def test_every_certified_benchmark_of_the_sample_has_rows_to_learn_from(name: str, tmp_path: Path) -> None:
    write_views(SAMPLE, tmp_path, [VIEWS[name]], ("train", "validation"))
    learnt = pq.read_table(sorted(tmp_path.glob(f"{name}/*.parquet")), columns=["benchmark_id"])["benchmark_id"]
    asked = "SELECT benchmark_id FROM benchmarks WHERE state = 'certified' AND split IN ('train', 'validation')"
    assert {*learnt.to_pylist()} == {row[0] for row in query(asked, SAMPLE).rows}


def test_notebook_draws_the_sample() -> None:
    os.environ.setdefault("MPLBACKEND", "agg")
    notebook = importlib.import_module("docs.questions")
    _, defined = notebook.app.run()
    assert len(defined["figure"].axes) == 4 and len(defined["answers"]) == 12
