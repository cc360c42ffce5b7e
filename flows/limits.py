"""Bounds the sandboxes of all runs of one Prefect server together, by a global concurrency limit.

A slot is a lease that its holder renews: the server frees what a killed run held. Slots of a limit on a tag have no
such end, and are taken task by task: an item that waits for its turn could keep them from the item before it.
"""

import logging
from contextlib import AbstractContextManager
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, GlobalConcurrencyLimitUpdate
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings import get_current_settings

from flows.server import SANDBOX_LIMIT

LEASE_S = 60.0
"""Prefect's shortest; the server looks for leases that have ended every 15 s."""

LOGGER = logging.getLogger("workpiece")


def ensure_limit(slots: int) -> None:
    """Give the server a limit of so many slots, unless it has one: an operator's own stays, and is told of."""
    with get_client(sync_client=True) as client:
        known = {limit.name: limit for limit in client.read_global_concurrency_limits(limit=200)}
        found = known.get(SANDBOX_LIMIT)
        if found is None:
            try:
                client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=SANDBOX_LIMIT, limit=slots))
            except ObjectAlreadyExists:  # another run was first, from the same settings or as good as its operator
                return
        elif _is_ours(found.limit) and found.active_slots == 0:
            client.update_global_concurrency_limit(SANDBOX_LIMIT, GlobalConcurrencyLimitUpdate(limit=slots))
        elif (found.limit, found.active) != (slots, True):
            LOGGER.warning(
                "Prefect's limit '%s' stays as it is: %d slots%s, where the settings say %d; "
                "`prefect global-concurrency-limit update %s --limit %d` would change it",
                *(SANDBOX_LIMIT, found.limit, "" if found.active else ", switched off", slots),
                *(SANDBOX_LIMIT, slots),
            )
            return
    _memory().write_text(str(slots))


def _is_ours(limit: int) -> bool:
    """Say whether a limit is the one that a run from here has set last: then the settings of today hold."""
    return _memory().exists() and _memory().read_text() == str(limit)


def _memory() -> Path:
    return get_current_settings().home / "sandbox.limit"


def hold_slot() -> AbstractContextManager[None]:
    """Hold one slot of the server's limit."""
    return concurrency(SANDBOX_LIMIT, occupy=1, lease_duration=LEASE_S)
