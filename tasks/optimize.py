"""The stage in which a prompt is improved by its episodes on the training split."""

from schemas.evaluation import OptimizedPrompt, OptimizingOrder
from steps.context import AGENTS_WITHIN_S, process_context
from steps.optimizing import carry_out
from tasks.policy import stage


@stage("{order.prompt}")
def optimize(run_id: str, order: OptimizingOrder) -> OptimizedPrompt:
    """Return what came of it; episodes that are stored are not played again."""
    return carry_out(process_context(run_id, AGENTS_WITHIN_S), order)
