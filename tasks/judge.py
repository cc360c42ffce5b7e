"""The stage that submits a design to the judge under its final budgets."""

from schemas.stages import Candidate
from steps import solving
from steps.context import process_context
from tasks.policy import stage


@stage("{candidate.key.label}")
def judge(run_id: str, candidate: Candidate) -> Candidate:
    """Return the candidate with the verdict on its submission."""
    return solving.judge(process_context(run_id), candidate)
