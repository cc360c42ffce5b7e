"""The engineer of language models: architect, engineer with tools, critic; plans, refuses by proof, submits."""

from agents.engineer.llm_engineer import LlmEngineer

__all__ = ["LlmEngineer"]
