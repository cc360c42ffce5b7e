"""The rows of an episode: itself, its messages, tool calls, plan items, files and submissions."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, update

from records.bundles import put_program
from records.llm_rows import put_call
from records.rows import Row, Stamp, plain, put_rows
from records.skill_rows import put_skills
from records.tables import (
    EpisodeRow,
    MessageRow,
    ProgramVersionRow,
    SubmissionRow,
    TodoItemRow,
    ToolCallRow,
)
from records.texts import canonical_text
from records.verdict_rows import put_verdict
from schemas.episode import Episode, Submission
from schemas.llm import LlmCall
from schemas.messages import Artifact, Message, Plan, TodoUpdate, ToolCall, ToolReturn
from schemas.reasons import Outcome

CLOCKED = "program_cpu_s"
"""The one field of a body that no repetition gives again; it has a column of its own."""


_NO_RETURN: Row = dict.fromkeys(("return_seq", "ok", "simulated_s", CLOCKED))


def put_episode(connection: Connection, item_id: str, episode: Episode, stamp: Stamp) -> None:
    """Store an episode with everything in it; raises InfrastructureError when it differs from what is stored."""
    key = episode.key.episode_id
    row = _episode_row(item_id, episode, stamp)
    running = update(EpisodeRow).where(EpisodeRow.episode_id == key, EpisodeRow.outcome == Outcome.RUNNING)
    connection.execute(running.values(**row))
    put_rows(connection, EpisodeRow, [row])
    put_rows(connection, MessageRow, [_message_row(message) for message in episode.messages])
    put_rows(connection, ToolCallRow, _tool_call_rows(key, episode.messages))
    put_rows(connection, TodoItemRow, _todo_rows(key, episode.messages))
    put_rows(connection, ProgramVersionRow, _artifact_rows(key, episode.messages))
    put_rows(connection, SubmissionRow, [_put_submission(connection, key, s, stamp) for s in episode.submissions])
    put_skills(connection, episode.messages)


def put_entry(
    connection: Connection, messages: Sequence[Message], call: LlmCall | None, made: Submission | None, stamp: Stamp
) -> None:
    """Add messages to a running episode, with the model's call or the submission that they tell of."""
    key = messages[0].episode_id
    put_rows(connection, MessageRow, [_message_row(message) for message in messages])
    put_rows(connection, ProgramVersionRow, _artifact_rows(key, messages))
    put_skills(connection, messages)
    if call is not None:
        put_call(connection, key, call)
    if made is not None:
        put_rows(connection, SubmissionRow, [_put_submission(connection, key, made, stamp)])


def _episode_row(item_id: str, episode: Episode, stamp: Stamp) -> Row:
    return {
        **episode.key.model_dump(),
        "retry": episode.key.retry,
        "judge": episode.key.judge,
        **episode.use.model_dump(),
        "episode_id": episode.key.episode_id,
        "item_id": item_id,
        "policy": episode.policy,
        "outcome": episode.outcome.value,
        "reasons": plain(episode.reasons),
        "message_count": len(episode.messages),
        "submission_count": len(episode.submissions),
        **stamp.columns,
    }


def _message_row(message: Message) -> Row:
    body = message.body.model_dump(mode="json")
    return {
        **message.model_dump(exclude={"body"}),
        "kind": message.body.kind,
        CLOCKED: body.pop(CLOCKED, None),
        "body": canonical_text(body),
    }


def _tool_call_rows(episode_id: str, messages: tuple[Message, ...]) -> list[Row]:
    """Return a row per call; the file is the newest of the name in its arguments, or what the call itself wrote."""
    rows: dict[str, Row] = {}
    versions: dict[str, int] = {}
    for message in messages:
        body = message.body
        if isinstance(body, Artifact):
            versions[body.name] = body.version
        elif isinstance(body, ToolCall):
            said = body.model_dump(include={"call_id", "tool", "counted"})
            rows[body.call_id] = {"episode_id": episode_id, "seq": message.seq, **said, **_read_file(body)}
        elif isinstance(body, ToolReturn) and (row := rows.get(body.call_id)) is not None:
            row |= {"return_seq": message.seq, **body.model_dump(include={"ok", "simulated_s", CLOCKED})}
            row["file_version"] = row["file_version"] or versions.get(str(row["file"]))
    return [_NO_RETURN | row | ({} if row["file_version"] else {"file": None}) for row in rows.values()]


def _read_file(call: ToolCall) -> Row:
    """Return name and version of the file that a call's arguments name."""
    arguments = json.loads(call.arguments)
    named = arguments if isinstance(arguments, dict) else {}
    file, version = named.get("name"), named.get("version")
    return {
        "file": file if isinstance(file, str) else None,
        "file_version": version if isinstance(version, int) else None,
    }


def _todo_rows(episode_id: str, messages: tuple[Message, ...]) -> list[Row]:
    rows: dict[tuple[int, str], Row] = {}
    version = 0
    for body in (message.body for message in messages):
        if isinstance(body, Plan):
            version = body.version
            for position, item in enumerate(body.items):
                place: Row = {"episode_id": episode_id, "plan_version": version, "item": item.id, "position": position}
                rows[version, item.id] = place | item.model_dump(mode="json", exclude={"id"})
        elif isinstance(body, TodoUpdate) and (version, body.item) in rows:
            rows[version, body.item]["status"] = body.status
    return list(rows.values())


def _artifact_rows(episode_id: str, messages: Sequence[Message]) -> list[Row]:
    return [
        {"episode_id": episode_id, "seq": message.seq, **message.body.model_dump(exclude={"kind"})}
        for message in messages
        if isinstance(message.body, Artifact)
    ]


def _put_submission(connection: Connection, episode_id: str, submission: Submission, stamp: Stamp) -> Row:
    verdict = submission.verdict
    return {
        "episode_id": episode_id,
        "number": submission.number,
        "program_sha256": put_program(connection, submission.program),
        "bundle_hash": submission.bundle_hash,
        "verdict_id": put_verdict(connection, verdict, stamp) if verdict else None,
        "reasons": plain(submission.reasons),
    }
