"""Runs `workpiece …` at another time of day: at_time.py 2026-03-01T23:50 run …; started by tests."""

import sys
from datetime import UTC, datetime

import service.cli
from steps import orders


class Clock:
    """Stands where it is told to."""

    told = datetime.fromisoformat(sys.argv.pop(1)).replace(tzinfo=UTC)

    @classmethod
    def now(cls, _: object) -> datetime:
        return cls.told


if __name__ == "__main__":
    orders.datetime = Clock
    service.cli.main()
