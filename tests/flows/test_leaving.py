"""What the flows `upload` and `backup` do on a worker's workspace, without Prefect's server."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.backup import make_daily
from flows.upload import send_all
from records import open_store
from records.bucket import Bucket
from records.uploads import UploadReport
from schemas.settings import read_settings
from tests.records.child import work
from tests.records.s3 import bucket_url, proxy, s3

__all__ = ["bucket_url", "proxy", "s3"]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with what was recorded while no bucket was named."""
    work(f"sqlite:///{tmp_path / 'workpiece.sqlite'}", tmp_path)
    monkeypatch.setenv("WORKPIECE_WORKSPACE", str(tmp_path))
    return tmp_path


def test_hourly_upload_sends_what_a_folder_held_once_a_bucket_is_named(
    workspace: Path, bucket_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send_all(read_settings()) == UploadReport(sent=0, waiting=0)
    monkeypatch.setenv("WORKPIECE_FILES_URL", bucket_url)
    count = len(list((workspace / "files").rglob("*.zst")))
    assert [send_all(read_settings()).sent for _ in range(2)] == [count, 0]


def test_daily_backup_is_sent_and_made_once(workspace: Path, bucket_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKPIECE_FILES_URL", bucket_url)
    first, second = (make_daily(read_settings()) for _ in range(2))
    assert first.backup == second.backup
    assert second.upload == UploadReport(sent=0, waiting=0)
    today = datetime.now(UTC).date()
    assert Bucket(bucket_url).list_keys("backups/") == (f"backups/{today}.json", f"backups/{today}.tar.zst")


def test_files_in_a_folder_of_another_name_are_found_there(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKPIECE_FILES_URL", f"file://{tmp_path / 'elsewhere'}")
    settings = read_settings().workspace
    with open_store(settings.database_url, settings.files_folder, settings.bucket_url) as store:
        sha256 = store.files.write(b"kept")
    assert (tmp_path / "elsewhere" / sha256[:2] / f"{sha256}.zst").is_file()
