"""Closed reason codes of every stage and the outcomes of episodes; every failure carries one, with its numbers."""

from enum import StrEnum

from schemas.record import Measure, Record, ShortText


class ReasonCode(StrEnum):
    """Why a program, design, benchmark or trial failed, in the order of the stages that find it."""

    PROGRAM_ERROR = "PROGRAM_ERROR"
    PROGRAM_CRASHED = "PROGRAM_CRASHED"
    PROGRAM_TIMEOUT = "PROGRAM_TIMEOUT"
    PROGRAM_MEMORY = "PROGRAM_MEMORY"
    PROGRAM_PROCESSES = "PROGRAM_PROCESSES"
    PROGRAM_DISK = "PROGRAM_DISK"
    PROGRAM_OUTPUT = "PROGRAM_OUTPUT"
    SANDBOX_VIOLATION = "SANDBOX_VIOLATION"
    BUNDLE_INVALID = "BUNDLE_INVALID"
    UNSUPPORTED_FORMAT = "UNSUPPORTED_FORMAT"

    GEOMETRY_REJECTED = "GEOMETRY_REJECTED"
    GEOMETRY_INVALID = "GEOMETRY_INVALID"
    INTERSECTION = "INTERSECTION"
    OUTSIDE_BUILD_ZONE = "OUTSIDE_BUILD_ZONE"
    COLLISION_UNRESOLVED = "COLLISION_UNRESOLVED"
    ATTACHMENT_INVALID = "ATTACHMENT_INVALID"
    JOINT_INVALID = "JOINT_INVALID"
    COUPLING_INVALID = "COUPLING_INVALID"
    TOO_MANY_PARTS = "TOO_MANY_PARTS"
    ENVIRONMENT_TAMPERED = "ENVIRONMENT_TAMPERED"

    SCHEMA_INVALID = "SCHEMA_INVALID"
    MODEL_REJECTED = "MODEL_REJECTED"

    ZONE_CONFLICT = "ZONE_CONFLICT"
    SPAWN_BLOCKED = "SPAWN_BLOCKED"
    MOTION_CONTRACT_BROKEN = "MOTION_CONTRACT_BROKEN"
    TRIVIAL = "TRIVIAL"
    NOT_REPRODUCIBLE = "NOT_REPRODUCIBLE"
    DUPLICATE = "DUPLICATE"
    REVIEW_REJECTED = "REVIEW_REJECTED"
    NOT_IN_MIX = "NOT_IN_MIX"

    NOT_MANUFACTURABLE = "NOT_MANUFACTURABLE"
    PROCESS_MATERIAL_MISMATCH = "PROCESS_MATERIAL_MISMATCH"
    UNKNOWN_COMPONENT = "UNKNOWN_COMPONENT"
    OVER_COST = "OVER_COST"
    OVER_MASS = "OVER_MASS"
    POWER_BUDGET = "POWER_BUDGET"

    NOT_AT_REST = "NOT_AT_REST"
    GOAL_MISSED = "GOAL_MISSED"
    FORBIDDEN_ZONE = "FORBIDDEN_ZONE"
    OUT_OF_BOUNDS = "OUT_OF_BOUNDS"
    UNSTABLE = "UNSTABLE"
    DRIVE_BLOCKED = "DRIVE_BLOCKED"
    MOTOR_OVERLOAD = "MOTOR_OVERLOAD"
    PART_OVERLOADED = "PART_OVERLOADED"

    INFRASTRUCTURE = "INFRASTRUCTURE"
    DEFECT = "DEFECT"


class Outcome(StrEnum):
    """How an episode ended; RUNNING has not: it is at work, or was killed and goes on when it is started again."""

    RUNNING = "RUNNING"
    SOLVED = "SOLVED"
    FAILED = "FAILED"
    BUDGET_TURNS = "BUDGET_TURNS"
    BUDGET_TOKENS = "BUDGET_TOKENS"
    BUDGET_MONEY = "BUDGET_MONEY"
    BUDGET_TIME = "BUDGET_TIME"
    BUDGET_SIMULATION = "BUDGET_SIMULATION"
    BUDGET_SUBMISSIONS = "BUDGET_SUBMISSIONS"
    CANCELLED = "CANCELLED"
    INFRASTRUCTURE = "INFRASTRUCTURE"
    DEFECT = "DEFECT"


NOT_THEIRS = (Outcome.INFRASTRUCTURE, Outcome.DEFECT)
"""Episodes that the machinery or a defect of this program ended: the engineer has earned neither reward nor blame."""
UNFINISHED = (*NOT_THEIRS, Outcome.CANCELLED)
"""Episodes that ended before their engineer did: asked for again, the work begins anew beside them."""


class BenchmarkState(StrEnum):
    """Where an item stands: at work, refused by a check, redrawn for the mix of its batch, or verified; then tried."""

    DRAFT = "draft"
    REFUSED = "refused"
    REDRAWN = "redrawn"
    VERIFIED = "verified"
    CERTIFIED = "certified"
    OPEN = "open"


class Reason(Record):
    """One finding: a code, a sentence that says what to change, where it is, and the numbers behind it."""

    code: ReasonCode
    message: str
    where: ShortText = ""
    numbers: tuple[Measure, ...] = ()
