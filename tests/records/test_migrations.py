from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zstandard
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from records import open_store
from records.engine import make_engine, writing
from records.scenes import list_alike
from records.tables import Base
from records.upgrade import downgrade, upgrade
from schemas.errors import InfrastructureError, InputError
from schemas.likeness import PAYLOAD_MASS
from schemas.record import Measure
from schemas.verdict import CheckReport, VerificationReport
from tests.records import samples
from tests.records.test_store import count_rows, record, run_child

OLDER = "0002"
"""From this schema to the newest it takes more than 30 statements."""


def test_migrations_and_models_agree(url: str) -> None:
    engine = make_engine(url)
    with writing(engine).begin() as connection:
        upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_migrations_go_up_and_down(url: str) -> None:
    engine = writing(make_engine(url))
    with engine.begin() as connection:
        upgrade(connection)
        downgrade(connection, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        assert inspect(connection).get_view_names() == []
        upgrade(connection)
    engine.dispose()


def test_migration_that_fails_leaves_nothing(url: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE verdicts (x INTEGER)"))
    with pytest.raises(InfrastructureError, match=r'verdicts"? already exists'), open_store(url, Path("unused")):
        pass
    assert inspect(engine).get_table_names() == ["verdicts"]
    engine.dispose()


def read_tables(url: str) -> dict[str, list[str]]:
    """Return the rows of every table, that of the schema's revision too."""
    engine = make_engine(url)  # of its own: Postgres keeps plans that new columns break
    with engine.begin() as connection:
        names = inspect(connection).get_table_names()
        rows = {name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in names}
    engine.dispose()
    return rows


def kill_migrations(url: str, folder: Path, points: Iterable[int]) -> int:
    """Kill what brings an older store up to date before each of these statements, as far as there are so many.

    Return how many died. Each leaves the older store as it was, and the one that ends has all of its rows.
    """
    with open_store(url, folder / "files", find_provenance=lambda: samples.PROVENANCE) as store:
        record(store, 1)
        with writing(store.engine).begin() as connection:
            downgrade(connection, OLDER)
        older, died = read_tables(url), 0
        for point in points:
            if run_child("migrate", url, folder, "sql", point).wait() == 0:
                break
            died += 1
            assert read_tables(url) == older
        with open_store(url, folder / "files"):
            newer = read_tables(url)
    assert {name: len(newer[name]) for name in older} == {name: len(rows) for name, rows in older.items()}
    return died


def test_migration_killed_at_a_statement_leaves_the_older_store(url: str, tmp_path: Path) -> None:
    assert kill_migrations(url, tmp_path, (9, 25)) == 2


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_migration_killed_at_every_statement_leaves_the_older_store(url: str, tmp_path: Path) -> None:
    assert 30 <= kill_migrations(url, tmp_path, range(1, 200)) < 199


def test_stores_opened_side_by_side_are_migrated_once(url: str, tmp_path: Path) -> None:
    def open_and_count(_: int) -> int:
        with open_store(url, tmp_path / "files") as store:
            return sum(count_rows(store).values())

    with ThreadPoolExecutor() as threads:
        assert list(threads.map(open_and_count, range(4))) == [1] * 4


def test_newer_store_is_refused(url: str, tmp_path: Path) -> None:
    with open_store(url, tmp_path / "files") as store, store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="9999, which is newer"), open_store(url, tmp_path / "files"):
        pass


@pytest.mark.parametrize("bad", ["", "no url", "sqlite://", "mysql://x/y", "oracle+nothing://x"])
def test_url_that_cannot_be_used_is_refused(bad: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="URL"), open_store(bad, tmp_path):
        pass


def test_database_that_cannot_be_reached_is_infrastructure(tmp_path: Path) -> None:
    absent = f"sqlite:///{tmp_path / 'absent' / 'store.sqlite'}"
    with pytest.raises(InfrastructureError, match="unable to open"), open_store(absent, tmp_path):
        pass


OLD_ITEM = """INSERT INTO benchmarks (item_id, generator, generator_version, family, kind, split, program_sha256, state,
    seed, "index", attempt, slack, verified, recorded_at, statement, settled_revision,
    canned_passed) VALUES (:id, 'procedural', '3',
    'f', 'static', 'train', 'p', :state, 7, :index, :attempt, 1.3, TRUE, '2026-01-01 00:00Z', :text, :settled, '[]')"""
OLD_EPISODE = """INSERT INTO episodes (episode_id, item_id, scene_hash, engineer, engineer_version, policy, outcome,
    seed, message_count, submission_count, previews, simulations, turns, tokens, revision, simulated_s,
    program_cpu_s, money_usd, recorded_at) VALUES ('e', 'a', 's', 'reference', '4', 'reference_search', 'SOLVED', 7, 9,
    1, 36, 5, 0, 0, 3, 9.5, 1.5, 0, '2026-01-01 00:00:00+00:00')"""


def put_old_rows(connection: Connection) -> None:
    """Rows as revision 7 stored them: a refused item, one drawn anew and its successor, one at work, an episode."""
    connection.execute(text("UPDATE revisions SET value = 5"))
    program = "INSERT INTO files (sha256, size_bytes, recorded_at) VALUES ('p', 1, '2026-01-01 00:00:00+00:00')"
    connection.execute(text(program))
    items = (
        ("a", "verified", 1, 0, None),
        ("b", "certified", 1, 1, 4),
        ("c", "draft", 2, 0, 3),
        ("d", "draft", 3, 0, None),
    )
    for name, state, index, attempt, settled in items:
        place = {"id": name, "state": state, "index": index, "attempt": attempt, "settled": settled}
        connection.execute(text(OLD_ITEM), place | {"text": zstandard.compress(b"Move it.")})
    connection.execute(text(OLD_EPISODE))
    heavy = Measure(name=PAYLOAD_MASS, value=50.0, unit="g")
    check = {"numbers": f"[{heavy.model_dump_json()}]"}
    connection.execute(text("INSERT INTO benchmark_checks VALUES ('b', 9, 'near copies', TRUE, '[]', :numbers)"), check)


def test_scenes_of_revision_7_are_compared_with_new_ones(url: str) -> None:
    engine = writing(make_engine(url))
    with engine.begin() as connection:
        upgrade(connection, "0007")
        put_old_rows(connection)
    with engine.begin() as connection:
        upgrade(connection)
    check = CheckReport(number=9, name="near copies", passed=True, numbers=(Measure(name=PAYLOAD_MASS, value=50.9),))
    with engine.begin() as connection:
        alike = list_alike(connection, VerificationReport(passed=True, checks=(check,), scene_hash=None))
        assert [one.item_id for one in alike] == ["b"]
    engine.dispose()


def test_rows_of_revision_7_are_upgraded_and_taken_back(url: str) -> None:
    engine = writing(make_engine(url))
    states = text("SELECT item_id, state, settled_revision FROM benchmarks ORDER BY item_id")
    use = text("SELECT previews, checks, simulations, judge FROM episodes")
    with engine.begin() as connection:
        upgrade(connection, "0007")
        put_old_rows(connection)
    with engine.begin() as connection:
        upgrade(connection)
        new = [("a", "redrawn", 6), ("b", "certified", 4), ("c", "refused", 3), ("d", "draft", None)]
        assert [tuple(row) for row in connection.execute(states)] == new
        assert tuple(connection.execute(use).one()) == (5, 31, 5, "")
    with engine.begin() as connection:
        downgrade(connection, "0007")
        old = [("a", "verified", None), ("b", "certified", 4), ("c", "draft", 3), ("d", "draft", None)]
        assert [tuple(row) for row in connection.execute(states)] == old
        assert tuple(connection.execute(text("SELECT previews, simulations FROM episodes")).one()) == (36, 5)
    engine.dispose()


def test_features_of_earlier_scenes_are_told_where_they_can_be_read(url: str, tmp_path: Path) -> None:
    features = text("SELECT features FROM benchmarks ORDER BY verified, seed")
    with open_store(url, tmp_path) as store:
        record(store, 1)
        record(store, 2)
        store.record_benchmark(samples.refused(3), {})
        engine = writing(store.engine)
        with engine.begin() as connection:
            told = connection.execute(features).scalars().all()
            assert told == [None, *['["settle","on_environment"]'] * 2]
            downgrade(connection, "0013")
            older = {
                "text": zstandard.compress(b'{"kind":"scene","older":1}'),
                "scene": samples.benchmark(2).scene_hash,
            }
            connection.execute(text("UPDATE files SET text = :text WHERE sha256 = :scene"), older)
    with open_store(url, tmp_path) as store, store.read() as connection:
        assert connection.execute(features).scalars().all() == [*told[:2], None]


def test_items_of_revision_9_are_read_as_they_were(url: str, tmp_path: Path) -> None:
    """Before revision 10 no reasons were kept of an item."""
    key = samples.benchmark(1).key.item_id
    with open_store(url, tmp_path) as store:
        record(store, 1)
        item = store.find_item(key)
        engine = writing(store.engine)
        with engine.begin() as connection:
            downgrade(connection, "0009")
    with open_store(url, tmp_path) as store:
        assert store.find_item(key) == item is not None
