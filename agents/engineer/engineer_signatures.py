"""The thinking steps as typed DSPy modules; their instructions are the prompt files."""

from typing import Annotated, Literal

import dspy
from pydantic import Field

from agents.prompts import Prompt
from schemas.messages import ReviewPoint, TodoItem
from schemas.record import LongText, Measure, Record

Occasion = Literal["before_submission", "after_failure", "refusal"]
CHECK_LISTS: dict[Occasion, tuple[str, ...]] = {
    "before_submission": (
        "follows_plan",
        "inside_build_zone",
        "fastened",
        "manufacturable",
        "within_cost",
        "within_mass",
        "previewed",
    ),
    "after_failure": ("cause_found", "change_named"),
    "refusal": ("numbers_are_the_plans", "no_other_reading"),
}
"""The closed list of points of each review; a review without one of them accepts nothing."""


class PlanDraft(Record):
    """What an architect writes: how to solve it, the items in order, and the numbers that the plan stands on."""

    text: LongText
    items: Annotated[tuple[TodoItem, ...], Field(min_length=1, max_length=20)]
    claims: Annotated[tuple[Measure, ...], Field(max_length=32)] = ()


class ReviewDraft(Record):
    """What a critic writes: every point of the list with evidence, and what to change."""

    points: Annotated[tuple[ReviewPoint, ...], Field(max_length=16)]
    text: LongText = ""


class WritePlan(dspy.Signature):
    """Plan."""

    problem: str = dspy.InputField()
    scene: str = dspy.InputField(desc="bodies, mounts, zones, payloads and rules by their ids, as JSON")
    skills: str = dspy.InputField(desc="what earlier work taught")
    news: str = dspy.InputField(desc="the plan in force and the evidence against it; empty at first")
    plan: PlanDraft = dspy.OutputField()


class AnswerQuestion(dspy.Signature):
    """Answer."""

    problem: str = dspy.InputField()
    plan: str = dspy.InputField()
    question: str = dspy.InputField()
    answer: str = dspy.OutputField()


class WorkTurn(dspy.Signature):
    """Work."""

    problem: str | None = dspy.InputField()
    news: str | None = dspy.InputField(desc="what the others said since your last turn")
    views: list[dspy.Image] | None = dspy.InputField(desc="what you had rendered last")
    history: dspy.History = dspy.InputField()
    tools: list[dspy.Tool] = dspy.InputField()
    thought: str = dspy.OutputField()
    tool_calls: dspy.ToolCalls = dspy.OutputField()


class WriteReview(dspy.Signature):
    """Review."""

    occasion: str = dspy.InputField()
    check_list: list[str] = dspy.InputField(desc="the points that the review has to have, by these ids")
    problem: str = dspy.InputField()
    plan: str = dspy.InputField()
    program: str = dspy.InputField()
    evidence: str = dspy.InputField(desc="what tools and the judge said last, as JSON")
    views: list[dspy.Image] | None = dspy.InputField(desc="what was rendered last")
    review: ReviewDraft = dspy.OutputField()


class Step(dspy.Module):
    """One thinking step: a signature under the instructions of a prompt."""

    def __init__(self, signature: type[dspy.Signature], prompt: Prompt) -> None:
        super().__init__()
        self.prompt = prompt
        self.predict = dspy.Predict(signature.with_instructions(prompt.text))

    def forward(self, **inputs: object) -> dspy.Prediction:
        """Think once."""
        return self.predict(**inputs)
