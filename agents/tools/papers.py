"""Tools that read and write: the problem, the TODO list, files, the scene's facts, rules and components."""

import ast
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from agents.skill_shelf import match_skills
from agents.tools.tool import Done
from schemas.errors import InputError
from schemas.messages import Artifact, TodoUpdate
from schemas.record import Id, ShortText, hash_bytes

if TYPE_CHECKING:
    from agents.tools.toolbox import Toolbox

FileName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}\.(py|md|txt)$")]
Text = Annotated[str, StringConstraints(max_length=200_000)]
MODULES = ("workbench.authoring", "build123d", "cadquery", "bd_warehouse", "math")
MOST_ROWS = 20


def read_problem(toolbox: "Toolbox") -> Done:
    """Read the problem statement again, with its budgets and what is left of yours."""
    budgets = toolbox.problem.budgets
    left = {
        "submissions": toolbox.limits.max_submissions - toolbox.submissions,
        "turns": toolbox.limits.turns - toolbox.use.turns,
    }
    return Done(
        {
            "statement": toolbox.problem.statement,
            "budgets": None if budgets is None else budgets.model_dump(mode="json"),
            "left": left,
        }
    )


def read_todo(toolbox: "Toolbox") -> Done:
    """Read the plan in force and its TODO list."""
    if toolbox.plan is None:
        raise InputError("there is no plan yet")
    items = [item.model_dump(mode="json") for item in toolbox.todo.values()]
    claims = [claim.model_dump(mode="json") for claim in toolbox.plan.claims]
    return Done({"version": toolbox.plan.version, "text": toolbox.plan.text, "claims": claims, "items": items})


def update_todo(toolbox: "Toolbox", item: Id, status: Literal["open", "doing", "done"], note: ShortText = "") -> Done:
    """Say how far an item is; it can only begin when the items that it depends on are done."""
    todo = toolbox.todo
    if item not in todo:
        raise InputError(f"there is no item '{item}'; there are: {', '.join(todo)}")
    missing = [name for name in todo[item].depends_on if todo[name].status not in ("done", "refused")]
    if missing and status != "open":
        raise InputError(f"'{item}' comes after {', '.join(missing)}: finish that first")
    return Done(
        {"item": item, "status": status}, effects=(("engineer", TodoUpdate(item=item, status=status, note=note)),)
    )


def list_files(toolbox: "Toolbox") -> Done:
    """List your files with their newest versions."""
    return Done({name: {"version": file.version} for name, file in sorted(toolbox.files.items())})


def read_file(toolbox: "Toolbox", name: FileName) -> Done:
    """Read the newest version of a file."""
    return Done({"name": name, "text": toolbox.read(name)})


def write_file(toolbox: "Toolbox", name: FileName, text: Text) -> Done:
    """Write a file; earlier versions are kept. A solution program is a .py file."""
    return _write(toolbox, name, text)


def edit_file(toolbox: "Toolbox", name: FileName, old: Text, new: Text) -> Done:
    """Replace a passage that occurs exactly once in a file."""
    text = toolbox.read(name)
    if text.count(old) != 1 or not old:
        raise InputError(f"the passage occurs {text.count(old) if old else 0} times in {name}, it must occur once")
    return _write(toolbox, name, text.replace(old, new))


def lint(toolbox: "Toolbox", name: FileName) -> Done:
    """Check a program's syntax, its imports and its last line without running it."""
    try:
        tree = ast.parse(toolbox.read(name))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Done({"findings": [f"{type(error).__name__}: {error}"[:400]]}, ok=False)
    imported = [a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]
    imported += [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    strange = [m for m in imported if not any(m == known or m.startswith(f"{known}.") for known in MODULES)]
    findings = [f"import of {module}: only {', '.join(MODULES)} are there" for module in strange]
    last = ast.unparse(tree.body[-1]) if tree.body else ""
    if not last.endswith(".save()"):
        findings.append("the last line must be `….save()`")
    return Done({"findings": findings}, ok=not findings)


def prepare_context(toolbox: "Toolbox") -> Done:
    """Get the scene by its ids (bodies, mounts, zones, payloads, outlets, rules) and an outline of your files."""
    scene = toolbox.problem.scene
    record = scene.model_dump(
        mode="json", include={"mounts", "outlets", "zones", "payloads", "motion_contracts", "surfaces", "joints"}
    )
    bodies = [{"id": b.id, "role": b.role.value, "material": b.material_id} for b in scene.bodies]
    rules = scene.task.model_dump(mode="json", exclude={"statement"})
    outlines = {name: _outline(toolbox.read(name)) for name in toolbox.files if name.endswith(".py")}
    return Done({"bodies": bodies, "task": rules, **record, "files": outlines})


def explain_rule(toolbox: "Toolbox", rule_id: Annotated[str, StringConstraints(max_length=64)]) -> Done:
    """Read a manufacturing rule by the id that a finding names, with its source."""
    found = [row for rows in toolbox.catalogue.rules.values() for row in rows if row.rule_id == rule_id]
    if not found:
        raise InputError(f"there is no rule '{rule_id}': findings of check_part name them")
    shown = {"rule_id", "description", "process", "parameter", "comparator", "value", "unit", "severity", "source"}
    return Done(found[0].model_dump(mode="json", include=shown))


def search_components(
    toolbox: "Toolbox",
    category: Annotated[str, StringConstraints(max_length=64)],
    words: Annotated[str, StringConstraints(max_length=100)] = "",
    at_least: Annotated[dict[str, float], Field(max_length=8)] = {},  # noqa: B006 - pydantic copies it
) -> Done:
    """Search bought components of a category, cheapest first; `at_least` bounds their numbers from below by name."""
    rows = [row for row in toolbox.catalogue.components.values() if row.category == category]
    if not rows:
        known = sorted({row.category for row in toolbox.catalogue.components.values()})
        raise InputError(f"there is no category '{category}': choose from {', '.join(known)}")
    plain = [row.model_dump(mode="json", exclude_none=True) for row in sorted(rows, key=lambda r: r.unit_price_usd)]
    fits = [row for row in plain if words.lower() in f"{row['component_id']} {row['name']}".lower()]
    fits = [row for row in fits if all(float(row.get(name, -1.0)) >= low for name, low in at_least.items())]
    hidden = {"source", "basis", "notes", "retrieved_from", "price_basis"}
    shown = [{key: value for key, value in row.items() if key not in hidden} for row in fits[:MOST_ROWS]]
    return Done({"found": len(fits), "components": shown})


def search_skills(toolbox: "Toolbox", words: Annotated[str, StringConstraints(max_length=200)] = "") -> Done:
    """Search what earlier work taught; without words, list it all."""
    fits = match_skills(toolbox.skills, words) if words else toolbox.skills
    shown = [skill.draft.model_dump(mode="json", exclude={"body"}) for skill in fits]
    return Done({"found": len(shown), "skills": shown})


def read_skill(toolbox: "Toolbox", name: Id) -> Done:
    """Read a skill that search_skills names."""
    found = next((skill for skill in toolbox.skills if skill.draft.name == name), None)
    if found is None:
        raise InputError(f"there is no skill '{name}'; there are: {', '.join(s.draft.name for s in toolbox.skills)}")
    return Done(found.draft.model_dump(mode="json"))


def _write(toolbox: "Toolbox", name: str, text: str) -> Done:
    known, data = toolbox.files.get(name), text.encode()
    version = 1 if known is None else known.version + 1
    artifact = Artifact(name=name, version=version, sha256=hash_bytes(data))
    return Done({"name": name, "version": version}, effects=(("engineer", artifact),), contents=(data,))


def _outline(source: str) -> list[str]:
    """Return a program's functions and named values, one a line; a program that does not parse has none."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lines = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            lines.append(f"{node.lineno}: def {node.name}({ast.unparse(node.args)})")
        elif isinstance(node, ast.Assign):
            lines.append(f"{node.lineno}: {ast.unparse(node)[:100]}")
    return lines
