"""A bundle's geometry is one file of the file store; that of earlier stores, a file for each body, is read as well."""

from sqlalchemy import select, update

from records import Store
from records.bundles import pack_geometry
from records.tables import FileRow
from tests.records import samples
from tests.records.test_store import record


def test_bundle_leaves_one_file_in_the_file_store(store: Store) -> None:
    record(store, 1)
    stored = {path.stem for path in store.files.folder.rglob("*.zst")}
    with store.read() as connection:
        named = set(connection.execute(select(FileRow.sha256).where(FileRow.text.is_(None))).scalars())
        packed = set(connection.execute(select(FileRow.geometry_sha256)).scalars()) - {None}
    assert stored == named == packed
    assert len(stored) == 2  # of scene and design
    assert store.load_bundle_files(samples.benchmark(1).scene_hash or "") == samples.scene_files(1)


def test_pack_is_the_same_for_the_same_files(store: Store) -> None:
    files = samples.scene_files(1)
    assert pack_geometry(dict(reversed(files.items()))) == pack_geometry(files)
    assert pack_geometry(samples.scene_files(2)) != pack_geometry(files)


def test_geometry_of_an_earlier_store_is_read(store: Store) -> None:
    record(store, 1)
    scene_hash = samples.benchmark(1).scene_hash or ""
    for name, data in samples.scene_files(1).items():
        if name.endswith(".brep"):
            store.files.write(data)
    with store.engine.begin() as connection:
        connection.execute(update(FileRow).where(FileRow.sha256 == scene_hash).values(geometry_sha256=None))
    store.files.path(store.files.write(pack_geometry(samples.scene_files(1)))).unlink()
    assert store.load_bundle_files(scene_hash) == samples.scene_files(1)
