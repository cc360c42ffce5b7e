"""The generator's thinking steps as typed DSPy modules; their instructions are the prompt files."""

import dspy

from agents.engineer.engineer_signatures import ReviewDraft
from schemas.messages import BenchmarkIdea

CHECK_LIST = ("plan_sound", "follows_plan", "statement_complete", "needs_a_design", "solvable", "solution_hidden")
"""The closed list of points of a review; one without `plan_sound` goes back to the planner, any other to the coder."""


class PlanBenchmark(dspy.Signature):
    """Plan."""

    brief: str = dspy.InputField(desc="learning objective, thin bins and what is in stock, as JSON")
    news: str = dspy.InputField(desc="the plan in force and what speaks against it; empty at first")
    idea: BenchmarkIdea = dspy.OutputField()


class WriteScene(dspy.Signature):
    """Write."""

    plan: str = dspy.InputField(desc="the benchmark's plan as JSON")
    program: str = dspy.InputField(desc="your last program; empty at first")
    findings: str = dspy.InputField(desc="what verification and reviewer found in it; empty at first")
    scene_program: str = dspy.OutputField(desc="the whole program")


class ReviewScene(dspy.Signature):
    """Review."""

    check_list: list[str] = dspy.InputField(desc="the points that the review has to have, by these ids")
    plan: str = dspy.InputField()
    program: str = dspy.InputField()
    report: str = dspy.InputField(desc="what verification found, as JSON")
    views: list[dspy.Image] = dspy.InputField(desc="pictures of the scene; none for a model that does not see")
    review: ReviewDraft = dspy.OutputField()
