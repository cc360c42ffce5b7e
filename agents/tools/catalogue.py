"""Tools that look things up: manufacturing rules and bought components."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from agents.tools.tool import ToolAnswer
from schemas.errors import InputError

if TYPE_CHECKING:
    from agents.tools.toolbox import Toolbox

MOST_ROWS = 20


def explain_rule(toolbox: "Toolbox", rule_id: Annotated[str, StringConstraints(max_length=64)]) -> ToolAnswer:
    """Read a manufacturing rule by the id that a finding names, with its source."""
    found = [row for rows in toolbox.catalogue.rules.values() for row in rows if row.rule_id == rule_id]
    if not found:
        raise InputError(f"there is no rule '{rule_id}': findings of check_part name them")
    shown = {"rule_id", "description", "process", "parameter", "comparator", "value", "unit", "severity", "source"}
    return ToolAnswer(found[0].model_dump(mode="json", include=shown))


def search_components(
    toolbox: "Toolbox",
    category: Annotated[str, StringConstraints(max_length=64)],
    words: Annotated[str, StringConstraints(max_length=100)] = "",
    at_least: Annotated[dict[str, float], Field(max_length=8)] = {},  # noqa: B006 - pydantic copies it
) -> ToolAnswer:
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
    return ToolAnswer({"found": len(fits), "components": shown})
