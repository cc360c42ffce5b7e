"""Tools that read the problem and keep the plan: statement, scene, TODO list, skills, questions to the architect."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agents.protocols import LogEntry
from agents.skill_shelf import match_skills
from agents.tools.files import outline_program
from agents.tools.tool import ToolAnswer
from agents.tools.toolbox import Toolbox
from schemas.errors import InputError
from schemas.messages import Question, TodoUpdate
from schemas.record import Id, ShortText


def read_problem(toolbox: Toolbox) -> ToolAnswer:
    """Read the problem statement again, with its budgets and what is left of yours."""
    budgets = toolbox.problem.budgets
    left = {
        "submissions": toolbox.limits.max_submissions - toolbox.submissions,
        "turns": toolbox.limits.turns - toolbox.use.turns,
    }
    limits = None if budgets is None else budgets.model_dump(mode="json")
    return ToolAnswer({"statement": toolbox.problem.statement, "budgets": limits, "left": left})


def read_todo(toolbox: Toolbox) -> ToolAnswer:
    """Read the plan in force and its TODO list."""
    if toolbox.plan is None:
        raise InputError("there is no plan yet")
    items = [item.model_dump(mode="json") for item in toolbox.todo.values()]
    claims = [claim.model_dump(mode="json") for claim in toolbox.plan.claims]
    return ToolAnswer({"version": toolbox.plan.version, "text": toolbox.plan.text, "claims": claims, "items": items})


def update_todo(
    toolbox: Toolbox, item: Id, status: Literal["open", "doing", "done"], note: ShortText = ""
) -> ToolAnswer:
    """Say how far an item is; it can only begin when the items that it depends on are done."""
    todo = toolbox.todo
    if item not in todo:
        raise InputError(f"there is no item '{item}'; there are: {', '.join(todo)}")
    missing = [name for name in todo[item].depends_on if todo[name].status not in ("done", "refused")]
    if missing and status != "open":
        raise InputError(f"'{item}' comes after {', '.join(missing)}: finish that first")
    update = TodoUpdate(item=item, status=status, note=note)
    return ToolAnswer({"item": item, "status": status}, LogEntry((("engineer", update),)))


def prepare_context(toolbox: Toolbox) -> ToolAnswer:
    """Get the scene by its ids (bodies, mounts, zones, payloads, outlets, rules) and an outline of your files."""
    scene = toolbox.problem.scene
    shown = {"mounts", "outlets", "zones", "payloads", "motion_contracts", "surfaces", "joints"}
    record = scene.model_dump(mode="json", include=shown)
    bodies = [{"id": b.id, "role": b.role.value, "material": b.material_id} for b in scene.bodies]
    rules = scene.task.model_dump(mode="json", exclude={"statement"})
    outlines = {name: outline_program(toolbox.read(name)) for name in toolbox.files if name.endswith(".py")}
    return ToolAnswer({"bodies": bodies, "task": rules, **record, "files": outlines})


def search_skills(toolbox: Toolbox, words: Annotated[str, StringConstraints(max_length=200)] = "") -> ToolAnswer:
    """Search what earlier work taught; without words, list it all."""
    fits = match_skills(toolbox.skills, words) if words else toolbox.skills
    shown = [skill.draft.model_dump(mode="json", exclude={"body"}) for skill in fits]
    return ToolAnswer({"found": len(shown), "skills": shown})


def read_skill(toolbox: Toolbox, name: Id) -> ToolAnswer:
    """Read a skill that search_skills names."""
    found = next((skill for skill in toolbox.skills if skill.draft.name == name), None)
    if found is None:
        raise InputError(f"there is no skill '{name}'; there are: {', '.join(s.draft.name for s in toolbox.skills)}")
    return ToolAnswer(found.draft.model_dump(mode="json"))


def ask_architect(toolbox: Toolbox, question: Annotated[str, Field(min_length=1, max_length=4000)]) -> ToolAnswer:  # noqa: ARG001 - every tool has it
    """Ask the architect; the answer comes with the next turn."""
    return ToolAnswer({"asked": True}, LogEntry((("engineer", Question(to="architect", text=question)),)))
