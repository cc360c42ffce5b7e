"""Which batch is to be made: the seed of an order that names none, and the nights that are owed."""

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from agents.procedural_generator import check_families
from schemas.llm import ENGINEER_ROLES, GENERATOR_ROLES
from schemas.run import RunOrder
from schemas.settings import AgentSettings, Settings
from steps.context import open_workspace
from steps.engineers import require_models

LOGGER = logging.getLogger("workpiece")
MOST_NIGHTS = 7
"""Missed nights further back than this are not made up."""

StoredRun = tuple[str, bool]
"""What a run was asked for, as JSON, and whether it is finished."""


def check_order(settings: Settings, order: RunOrder) -> None:
    """Raise InputError for an unknown family, and where language models are ordered without a model or its key."""
    check_families(order.families)
    for who, roles in ((order.generator, GENERATOR_ROLES), (order.engineer, ENGINEER_ROLES)):
        if who == "llm":
            require_models(settings.agents, roles)


def seed_order(settings: Settings, order: RunOrder) -> RunOrder:
    """Return an order with a seed: its own, that of the same order where it is unfinished, or today's date.

    So an order that was interrupted before midnight goes on with its own seed after it.
    """
    if order.seed is not None:
        return order
    with open_workspace(settings) as (store, _):
        unfinished = [RunOrder.from_json(request.encode()) for request, finished in store.list_runs() if not finished]
    seeds = [known.seed for known in unfinished if known.model_copy(update={"seed": None}) == order]
    return order.model_copy(update={"seed": seeds[-1] if seeds else seed_of(datetime.now(UTC).date())})


def order_night(night: date, count: int, families: tuple[str, ...], agents: AgentSettings) -> RunOrder:
    """Return the order of a night, worked on by language models as well where every role of theirs has one."""
    by_models = all(agents.model or getattr(agents, f"model_{role}") for role in ENGINEER_ROLES)
    order = RunOrder(count=count, seed=seed_of(night), families=families, night=night)
    return order.model_copy(update={"engineer": "llm"}) if by_models else order


def plan_nights(runs: Sequence[StoredRun], tonight: RunOrder) -> tuple[RunOrder, ...]:
    """Return what is to be made: earlier nights that are unfinished or were missed, oldest first, then tonight.

    Every order of a night is owed until it is finished, tonight's too. A night is missed where a later one than the
    first known has no order; each is made up once. What is given up is logged.
    """
    assert tonight.night is not None
    known = [(RunOrder.from_json(request.encode()), finished) for request, finished in runs]
    nights = [
        (order.night, order, finished) for order, finished in known if order.night and order.night <= tonight.night
    ]
    oldest = tonight.night - timedelta(days=MOST_NIGHTS)
    first = max(oldest, min((night for night, _, _ in nights), default=tonight.night))
    missed = {first + timedelta(days=days) for days in range((tonight.night - first).days)} - {one[0] for one in nights}
    owed = [tonight.model_copy(update={"night": night, "seed": seed_of(night)}) for night in missed]
    for night, order, finished in nights:
        if not finished and night < oldest:
            LOGGER.warning("the night of %s is given up, unfinished: it is more than %d days ago", night, MOST_NIGHTS)
        elif not finished and order != tonight:
            owed.append(order)
    return (*sorted(owed, key=lambda order: str(order.night)), tonight)


def seed_of(day: date) -> int:
    """Return the seed of a day: its date as a number."""
    return int(day.strftime("%Y%m%d"))
