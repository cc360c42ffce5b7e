"""The engineer of language models: architect, engineer with tools, critic; plans, refuses by proof, submits."""

from agents.engineer.engineer_graph import LlmEngineer

__all__ = ["LlmEngineer"]
