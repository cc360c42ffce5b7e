"""Rates how hard a certified benchmark is, by the rule of mechanics §9."""

from schemas.benchmark import MOST_ATTEMPTS, Benchmark
from schemas.bundle import Role, SceneBundle
from schemas.reasons import Reason, ReasonCode
from schemas.stages import Candidate

UPPER_HALF_JITTER_MM = 5.0
"""Middle of the default range of position jitter, 2–8 mm (mechanics §7)."""
EASY_CANNED, TIGHT_SLACK = 2, 1.3
LONG_SEARCH = 64
"""Simulated runs until a first design passes; making it cheaper is no part of how hard it is."""
EASY_PERCENT = 15
"""Most that difficulty 1 may be of a batch (mechanics §6.8)."""


def rate_difficulty(candidate: Candidate, scene: SceneBundle, parts: int) -> int:
    """Return 1 plus the number of features that make it harder; 1 where a lazy or two canned designs pass."""
    benchmark = candidate.benchmark
    if candidate.lazy_passed or len(benchmark.report.canned_passed) >= EASY_CANNED:
        return 1
    features = (
        any(body.role in (Role.MOVER, Role.DRIVE) for body in scene.bodies),
        parts > 4,
        candidate.design is not None and candidate.design.searched > LONG_SEARCH,
        benchmark.draft.slack < TIGHT_SLACK or _jitter_mm(scene) > UPPER_HALF_JITTER_MM,
    )
    return 1 + sum(features)


def may_be_easy(benchmark: Benchmark) -> bool:
    """Say whether a verified item can come out with difficulty 1, by what is known before anyone solves it."""
    draft = benchmark.draft
    values = {drawn.name: drawn.value for drawn in draft.parameters}
    jitter_mm = max(float(values["jitter_x_mm"]), float(values["jitter_y_mm"]))
    hard = draft.kind != "static" or draft.slack < TIGHT_SLACK or jitter_mm > UPPER_HALF_JITTER_MM
    return len(benchmark.report.canned_passed) >= EASY_CANNED or not hard


def find_misfit(benchmark: Benchmark) -> tuple[Reason, ...]:
    """Return why a batch draws a verified item anew; it keeps a last draw in any case."""
    key = benchmark.key
    if takes_easy(key.index) or key.attempt == MOST_ATTEMPTS - 1 or not may_be_easy(benchmark):
        return ()
    message = f"it may be easy, and the batch takes {EASY_PERCENT} of 100 that are: not at index {key.index}"
    return (Reason(code=ReasonCode.NOT_IN_MIX, message=message),)


def takes_easy(index: int) -> bool:
    """Say whether a batch takes an easy item at an index: 15 of any first 100 indices, evenly spread; pure."""
    return EASY_PERCENT * (index + 1) // 100 > EASY_PERCENT * index // 100


def _jitter_mm(scene: SceneBundle) -> float:
    return max(max(payload.jitter.position_mm) for payload in scene.payloads)
