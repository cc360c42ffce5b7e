"""The one tool that counts: a design is handed in and judged."""

from agents.submitting import submit_design
from agents.tools.files import WorkingFile
from agents.tools.tool import ToolAnswer
from agents.tools.toolbox import Toolbox
from schemas.errors import InputError
from schemas.record import ShortText


def submit(toolbox: Toolbox, name: WorkingFile, summary: ShortText = "") -> ToolAnswer:  # noqa: ARG001 - the summary is for readers
    """Hand in a design: it counts and is judged under the budgets with hidden draws."""
    built, number = toolbox.require(name), toolbox.submissions + 1
    if number > toolbox.limits.max_submissions:
        raise InputError("no submission is left")
    entry, verdict = submit_design(toolbox.workbench, built, number)
    told = entry.said[-1][1].model_dump(mode="json", exclude={"kind"})
    return ToolAnswer(told, entry, ok=verdict.passed)
