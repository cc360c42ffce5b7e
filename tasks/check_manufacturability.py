"""The stage that asks whether a design can be made, what it costs and weighs."""

from schemas.stages import Candidate
from steps import solving
from steps.context import process_context
from tasks.policy import stage


@stage("{candidate.key.label}")
def check_manufacturability(run_id: str, candidate: Candidate) -> Candidate:
    """Return the candidate with its appraisal, from which its final budgets come."""
    return solving.check_manufacturability(process_context(run_id), candidate)
