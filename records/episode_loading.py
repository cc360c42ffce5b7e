"""Episodes, verdicts and solutions out of their rows."""

import json

from sqlalchemy import Connection, RowMapping, select

from records.bundles import read_program
from records.episode_rows import CLOCKED
from records.tables import MessageRow, SubmissionRow
from records.verdict_rows import VerdictRow
from schemas.episode import Episode, EpisodeKey, EpisodeUse, Solution, Submission
from schemas.messages import BODIES, Message
from schemas.verdict import Verdict


def load_episode(connection: Connection, row: RowMapping) -> Episode:
    """Return the record of a row of episodes."""
    key = row["episode_id"]
    messages = select(MessageRow.__table__).where(MessageRow.episode_id == key).order_by(MessageRow.seq)
    submissions = select(SubmissionRow.__table__).where(SubmissionRow.episode_id == key).order_by(SubmissionRow.number)
    return Episode(
        key=EpisodeKey(**{name: row[name] for name in EpisodeKey.model_fields}),
        use=EpisodeUse(**{name: row[name] for name in EpisodeUse.model_fields}),
        **{name: row[name] for name in ("policy", "outcome", "reasons")},
        messages=tuple(_load_message(found) for found in connection.execute(messages).mappings()),
        submissions=tuple(_load_submission(connection, s) for s in connection.execute(submissions).mappings().all()),
    )


def load_solution(connection: Connection, row: RowMapping) -> Solution:
    """Return the record of a row of solutions."""
    certificate_id = row["certificate_id"]
    return Solution(
        program=read_program(connection, row["program_sha256"]),
        verdict=_load_verdict(connection, row["verdict_id"]),
        certificate=_load_verdict(connection, certificate_id) if certificate_id else None,
        **{name: row[name] for name in ("benchmark_id", "bundle_hash", "unit_cost_usd", "mass_g")},
    )


def _load_message(row: RowMapping) -> Message:
    body = json.loads(row["body"])
    if row[CLOCKED] is not None:
        body[CLOCKED] = row[CLOCKED]
    head = {name: row[name] for name in Message.model_fields if name != "body"}
    return Message(**head, body=BODIES.validate_json(json.dumps(body), strict=True))


def _load_submission(connection: Connection, row: RowMapping) -> Submission:
    return Submission(
        program=read_program(connection, row["program_sha256"]),
        verdict=_load_verdict(connection, row["verdict_id"]) if row["verdict_id"] else None,
        **{name: row[name] for name in ("number", "bundle_hash", "reasons")},
    )


def _load_verdict(connection: Connection, verdict_id: str) -> Verdict:
    text = connection.execute(select(VerdictRow.record).where(VerdictRow.verdict_id == verdict_id)).scalar_one()
    return Verdict.from_json(text)
