"""The stage that judges a design that passed on the many draws of a certificate."""

from schemas.stages import Candidate
from steps import solving
from steps.context import process_context
from tasks.policy import stage


@stage("{candidate.key.label}")
def certify(run_id: str, candidate: Candidate) -> Candidate:
    """Return the candidate with its certificate."""
    return solving.certify(process_context(run_id), candidate)
