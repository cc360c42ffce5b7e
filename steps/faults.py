"""Whose fault an exception is, decided in one place, and how it is recorded: the machinery's, or a defect of ours."""

import traceback
from pathlib import Path
from urllib.parse import urlsplit

from schemas.errors import InfrastructureError
from schemas.messages import ErrorRaised
from schemas.reasons import Reason, ReasonCode
from schemas.record import clean_text
from schemas.run import RunError
from steps.context import RunContext

REASON_CHARACTERS = 400
"""What is kept of a fault in an episode's reason; the whole text is in the run's errors or the episode's messages."""
FAULT_CHARACTERS = 50_000
ROOT = Path(__file__).parents[1]
"""What is left out of the places that a traceback names: they leave the machine."""


def find_culprit(fault: Exception) -> ReasonCode:
    """Return INFRASTRUCTURE for what may succeed when it is tried again, DEFECT for all that nobody thought of."""
    return ReasonCode.INFRASTRUCTURE if isinstance(fault, InfrastructureError) else ReasonCode.DEFECT


def describe_fault(context: RunContext, fault: Exception) -> str:
    """Return what a fault says, a defect with its traceback, without the judge's key and the database's password."""
    defect = find_culprit(fault) is ReasonCode.DEFECT
    text = "".join(traceback.format_exception(fault)) if defect else str(fault)
    text = text.replace(f"{ROOT}/", "")
    for secret in (context.key_hex, urlsplit(context.settings.workspace.database_url).password):
        text = text.replace(secret, "***") if secret else text
    return clean_text(text)[-FAULT_CHARACTERS:]


def explain_fault(context: RunContext, fault: Exception) -> tuple[Reason, ErrorRaised]:
    """Return why an episode ends that a fault has ended, and what is said of it last."""
    text, culprit = describe_fault(context, fault), find_culprit(fault)
    said = ErrorRaised(error_type=type(fault).__name__, text=text, infrastructure=culprit is ReasonCode.INFRASTRUCTURE)
    return Reason(code=culprit, message=text[-REASON_CHARACTERS:]), said


def record_fault(
    context: RunContext,
    run_id: str | None,
    stage: str,
    fault: Exception,
    item_id: str | None = None,
    episode_id: str | None = None,
) -> None:
    """Record what ended a stage for good; the same at the same place is one row."""
    error = RunError(
        run_id=run_id,
        item_id=item_id,
        episode_id=episode_id,
        stage=stage,
        error_type=type(fault).__name__,
        text=describe_fault(context, fault),
        infrastructure=find_culprit(fault) is ReasonCode.INFRASTRUCTURE,
    )
    context.store.record_error(error)
