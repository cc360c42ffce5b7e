"""The stage that builds a scene's program twice and checks its solids, intersections and zones."""

from schemas.stages import Proposal, Scene
from steps import verifying
from steps.context import process_context
from tasks.policy import stage


@stage("{proposal.key.label}")
def verify_geometry(run_id: str, proposal: Proposal) -> Scene:
    """Return the scene with checks 1–4."""
    return verifying.verify_geometry(process_context(run_id), proposal)
