"""Does something in a thread of its own, so that waiting for it can end early."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

POLL_S = 0.25
"""How often the one who waits looks up; agents.md asks that a cancelled episode stops within 10 s."""
Given = TypeVar("Given")


def run_aside(act: Callable[[], Given], check: Callable[[], None]) -> Given:
    """Return what `act` returns or raise what it raises, unless `check` raises first: then it is left behind."""
    done: Future[Given] = Future()

    def run() -> None:
        try:
            done.set_result(act())
        except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread, whatever it is
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    while not done.done():
        check()
        wait([done], POLL_S)
    check()
    return done.result()
