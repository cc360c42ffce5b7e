"""The stage that lets a scene into the stock, in the order of indices: near-copies, then the record."""

from schemas.benchmark import Benchmark
from schemas.stages import Scene
from steps import verifying
from steps.context import process_context
from steps.difficulty import find_misfit
from tasks.policy import stage


@stage("{scene.key.label}")
def admit(run_id: str, scene: Scene) -> Benchmark:
    """Return the recorded item: `verified`, `refused`, or `redrawn` for the mix of its batch."""
    return verifying.admit(process_context(run_id), run_id, scene, find_misfit)
