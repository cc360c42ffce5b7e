"""The exception tree.

WorkpieceError
├── InfrastructureError   sandbox, model provider, storage: the only kind that is retried
├── InputError            what the user must mend: the message says how; printed without a traceback
├── QualityError          data that was about to leave breaks a rule: nothing of it was published; never retried
├── DefectError           our own code failed inside a sandbox: never retried, recorded with its traceback
└── StoppedError          this process is ending: nobody's fault, and nothing is recorded; the same call goes on later

A bad design or a bad program is never an exception: it is a verdict with reason codes.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class WorkpieceError(Exception):
    """Base of every error that this project raises."""


class InfrastructureError(WorkpieceError):
    """The machinery failed (sandbox, model provider, storage); the same call may succeed later."""


class InputError(WorkpieceError):
    """What the user gave can't be used; the message says what to change."""


class QualityError(WorkpieceError):
    """Rows break a rule of their data sets; the message names rule, rows and where they are kept apart."""


class DefectError(WorkpieceError):
    """Trusted code of ours failed inside a sandbox; the message is its traceback."""


@contextmanager
def storing(place: Path) -> Iterator[None]:
    """Map what the file system refuses to InfrastructureError: `disk full: PATH`, or what it says itself."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise InfrastructureError(f"disk full: {place}") from error
        raise InfrastructureError(f"{place} can't be written: {error.strerror or error}") from error


class StoppedError(WorkpieceError):
    """The process is asked to end; the same call, made again, goes on where it was.

    Where the work was cancelled, `cancelled_by` says by whom: episodes at work end, where else they wait to go on.
    """

    def __init__(self, cancelled_by: str | None = None) -> None:
        super().__init__(
            f"{cancelled_by or 'this process is ending'}; the same order, given again, goes on where it was"
        )
        self.cancelled_by = cancelled_by
