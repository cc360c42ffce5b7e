"""What made the rows of a store: the program with all that decides its answers, and the engineers at work in it."""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.orm import Mapped, mapped_column

from records.bundles import put_text
from records.rows import now, put_rows
from records.tables import Base, CompressedColumn, FileRef, Made, Revised
from schemas.run import Software


class Provenance(NamedTuple):
    """The program that writes, and the text of its catalogue's tables."""

    software: Software
    catalogue: str


FindProvenance = Callable[[], Provenance | None]


class SoftwareRow(Revised, Base):
    """One state of the program and of what decides its answers."""

    __tablename__ = "software"

    software_id: Mapped[str] = mapped_column(primary_key=True, doc="Hash of everything below but the time")
    source: Mapped[str] = mapped_column(doc="Commit, `-dirty` where files differ from it, or version of the package")
    lock_sha256: Mapped[str | None] = mapped_column(doc="Hash of requirements.lock; NULL: it is not there")
    mujoco: Mapped[str] = mapped_column(doc="Version of MuJoCo")
    kernel: Mapped[str] = mapped_column(doc="Version of the CAD kernel, OCP")
    catalogue_hash: Mapped[str] = mapped_column(doc="Hash of the catalogue tables, as verdicts name it")
    catalogue_sha256: Mapped[FileRef] = mapped_column(doc="Hash of their text: JSON of table names and contents")
    judge_version: Mapped[str] = mapped_column(doc="Version of the judge")


class EngineerRow(Made, Base):
    """One version of an engineer with everything that its version stands for."""

    engineer: Mapped[str] = mapped_column(primary_key=True, doc="Who works")
    engineer_version: Mapped[str] = mapped_column(primary_key=True, doc="Version of the engineer")
    settings: Mapped[CompressedColumn] = mapped_column(
        doc="JSON: budget of its search, or models, prompts, tools, limits and skills; no address, no key"
    )


def put_software(connection: Connection, found: Provenance | None, revision: int) -> str | None:
    """Store what writes, and return its id; None where nobody tells."""
    if found is None:
        return None
    software = found.software
    row = {"software_id": software.digest(), **software.model_dump(), "recorded_at": now(), "revision": revision}
    row["catalogue_sha256"] = put_text(connection, found.catalogue)
    put_rows(connection, SoftwareRow, [row])
    return software.digest()
