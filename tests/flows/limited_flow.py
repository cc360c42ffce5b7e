"""A flow of three items in the server's slots for sandboxes; writes when each began and ended. Run by its tests."""

import json
import logging
import sys
import time

from prefect import flow

from flows.limits import ensure_limit, hold_slot

HOLD_S, SLOTS = float(sys.argv[1]), int(sys.argv[2])


def work() -> tuple[float, float]:
    """Hold a slot for that long."""
    with hold_slot():
        began_s = time.monotonic()
        sys.stderr.write("began\n")
        time.sleep(HOLD_S)
        return began_s, time.monotonic()


@flow(persist_result=False)
def limited() -> list[tuple[float, float]]:
    """Do three, as far as the server lets them; it gets that many slots."""
    ensure_limit(SLOTS)
    return [work() for _ in range(3)]


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    sys.stdout.write(json.dumps(limited()))
