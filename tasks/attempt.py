"""The stage in which an engineer works on a stored benchmark."""

from schemas.evaluation import Attempt
from steps.context import AGENTS_WITHIN_S, process_context
from steps.episodes import require_sound
from steps.evaluating import PlannedAttempt, describe_attempt, play
from tasks.policy import stage


@stage("{planned.label}")
def attempt(run_id: str, planned: PlannedAttempt) -> Attempt:
    """Return the episode in figures, once it has ended; what is stored is not played again."""
    context = process_context(run_id, AGENTS_WITHIN_S)
    return describe_attempt(context, planned, require_sound(play(context, planned)))
