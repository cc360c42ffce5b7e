"""Texts and bundles by their hashes: text in the database, geometry in the file store."""

import io
import zipfile
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, insert, select

from records.file_store import FileStore
from records.rows import Row, now
from records.tables import FileRow
from records.texts import RESTORE
from schemas.benchmark import ProgramText
from schemas.bundle import parse_bundle
from schemas.errors import InfrastructureError
from schemas.jobs import BUNDLE_FILE
from schemas.record import hash_bytes


def put_bundle(connection: Connection, files: FileStore, bundle: Mapping[str, bytes]) -> str | None:
    """Store a bundle's files, geometry first, and return its hash; None for no files at all."""
    if not bundle:
        return None
    packed = pack_geometry(bundle)
    geometry = _row(files.write(packed), len(packed), None)
    text = parse_bundle(bundle[BUNDLE_FILE]).canonical_json()
    own = _row(hash_bytes(text), len(text), text.decode()) | {"geometry_sha256": geometry["sha256"]}
    _put_files(connection, [geometry, own])
    return hash_bytes(text)


def pack_geometry(bundle: Mapping[str, bytes]) -> bytes:
    """Return the geometry of a bundle as one zip, which is the same for the same files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(bundle.keys() - {BUNDLE_FILE}):
            archive.writestr(zipfile.ZipInfo(name), bundle[name])
    return packed.getvalue()


def put_program(connection: Connection, program: ProgramText) -> str:
    """Store a program's text and return its hash; raises InfrastructureError when the hash is not its own."""
    if hash_bytes(program.source.encode()) != program.sha256:
        raise InfrastructureError(f"program {program.sha256} has another hash than it says")
    return put_text(connection, program.source)


def put_text(connection: Connection, text: str) -> str:
    """Store a text and return its hash."""
    data = text.encode()
    sha256 = hash_bytes(data)
    _put_files(connection, [_row(sha256, len(data), text)])
    return sha256


def put_contents(connection: Connection, files: FileStore, contents: Iterable[bytes]) -> None:
    """Store contents that messages name by their hash: UTF-8 in the database, anything else as a file."""
    rows = []
    for data in contents:
        try:
            rows.append(_row(hash_bytes(data), len(data), data.decode()))
        except UnicodeDecodeError:
            rows.append(_row(files.write(data), len(data), None))
    _put_files(connection, rows)


def read_text(connection: Connection, sha256: str) -> str:
    """Return a stored text; raises InfrastructureError when there is none of that hash, or another."""
    text = connection.execute(select(FileRow.text).where(FileRow.sha256 == sha256)).scalar()
    if text is None:
        raise InfrastructureError(f"the store has no text {sha256}")
    return require_whole(sha256, text)


def require_whole(sha256: str, text: str) -> str:
    """Return a text; raises InfrastructureError where it has another hash than it is stored under."""
    if hash_bytes(text.encode()) != sha256:
        raise InfrastructureError(f"text {sha256} in the database is damaged: its hash differs; {RESTORE}")
    return text


def read_program(connection: Connection, sha256: str) -> ProgramText:
    """Return a stored program; raises InfrastructureError when there is none of that hash."""
    return ProgramText(source=read_text(connection, sha256), sha256=sha256)


def read_bundle(connection: Connection, files: FileStore, bundle_hash: str) -> dict[str, bytes]:
    """Return the files of a stored bundle by name; raises InfrastructureError when one is missing or damaged."""
    text = read_text(connection, bundle_hash).encode()
    packed = connection.execute(select(FileRow.geometry_sha256).where(FileRow.sha256 == bundle_hash)).scalar()
    if packed is None:
        return {BUNDLE_FILE: text} | {b.geometry: files.read(b.geometry_sha256) for b in parse_bundle(text).bodies}
    with zipfile.ZipFile(io.BytesIO(files.read(packed))) as archive:
        return {BUNDLE_FILE: text} | {name: archive.read(name) for name in archive.namelist()}


def _row(sha256: str, size_bytes: int, text: str | None) -> Row:
    return {"sha256": sha256, "size_bytes": size_bytes, "text": text, "geometry_sha256": None, "recorded_at": now()}


def _put_files(connection: Connection, rows: Iterable[Row]) -> None:
    """Insert the contents that are new; one hash is one content, so nothing needs comparing."""
    new = {row["sha256"]: row for row in rows}
    stored = set(connection.execute(select(FileRow.sha256).where(FileRow.sha256.in_(new))).scalars())
    if set(new) - stored:
        connection.execute(insert(FileRow), [row for sha256, row in new.items() if sha256 not in stored])
