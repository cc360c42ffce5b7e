"""What can go wrong in a run and is no verdict."""

from schemas.record import LongText, Record, Sha256, ShortText


class RunError(Record):
    """A failure of the machinery; the same failure at the same place is one row."""

    run_id: Sha256 | None = None
    item_id: Sha256 | None = None
    episode_id: Sha256 | None = None
    stage: ShortText
    error_type: ShortText
    text: LongText
    infrastructure: bool

    @property
    def error_id(self) -> str:
        """Return the natural key of the failure."""
        return self.digest()
