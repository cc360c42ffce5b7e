"""The stage that simulates a scene: stable, true to its motion contracts, not solved by doing nothing."""

from schemas.stages import Scene
from steps import verifying
from steps.context import process_context
from tasks.policy import stage


@stage("{scene.key.label}")
def verify_simulation(run_id: str, scene: Scene) -> Scene:
    """Return the scene with checks 6–8, described for check 9."""
    return verifying.verify_simulation(process_context(run_id), scene)
