"""Language models: opened by settings, every call in the episode's log, answered from it when it is there."""

from agents.models.opening import Models, describe_models, identify_models, sees
from agents.models.recorded import RecordedModel
from agents.models.scripted import Script, ScriptedEngine, ScriptedReply

__all__ = [
    "Models",
    "RecordedModel",
    "Script",
    "ScriptedEngine",
    "ScriptedReply",
    "describe_models",
    "identify_models",
    "sees",
]
