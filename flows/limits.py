"""Bounds the sandboxes of all runs of one Prefect server together, by a global concurrency limit.

A slot is a lease that its holder renews: the server frees what a killed run held. Slots of a limit on a tag have no
such end, and are taken task by task: an item that waits for its turn could keep them from the item before it.
"""

import logging
from contextlib import AbstractAsyncContextManager

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.asyncio import concurrency
from prefect.exceptions import ObjectAlreadyExists

from flows.server import SANDBOX_LIMIT

LEASE_S = 60.0
"""Prefect's shortest; the server looks for leases that have ended every 15 s."""

LOGGER = logging.getLogger("workpiece")


async def ensure_limit(slots: int) -> None:
    """Give the server a limit of so many slots, unless it has one: an operator's own stays, and is told of."""
    async with get_client() as client:
        try:
            await client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=SANDBOX_LIMIT, limit=slots))
        except ObjectAlreadyExists:
            found = await client.read_global_concurrency_limit_by_name(SANDBOX_LIMIT)
            if (found.limit, found.active) != (slots, True):
                LOGGER.warning(
                    "Prefect's limit '%s' stays as it is: %d slots%s, where the settings say %d; "
                    "`prefect global-concurrency-limit update %s --limit %d` would change it",
                    *(SANDBOX_LIMIT, found.limit, "" if found.active else ", switched off", slots),
                    *(SANDBOX_LIMIT, slots),
                )


def hold_slot() -> AbstractAsyncContextManager[None]:
    """Hold one slot of the server's limit; those of one process get theirs in the order in which they asked."""
    return concurrency(SANDBOX_LIMIT, occupy=1, lease_duration=LEASE_S)
