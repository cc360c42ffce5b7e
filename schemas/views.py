"""What was written as training views: files, why episodes were kept or dropped, and what a good trace took."""

from schemas.benchmark import Split
from schemas.record import Record, Sha256, ShortText


class ViewFile(Record):
    """One file of a view; `path` is relative to the folder of the views."""

    view: ShortText
    split: Split
    path: str
    rows: int
    size_bytes: int
    sha256: Sha256


class EpisodeCount(Record):
    """How many episodes of a split were dropped for one reason, or kept (None)."""

    split: Split
    dropped_because: ShortText | None
    episodes: int


class TraceYield(Record):
    """Good traces, and what all conversations of the splits took: None where nothing was taken."""

    good: int
    conversations: int
    per_hour: float | None
    per_gb: float | None
    per_usd: float | None


class ViewsReport(Record):
    """Everything in a folder of training views."""

    judge_version: ShortText
    canary: ShortText
    files: tuple[ViewFile, ...]
    episodes: tuple[EpisodeCount, ...]
    traces: TraceYield
