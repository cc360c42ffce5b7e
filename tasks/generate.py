"""The stage that draws a scene: a program of the procedural generator, or one that language models write."""

from schemas.benchmark import ItemKey
from schemas.stages import Proposal
from steps.context import AGENTS_WITHIN_S, process_context
from steps.generating import propose
from tasks.policy import stage


@stage("{key.label}")
def generate(run_id: str, key: ItemKey) -> Proposal:
    """Return a scene program with everything that was drawn."""
    return propose(process_context(run_id, AGENTS_WITHIN_S), key)
