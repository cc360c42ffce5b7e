"""Files reach a bucket whole or are known to wait: over HTTP, through a proxy that breaks what passes."""

import shutil
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from records import Store, open_store
from records.bucket import PART_BYTES, Bucket
from records.file_store import name_object
from records.uploads import UploadReport, send_waiting
from schemas.errors import InfrastructureError, InputError
from tests.records import samples
from tests.records.child import kill, work
from tests.records.s3 import Proxy, refusing
from tests.service.running import refusal, workpiece

WORD = b"unmistakable"
FILE = WORD * 40


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the order of boto3's back-off, and none of its waiting."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.01)


def make_file(folder: Path, data: bytes = FILE) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "file").write_bytes(data)
    return folder / "file"


def fetched(bucket: Bucket, key: str, folder: Path) -> bytes:
    assert bucket.fetch(key, folder / "fetched")
    return (folder / "fetched").read_bytes()


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, 2 * PART_BYTES + 17])
def test_file_of_any_size_comes_back(size: int, bucket_url: str, tmp_path: Path) -> None:
    bucket, data = Bucket(bucket_url), (FILE * (size // len(FILE) + 1))[:size]
    whole = bucket.send(make_file(tmp_path, data), "some/key")
    assert (whole.size_bytes, whole.etag.endswith("-3")) == (size, size > 2 * PART_BYTES)
    assert fetched(bucket, "some/key", tmp_path) == data
    assert bucket.list_keys("some") == ("some/key",)
    bucket.remove("some/key")
    assert not bucket.fetch("some/key", tmp_path / "absent")


@pytest.mark.parametrize("how", ["busy", "cut"])
@pytest.mark.parametrize("copies", [40, 700_000])
def test_faults_in_the_middle_are_tried_again(
    how: str, copies: int, proxy: Proxy, bucket_url: str, tmp_path: Path
) -> None:
    bucket, data = Bucket(bucket_url), WORD * copies
    proxy.break_next(how, 3, WORD)
    bucket.send(make_file(tmp_path, data), "key")
    assert proxy.broken == 3
    assert fetched(bucket, "key", tmp_path) == data


def test_file_that_arrives_changed_is_not_taken_for_sent(proxy: Proxy, bucket_url: str, tmp_path: Path) -> None:
    bucket, path = Bucket(bucket_url), make_file(tmp_path)
    proxy.break_next("flipped", 1, WORD)
    with pytest.raises(InfrastructureError, match="is not what was sent"):
        bucket.send(path, "key")
    bucket.send(path, "key")
    assert fetched(bucket, "key", tmp_path) == FILE


def test_file_that_is_there_is_not_sent_twice(proxy: Proxy, bucket_url: str, tmp_path: Path) -> None:
    bucket, path = Bucket(bucket_url), make_file(tmp_path)
    bucket.send(path, "key")
    proxy.break_next("cut", 100, WORD)
    bucket.send(path, "key")
    assert proxy.broken == 0


def test_server_that_stays_busy_is_infrastructure_after_five_tries(
    proxy: Proxy, bucket_url: str, tmp_path: Path
) -> None:
    proxy.break_next("busy", 100, WORD)
    with pytest.raises(InfrastructureError, match="503"):
        Bucket(bucket_url).send(make_file(tmp_path), "key")
    assert proxy.broken == 5


def test_missing_bucket_says_what_to_do(proxy: Proxy, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no bucket 'nowhere' at the server: make it, or name another"):
        Bucket("s3://nowhere/x").send(make_file(tmp_path), "key")


def test_bucket_that_refuses_says_what_to_do(s3: tuple[str, int], bucket_url: str, tmp_path: Path) -> None:
    with refusing(s3), pytest.raises(InputError, match=r"the bucket refuses \(403\): give its key the rights s3:List"):
        Bucket(bucket_url).send(make_file(tmp_path), "key")
    Bucket(bucket_url).send(make_file(tmp_path), "key")


def test_missing_keys_say_what_to_do(bucket_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(InputError, match="no key for the bucket: set AWS_ACCESS_KEY_ID"):
        Bucket(bucket_url).send(make_file(tmp_path), "key")


def test_parts_that_killed_uploads_left_are_ended(bucket_url: str) -> None:
    bucket = Bucket(bucket_url)
    bucket._client.create_multipart_upload(Bucket=bucket._name, Key=bucket._prefix + "key")  # as old as moto says: 2010
    assert [bucket.end_stale(), bucket.end_stale()] == [1, 0]


def record(store: Store, seed: int) -> int:
    """Record an item; return how many contents it has in files."""
    store.record_benchmark(samples.benchmark(seed), samples.scene_files(seed))
    return len(list(store.files.folder.rglob("*.zst")))


def test_files_are_in_the_bucket_once_their_rows_are_stored(url: str, bucket_url: str, tmp_path: Path) -> None:
    with open_store(url, tmp_path / "here", bucket_url) as store:
        count = record(store, 1)
        assert len(store.files.bucket.list_keys("files/")) == count > 0
    with open_store(url, tmp_path / "there", bucket_url) as other:
        scene_hash = samples.benchmark(1).scene_hash
        assert other.load_bundle_files(scene_hash) == samples.scene_files(1)
        assert send_waiting(other, tmp_path) == UploadReport(sent=count, waiting=0)
        assert send_waiting(other, tmp_path) == UploadReport(sent=0, waiting=0)


def test_damaged_file_is_fetched_anew_from_the_bucket(url: str, bucket_url: str, tmp_path: Path) -> None:
    with open_store(url, tmp_path / "here", bucket_url) as store:
        record(store, 1)
        for path in store.files.folder.rglob("*.zst"):
            path.write_bytes(path.read_bytes()[:-3])
        assert store.load_bundle_files(samples.benchmark(1).scene_hash) == samples.scene_files(1)


def test_store_that_was_offline_sends_everything_later(
    url: str, proxy: Proxy, bucket_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with open_store(url, tmp_path / "files", bucket_url) as store:
        began_s = time.monotonic()
        count = record(store, 1)
        record(store, 2)
        assert time.monotonic() - began_s < 5
        report = send_waiting(store, tmp_path)
        assert (report.sent, report.waiting > count) == (0, True)
        with pytest.raises(InfrastructureError, match=r"0 files sent, \d+ wait and are sent by the next"):
            _ = report.verdict
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
    with open_store(url, tmp_path / "files", bucket_url) as store:
        assert send_waiting(store, tmp_path) == UploadReport(sent=report.waiting, waiting=0)
        with store.read() as connection:
            rows = connection.execute(text("SELECT tries, fault, sent_at FROM uploads")).all()
    assert {row.fault for row in rows} == {None}
    assert max(row.tries for row in rows) == 2


def test_file_that_fails_leaves_the_others_sent(url: str, proxy: Proxy, bucket_url: str, tmp_path: Path) -> None:
    with open_store(url, tmp_path / "files") as store:
        count = record(store, 1)
        broken = next(store.files.folder.rglob("*.zst"))
    with open_store(url, tmp_path / "files", bucket_url) as store:
        proxy.break_next("cut", 6, b"PUT /" + bucket_url[5:].encode() + f"/{name_object(broken.stem)}".encode())
        report = send_waiting(store, tmp_path)
        assert (report.sent, report.waiting, bool(report.fault)) == (count - 1, 1, True)
        assert send_waiting(store, tmp_path).sent == 1


def test_upload_command_says_what_it_did_and_what_to_do(bucket_url: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'workpiece.sqlite'}"
    work(url, tmp_path)
    assert "WORKPIECE_FILES_URL to s3://BUCKET/PREFIX" in refusal(workpiece(tmp_path, "upload"), 2)
    told = refusal(workpiece(tmp_path, "upload", WORKPIECE_FILES_URL="s3://nowhere"), 2)
    assert "there is no bucket 'nowhere'" in told
    assert workpiece(tmp_path, "upload", WORKPIECE_FILES_URL=bucket_url).stdout.endswith(" files sent, none waits\n")
    assert "WORKPIECE_FILES_URL: give s3://" in refusal(workpiece(tmp_path, "upload", WORKPIECE_FILES_URL="s3:/x"), 2)


@pytest.mark.slow
def test_whole_run_without_a_network_is_uploaded_later(proxy: Proxy, bucket_url: str, tmp_path: Path) -> None:
    offline = {"WORKPIECE_FILES_URL": bucket_url, "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}
    made = workpiece(tmp_path, "run", "--count", "1", "--seed", "7", **offline)
    assert made.returncode == 0, made.stderr
    said = refusal(workpiece(tmp_path, "upload", **offline), 3)
    assert "0 files sent, " in said and "are sent by the next `workpiece upload`" in said
    told = workpiece(tmp_path, "upload", WORKPIECE_FILES_URL=bucket_url, AWS_ENDPOINT_URL_S3=proxy.url).stdout
    count = len(list((tmp_path / "files").rglob("*.zst")))
    assert told == f"{count} files sent, none waits\n"


def kill_uploads(folder: Path, bucket_url: str, points: range) -> int:
    """Kill an upload at each of these events: what follows ends it, and does nothing twice; return how many died."""
    died = 0
    folder.mkdir()
    work(f"sqlite:///{folder / 'store.sqlite'}", folder)
    for point in points:
        place = shutil.copytree(folder, folder.with_name(f"{folder.name}-{point}"))
        url, bucket = f"sqlite:///{place / 'store.sqlite'}", f"{bucket_url}/{point}"
        died += kill(f"send {bucket}", url, place, point)
        with open_store(url, place / "files", bucket) as store:
            assert send_waiting(store, place).waiting == 0
            with store.read() as connection:
                counted = "SELECT count(*), count(DISTINCT name), count(sent_at) FROM uploads"
                sent = set(connection.execute(text(counted)).one())
            assert sent == {len(store.files.bucket.list_keys("files/"))} == {len(list(place.rglob("*.zst")))}
    return died


def test_upload_killed_at_any_point_loses_and_doubles_nothing(bucket_url: str, tmp_path: Path) -> None:
    assert kill_uploads(tmp_path / "work", bucket_url, range(12, 87, 30)) == 3


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_upload_killed_at_a_hundred_points_loses_and_doubles_nothing(bucket_url: str, tmp_path: Path) -> None:
    assert kill_uploads(tmp_path / "work", bucket_url, range(1, 101)) > 80
