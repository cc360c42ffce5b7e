"""A store that was backed up comes back row for row, from either database into either; what can't is told."""

import io
import json
import shutil
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import zstandard
from sqlalchemy import text

from records import Store, export, open_store
from records.backups import choose_kept, fetch_backup, make_backup, read_manifest, restore_backup
from records.uploads import send_waiting
from schemas.errors import InfrastructureError, InputError
from schemas.record import hash_bytes
from schemas.settings import WorkspaceSettings
from steps.leaving import back_up, restore
from tests.records.child import DAY, kill, work
from tests.records.comparing import compare_stores, count_compared
from tests.records.conftest import NewUrl
from tests.records.postgres import make_database
from tests.service.running import refusal, workpiece


def fill(url: str, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    work(url, folder)


def files_of(store: Store) -> dict[str, bytes]:
    return {path.stem: store.files.read(path.stem) for path in store.files.folder.rglob("*.zst")}


def test_backup_comes_back_row_for_row(new_url: NewUrl, tmp_path: Path) -> None:
    url = new_url()
    fill(url, tmp_path / "one")
    with open_store(url, tmp_path / "one" / "files") as store, open_store(new_url(), tmp_path / "other") as other:
        made = make_backup(store, tmp_path / "backups", DAY)
        assert restore_backup(other, tmp_path / "backups", DAY) == made
        assert made.row_count - made.rows["software"] == count_compared(other) > 100
        assert compare_stores(store, other) == ("backups ('2026-11-28',): only in the first",)
        assert exact(store) == exact(other)
        assert files_of(store) == files_of(other)


def exact(store: Store) -> list:
    """Return what comparisons of stores leave out: times, and the store's own id."""
    with store.read() as connection:
        times = connection.execute(text('SELECT episode_id, seq, "at" FROM messages ORDER BY 1, 2')).all()
        return [*times, *connection.execute(text("SELECT * FROM revisions")).all()]


def test_backup_of_postgres_opens_on_sqlite_and_back(postgres: str, tmp_path: Path) -> None:
    url = make_database(postgres, "backed_up")
    fill(url, tmp_path / "one")
    with open_store(url, tmp_path / "one" / "files") as store, open_store(f"sqlite:///{tmp_path}/x", tmp_path) as other:
        make_backup(store, tmp_path / "a", DAY)
        restore_backup(other, tmp_path / "a", DAY)
        make_backup(other, tmp_path / "b", DAY)
        with open_store(make_database(postgres, "restored"), tmp_path / "third") as third:
            restore_backup(third, tmp_path / "b", DAY)
            assert compare_stores(other, third) == ("backups ('2026-11-28',): only in the first",)


def test_backup_holds_one_state_while_others_write(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(url, tmp_path)
    with open_store(url, tmp_path / "files") as store:
        write_table = "records.backups._write_table"
        real = sys.modules["records.backups"]._write_table

        def write_meanwhile(tar, connection, table):
            store.record_run(f"{table.name:0<64}", "{}")
            return real(tar, connection, table)

        with store.read() as connection:
            before = connection.execute(text("SELECT count(*) FROM runs")).scalar_one()
        monkeypatch.setattr(write_table, write_meanwhile)
        assert make_backup(store, tmp_path / "backups", DAY).rows["runs"] == before


def test_second_backup_of_a_day_is_the_first(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to back up"):
        make_backup(store, tmp_path / "backups", DAY)
    store.record_run("1" * 64, "{}")
    first = make_backup(store, tmp_path / "backups", DAY)
    store.record_run("0" * 64, "{}")
    assert make_backup(store, tmp_path / "backups", DAY) == first
    assert make_backup(store, tmp_path / "backups", DAY + timedelta(1)).rows["runs"] == 2


@pytest.mark.parametrize("damage", [Path.unlink, lambda archive: archive.write_bytes(b"other")])
def test_backup_whose_archive_is_damaged_is_made_and_sent_anew(
    damage: Callable[[Path], object], bucket_url: str, tmp_path: Path
) -> None:
    settings = WorkspaceSettings(workspace=tmp_path, files_url=bucket_url)
    fill(settings.database_url, tmp_path)
    with open_store(settings.database_url, settings.files_folder, bucket_url) as store:
        first = back_up(store, settings, DAY)
        damage(settings.backups_folder / f"{DAY}.tar.zst")
        store.record_run("0" * 64, "{}")
        second = back_up(store, settings, DAY)
        assert second.backup.rows["runs"] == first.backup.rows["runs"] + 1
        assert second.verdict.startswith(f"{DAY}: its archive was missing or damaged, and is made anew: ")
        assert (second.upload.sent, back_up(store, settings, DAY).was_broken) == (1, False)
        fetch_backup(bucket_url, tmp_path / "fetched", DAY)
    with open_store(f"sqlite:///{tmp_path}/new", tmp_path / "other") as other:
        assert restore_backup(other, tmp_path / "fetched", DAY) == second.backup


def test_backup_without_a_damaged_file_says_so(url: str, tmp_path: Path) -> None:
    fill(url, tmp_path)
    with open_store(url, tmp_path / "files") as store:
        broken = next(store.files.folder.rglob("*.zst"))
        broken.write_bytes(b"")
        report = back_up(store, WorkspaceSettings(workspace=tmp_path), DAY)
        assert report.backup.damaged == (broken.stem,)
        with pytest.raises(InfrastructureError, match="without 1 that are damaged: give `workpiece mend`"):
            _ = report.verdict


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("schema_revision", "0001", "has another version (format 1, schema 0001; here they are 1, "),
        ("format", "2", "has another version (format 2, "),
        ("sha256", "0" * 64, "is missing or damaged: its hash is not its manifest's"),
        ("rows", "none", "is no manifest of a backup: rows: "),
    ],
)
def test_backup_that_does_not_fit_is_refused(field: str, value: str, said: str, tmp_path: Path) -> None:
    url, folder = f"sqlite:///{tmp_path}/one.sqlite", tmp_path / "backups"
    fill(url, tmp_path)
    with open_store(url, tmp_path / "files") as store, open_store(f"sqlite:///{tmp_path}/x", tmp_path / "y") as other:
        make_backup(store, folder, DAY)
        manifest = folder / f"{DAY}.json"
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {field: value}))
        empty = count_compared(other)
        with pytest.raises(InputError) as refused:
            restore_backup(other, folder, DAY)
        assert said in str(refused.value)
        assert count_compared(other) == empty


def pack(data: bytes, name: str = "tables/runs/1") -> bytes:
    """An archive of one member."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return zstandard.compress(written.getvalue())


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (b"no archive", "is no archive of a backup"),
        (zstandard.compress(bytes(range(256)) * 9), "is no archive of a backup"),
        (pack(b"{"), "is no archive of a backup"),
        (pack(b"{}", "tables/others/1"), "is no archive of a backup"),
        (pack(b"a file", "files/one"), "holds other rows than its manifest says"),
    ],
)
def test_archive_of_something_else_is_refused(archive: bytes, said: str, store: Store, tmp_path: Path) -> None:
    """Its manifest has its hash: somebody has put both together."""
    folder = tmp_path / "backups"
    store.record_run("1" * 64, "{}")
    made = make_backup(store, folder, DAY)
    with store.engine.begin() as connection:
        for table in ("backups", "runs", "software", "files"):
            connection.execute(text(f"DELETE FROM {table}"))
    before = exact(store)
    (folder / f"{DAY}.tar.zst").write_bytes(archive)
    manifest = made.model_copy(update={"sha256": hash_bytes(archive), "rows": made.rows | {"runs": 1}})
    (folder / f"{DAY}.json").write_bytes(manifest.canonical_json())
    with pytest.raises(InputError, match=f"{said}.*: name another copy or day"):
        restore_backup(store, folder, DAY)
    assert exact(store) == before


def test_refused_restore_leaves_the_backups_and_data_sets_that_are_there(bucket_url: str, tmp_path: Path) -> None:
    one, other, third = (WorkspaceSettings(workspace=tmp_path / name) for name in ("one", "other", "third"))
    for settings in (one, other):
        fill(settings.database_url, settings.workspace)
        with open_store(settings.database_url, settings.files_folder, bucket_url) as store:
            back_up(store, settings, DAY)
            send_waiting(store, settings.backups_folder)
            export(store, settings.datasets_folder)
            with pytest.raises(InputError, match=r"the store is not empty"):
                restore(store, settings, bucket_url, DAY)
    assert read_manifest(one.backups_folder / f"{DAY}.json") != read_manifest(other.backups_folder / f"{DAY}.json")
    shutil.copytree(one.datasets_folder, third.datasets_folder)
    with open_store(third.database_url, third.files_folder) as store:
        with pytest.raises(InputError, match="datasets holds data sets of before: move it away, then restore"):
            restore(store, third, bucket_url, DAY)
        assert not third.backups_folder.exists()


def test_store_that_is_not_empty_is_not_restored_into(url: str, tmp_path: Path) -> None:
    fill(url, tmp_path)
    with open_store(url, tmp_path / "files") as store:
        make_backup(store, tmp_path / "backups", DAY)
        with pytest.raises(InputError, match="the store is not empty"):
            restore_backup(store, tmp_path / "backups", DAY)


def test_policy_keeps_days_weeks_and_months() -> None:
    settings = WorkspaceSettings(backup_days=3, backup_weeks=3, backup_months=2)
    days = [date(2026, 9, 1) + timedelta(n) for n in range(91)]
    told = ["2026-10-31", "2026-11-22", "2026-11-28", "2026-11-29", "2026-11-30"]
    assert [str(day) for day in choose_kept(days, settings)] == told
    assert choose_kept([], settings) == ()
    assert choose_kept(days[:1], settings) == (days[0],)


def test_old_backups_go_once_the_new_one_is_sent(
    url: str, bucket_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = {"backup_weeks": 0, "backup_months": 0}
    settings = WorkspaceSettings(workspace=tmp_path, files_url=bucket_url, backup_days=1, **none)
    with open_store(url, tmp_path / "files", bucket_url) as store:
        store.record_run("1" * 64, "{}")
        assert back_up(store, settings, DAY).pruned == ()
        monkeypatch.setattr("records.bucket.Bucket.send", fail)
        assert back_up(store, settings, DAY + timedelta(1)).pruned == ()
        monkeypatch.undo()
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        assert store.files.bucket.list_keys("backups/") == (f"backups/{DAY}.json", f"backups/{DAY}.tar.zst")


def fail(*_: object) -> None:
    raise InfrastructureError("no network")


def test_backup_goes_through_a_bucket_by_commands(bucket_url: str, tmp_path: Path) -> None:
    fill(f"sqlite:///{tmp_path / 'workpiece.sqlite'}", tmp_path)
    today = datetime.now(UTC).date()
    told = workpiece(tmp_path, "backup", WORKPIECE_FILES_URL=bucket_url).stdout
    assert told.startswith(f"{today}: ") and told.endswith("files sent, none waits; 0 old ones removed\n")
    settings = {"WORKPIECE_FILES_URL": bucket_url}
    restored = workpiece(tmp_path / "new", "restore", "--json", **settings)
    assert json.loads(restored.stdout)["day"] == str(today), restored.stderr
    one, other = (f"sqlite:///{place / 'workpiece.sqlite'}" for place in (tmp_path, tmp_path / "new"))
    with open_store(one, tmp_path / "files") as store, open_store(other, tmp_path / "new" / "files") as second:
        left = [told for told in compare_stores(store, second) if not told.startswith(("uploads", "backups"))]
        assert (left, files_of(store)) == ([], files_of(second))
    assert "is not empty" in refusal(workpiece(tmp_path / "new", "restore", **settings), 2)
    said = refusal(workpiece(tmp_path / "third", "restore", "2020-01-01", **settings), 2)
    assert f"no backup of 2020-01-01 in {bucket_url}: there are {today} to {today}" in said
    assert "give it as 2026-12-24" in refusal(workpiece(tmp_path / "third", "restore", "monday"), 2)


def test_backup_of_another_store_in_the_folder_is_not_taken_for_its_own(tmp_path: Path) -> None:
    for name in ("one", "other"):
        with open_store(f"sqlite:///{tmp_path / name}", tmp_path / "files") as store:
            store.record_run("1" * 64, "{}")
            if name == "one":
                first = make_backup(store, tmp_path / "backups", DAY)
            else:
                with pytest.raises(InputError, match="is of another store: move it away"):
                    make_backup(store, tmp_path / "backups", DAY)
    assert read_manifest(tmp_path / "backups" / f"{DAY}.json") == first


def test_backup_of_another_store_in_the_bucket_is_not_written_over(bucket_url: str, tmp_path: Path) -> None:
    settings = {"WORKPIECE_FILES_URL": bucket_url}
    for place in ("one", "other"):
        (tmp_path / place).mkdir()
        fill(f"sqlite:///{tmp_path / place / 'workpiece.sqlite'}", tmp_path / place)
    assert workpiece(tmp_path / "one", "backup", **settings).returncode == 0
    said = refusal(workpiece(tmp_path / "other", "backup", **settings), 3)
    assert "of another store: give each store a prefix of its own" in said and "1 wait" in said
    first, second = (tmp_path / place / "backups" for place in ("one", "fetched"))
    fetch_backup(bucket_url, second, None)
    assert names_in(second) and all(
        (first / name).read_bytes() == (second / name).read_bytes() for name in names_in(second)
    )


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("s3://", "--source s3://: give s3://BUCKET/PREFIX or file:///FOLDER, or a folder"),
        ("{}/absent", "no backup in {}/absent: there is none; --source names another"),
        ("{}", "no backup in {}: there is none"),
    ],
)
def test_source_without_backups_is_told(source: str, said: str, tmp_path: Path) -> None:
    for name in ("other.json", "2026-13-45.json"):
        (tmp_path / name).write_text("{}")
    told = refusal(workpiece(tmp_path / "new", "restore", "--source", source.format(tmp_path)), 2)
    assert said.format(tmp_path) in told


def test_backup_is_restored_from_a_folder(tmp_path: Path) -> None:
    fill(f"sqlite:///{tmp_path / 'workpiece.sqlite'}", tmp_path)
    workpiece(tmp_path, "backup")
    told = workpiece(tmp_path / "new", "restore", "--source", f"{tmp_path}/backups").stdout
    assert "rows and " in told and "put judge.key back, or set WORKPIECE_JUDGE_KEY" in told
    assert max(map(len, told.splitlines()[1:])) <= 80


def kill_backups(folder: Path, bucket_url: str, points: range) -> int:
    """Kill a backup at each of these events: the next one ends it, what is restored is whole; return how many died."""
    died = 0
    fill(f"sqlite:///{folder / 'store.sqlite'}", folder)
    for point in points:
        place = shutil.copytree(folder, folder.with_name(f"{folder.name}-{point}"))
        url, bucket = f"sqlite:///{place / 'store.sqlite'}", f"{bucket_url}/{point}"
        died += kill(f"back_up {bucket}", url, place, point)
        settings = WorkspaceSettings(workspace=place, files_url=bucket)
        with open_store(url, place / "files", bucket) as store, open_store(f"{url}2", place / "second") as second:
            made = back_up(store, settings, DAY)
            assert (made.upload.waiting, names_in(place / "backups")) == (0, [f"{DAY}.json", f"{DAY}.tar.zst"])
            fetch_backup(bucket, place / "fetched", DAY)
            assert restore_backup(second, place / "fetched", DAY) == made.backup
            left = [told for told in compare_stores(store, second) if not told.startswith(("uploads", "backups"))]
            assert (left, files_of(store)) == ([], files_of(second))
    return died


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_backup_killed_at_any_point_loses_and_doubles_nothing(bucket_url: str, tmp_path: Path) -> None:
    assert kill_backups(tmp_path / "work", bucket_url, range(10, 135, 50)) == 3


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_backup_killed_at_a_hundred_points_loses_and_doubles_nothing(bucket_url: str, tmp_path: Path) -> None:
    assert kill_backups(tmp_path / "work", bucket_url, range(1, 141)) >= 100
