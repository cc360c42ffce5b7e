from pathlib import Path

import pytest

from records import Store, export, query
from records.dictionary import PAGE, write_dictionary
from schemas.errors import InputError
from tests.records.test_store import record


def test_query_answers_in_python_types(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    export(store, tmp_path)
    answer = query(
        "SELECT v.mass_g, sum(amount_usd) AS usd FROM cost_lines JOIN verdicts v USING (verdict_id) GROUP BY ALL",
        tmp_path,
    )
    assert answer.columns == ("mass_g", "usd")
    assert [(mass_g, float(usd)) for mass_g, usd in answer.rows] == [(60.0, 190.0)]
    reasons = query("SELECT unnest(nothing_reasons).code AS code FROM benchmarks", tmp_path)
    assert reasons.rows == (("GOAL_MISSED",),)


def test_query_before_the_first_export_sees_empty_views(tmp_path: Path) -> None:
    assert query("SELECT count(*) FROM solutions_test", tmp_path / "absent").rows == ((0,),)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("", "write a SELECT"),
        ("SELEC 1", "syntax error"),
        ("SELECT nothing FROM episodes", "not found"),
        ("SELECT * FROM episode", "Did you mean"),
        ("SELECT 1/'a'", "convert"),
        ("SELECT * FROM '/etc/passwd'", "does not exist"),
        ("SELECT * FROM read_csv('/etc/passwd')", "disabled"),
        ("SELECT * FROM glob('/*')", "disabled"),
        ("COPY episodes TO 'stolen.csv'", "disabled"),
        ("ATTACH 'file.db'", "disabled"),
        ("INSTALL httpfs", "disabled"),
        ("SET enable_external_access = true", "locked"),
        ("SELECT * FROM manifest", "does not exist"),
        ("SELECT DATE '99999-01-01'", "out of Python's range .*: cast it to VARCHAR"),
        ("SELECT TIMESTAMP 'infinity'", "out of Python's range"),
        ("SELECT * FROM range(100001)", "more than 100000 rows: add up, or end it with LIMIT"),
    ],
)
def test_query_refuses_with_a_message(sql: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        query(sql, tmp_path)


def test_damaged_manifest_is_named(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(InputError, match=r"manifest\.json is damaged"):
        query("SELECT 1", tmp_path)


def test_folder_of_a_newer_program_is_not_read_as_an_older_one(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema_version": 2', '"schema_version": 3', 1))
    with pytest.raises(InputError, match=r"written by a newer program \(data set \w+\): update this one"):
        query("SELECT 1", tmp_path)


def test_dictionary_is_up_to_date() -> None:
    assert PAGE.read_text() == write_dictionary(), "run python -m records.dictionary"
