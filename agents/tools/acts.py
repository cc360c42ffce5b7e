"""Tools that call for an answer of others: refuse with a proof, ask the architect, submit to the judge."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from agents.submitting import submit_design
from agents.tools.papers import FileName
from agents.tools.refusal import ProofKind, check_proof
from agents.tools.tool import Done
from schemas.errors import InputError
from schemas.messages import Question, Refusal
from schemas.record import Id, Measure, ShortText

if TYPE_CHECKING:
    from agents.tools.toolbox import Toolbox


def refuse_plan(
    toolbox: "Toolbox",
    proof: ProofKind,
    claims: Annotated[list[Measure], Field(min_length=1, max_length=16)],
    item: Id | None = None,
) -> Done:
    """Refuse an item, or the whole plan, by proof: numbers of the plan's claims that can't be. It is computed again."""
    if toolbox.refusals >= toolbox.limits.refusals:
        raise InputError(
            f"the {toolbox.limits.refusals} refusals of this episode are used up: go on or ask the architect"
        )
    if toolbox.plan is None or (item is not None and item not in toolbox.todo):
        raise InputError(f"the plan has no item '{item}'; it has: {', '.join(toolbox.todo)}")
    checked = check_proof(toolbox, proof, tuple(claims))
    refusal = Refusal(item=item, proof=proof, claims=tuple(claims), confirmed=None if checked.holds else False)
    numbers = [number.model_dump(mode="json") for number in checked.numbers]
    return Done(
        {"holds": checked.holds, "because": checked.because, "numbers": numbers}, effects=(("engineer", refusal),)
    )


def ask_architect(toolbox: "Toolbox", question: Annotated[str, Field(min_length=1, max_length=4000)]) -> Done:  # noqa: ARG001 - every tool has it
    """Ask the architect; the answer comes with the next turn."""
    return Done({"asked": True}, effects=(("engineer", Question(to="architect", text=question)),))


def submit(toolbox: "Toolbox", name: FileName, summary: ShortText = "") -> Done:  # noqa: ARG001 - the summary is for readers
    """Hand in a design: it counts and is judged under the budgets with hidden draws."""
    built, number = toolbox.require(name), toolbox.submissions + 1
    if number > toolbox.limits.max_submissions:
        raise InputError("no submission is left")
    entry, verdict = submit_design(toolbox.workbench, built, number)
    told = entry.said[-1][1].model_dump(mode="json", exclude={"kind"})
    return Done(
        told,
        effects=entry.said,
        contents=entry.contents,
        ok=verdict.passed,
        submission=entry.submission,
        bundle=entry.bundle,
    )
