"""The stage that converts a scene to MJCF and checks it by schema and compiler."""

from schemas.stages import Scene
from steps import verifying
from steps.context import process_context
from tasks.policy import stage


@stage("{scene.key.label}")
def verify_schema(run_id: str, scene: Scene) -> Scene:
    """Return the scene with check 5."""
    return verifying.verify_schema(process_context(run_id), scene)
