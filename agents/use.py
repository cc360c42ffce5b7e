"""Adds up what an episode has used, from its messages and its models' calls alone."""

from collections.abc import Sequence
from itertools import pairwise

from schemas.episode import EpisodeUse
from schemas.llm import LlmCall
from schemas.messages import Message, Resume, ToolCall, ToolReturn


def measure_use(messages: Sequence[Message], calls: Sequence[LlmCall]) -> EpisodeUse:
    """Return what has been used so far; a turn is one call of a model, a preview an uncounted call that simulated."""
    bodies = [message.body for message in messages]
    tools = {body.call_id: body for body in bodies if isinstance(body, ToolCall)}
    returns = [body for body in bodies if isinstance(body, ToolReturn) and body.call_id in tools]
    uncounted = [body for body in returns if not tools[body.call_id].counted]
    return EpisodeUse(
        previews=sum(body.simulations > 0 for body in uncounted),
        checks=sum(body.simulations == 0 for body in uncounted),
        simulations=sum(body.simulations for body in returns),
        simulated_s=sum(body.simulated_s for body in returns),
        program_cpu_s=sum(body.program_cpu_s for body in returns),
        turns=len(calls),
        tokens=sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in calls),
        money_usd=sum(call.money_usd for call in calls),
    )


def measure_elapsed_s(messages: Sequence[Message]) -> float:
    """Return the seconds from the first message to the last, without the time in which the episode lay killed."""
    worked = ((a.at, b.at) for a, b in pairwise(messages) if not isinstance(b.body, Resume))
    return sum((until - since).total_seconds() for since, until in worked)
