"""Draws an item: whose turn it is among the families, and the proposal of its generator."""

from agents.procedural_generator import generate_draft, plan_family
from schemas.benchmark import Benchmark, ItemKey
from schemas.run import RunOrder
from schemas.stages import Proposal
from steps.context import RunContext
from steps.verifying import admit, recall, verify_geometry, verify_schema, verify_simulation


def plan_key(context: RunContext, order: RunOrder, index: int, attempt: int) -> ItemKey:
    """Return the key of an item of an order; one that is drawn anew has another attempt."""
    assert order.seed is not None, "an order's seed is settled before its first item"
    if order.generator == "llm":
        from agents.llm_generator import LlmGenerator
        from steps.inventing import plan_invention

        key = plan_invention(LlmGenerator.create(context.settings.agents), order.seed, index, attempt)
    else:
        family = plan_family(order.families, order.seed, index)
        key = ItemKey(family=family, seed=order.seed, index=index, attempt=attempt)
    return key.model_copy(update={"judge": context.judge})


def propose(context: RunContext, key: ItemKey) -> Proposal:
    """Return what the item's generator hands over; raises InfrastructureError when the machinery fails."""
    if key.generator == "llm":
        from agents.llm_generator import LlmGenerator
        from steps.inventing import invent_draft

        return invent_draft(context, LlmGenerator.create(context.settings.agents), key)
    return Proposal(draft=generate_draft(key))


def make_item(context: RunContext, run_id: str, key: ItemKey, proposal: Proposal | None = None) -> Benchmark:
    """Take one item through all stages up to its admission at once; what is stored is returned as it is."""
    if stored := recall(context, run_id, key):
        return stored
    scene = verify_geometry(context, proposal or propose(context, key))
    return admit(context, run_id, verify_simulation(context, verify_schema(context, scene)))
