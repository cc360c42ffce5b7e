"""Says what this process is at, for whoever listens to the logger `workpiece.progress`; else nobody hears it."""

import logging
from dataclasses import dataclass

LOGGER = logging.getLogger("workpiece.progress")


@dataclass(frozen=True)
class Count:
    """How many of a kind are done, of how many if that is known."""

    done: int
    of: int | None
    unit: str


def tell_stage(stage: str) -> None:
    """Say what is done now, as `judge_design`."""
    LOGGER.debug("%s", stage.replace("_", " "))


def tell_count(done: int, of: int | None, unit: str) -> None:
    """Say how far it is."""
    LOGGER.debug("%d of %s %s", done, of, unit, extra={"count": Count(done, of, unit)})
