"""Records what ended a stage for good: a fault of the machinery or a defect, never a verdict."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from schemas.errors import InfrastructureError
from schemas.run import RunError
from steps.context import RunContext

REASON_CHARACTERS = 400
"""What is kept of a fault in an episode's reason; the whole text is in the run's errors or the episode's messages."""


@contextmanager
def recorded(
    context: RunContext, run_id: str, stage: str, item_id: str | None = None, episode_id: str | None = None
) -> Iterator[None]:
    """Record whatever ends this stage of a run, and raise it again."""
    try:
        yield
    except Exception as fault:
        error = RunError(
            run_id=run_id,
            item_id=item_id,
            episode_id=episode_id,
            stage=stage,
            error_type=type(fault).__name__,
            text=describe_fault(context, fault),
            infrastructure=isinstance(fault, InfrastructureError),
        )
        context.store.record_error(error)
        raise


def describe_fault(context: RunContext, fault: Exception) -> str:
    """Return what a fault says, without the judge's key and the database's password."""
    text = str(fault)
    for secret in (context.key_hex, urlsplit(context.settings.workspace.database_url).password):
        text = text.replace(secret, "***") if secret else text
    return text
