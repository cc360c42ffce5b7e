"""The generator of language models: planner, coder, verification, reviewer, looping back with the findings."""

from agents.llm_generator.generator_graph import LlmGenerator, SceneTrial, SceneWorkbench

__all__ = ["LlmGenerator", "SceneTrial", "SceneWorkbench"]
