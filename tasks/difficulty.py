"""Rates how hard a certified benchmark is, by the rule of mechanics §9."""

from agents.workshop import Design
from schemas.benchmark import Benchmark
from schemas.bundle import Role, SceneBundle
from schemas.episode import EpisodeUse

UPPER_HALF_JITTER_MM = 5.0
"""Middle of the default range of position jitter, 2–8 mm (mechanics §7)."""


def rate_difficulty(benchmark: Benchmark, scene: SceneBundle, design: Design, use: EpisodeUse) -> int:
    """Return 1 plus the number of features that make it harder; 1 where two or more canned designs pass."""
    if len(benchmark.report.canned_passed) >= 2:
        return 1
    features = (
        any(body.role in (Role.MOVER, Role.DRIVE) for body in scene.bodies),
        design.parts > 4,
        use.simulations > 64,
        benchmark.draft.slack < 1.3 or _jitter_mm(scene) > UPPER_HALF_JITTER_MM,
    )
    return 1 + sum(features)


def _jitter_mm(scene: SceneBundle) -> float:
    return max(max(payload.jitter.position_mm) for payload in scene.payloads)
