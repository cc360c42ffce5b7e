"""The exception tree.

WorkpieceError
├── InfrastructureError   sandbox, model provider, storage: the only kind that is retried
└── InputError            what the user must mend: the message says how; printed without a traceback

A bad design or a bad program is never an exception: it is a verdict with reason codes.
"""


class WorkpieceError(Exception):
    """Base of every error that this project raises."""


class InfrastructureError(WorkpieceError):
    """The machinery failed (sandbox, model provider, storage); the same call may succeed later."""


class InputError(WorkpieceError):
    """What the user gave can't be used; the message says what to change."""
