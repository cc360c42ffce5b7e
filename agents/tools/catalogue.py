"""Tools that look things up: manufacturing rules and bought components."""

from typing import Annotated

from pydantic import Field, StringConstraints

from agents.tools.tool import ToolAnswer
from agents.tools.toolbox import Toolbox
from schemas.components import Component, Unusable, search_rows
from schemas.errors import InputError

MOST_ROWS = 20
Bounds = Annotated[dict[str, float], Field(max_length=8)]


def explain_rule(toolbox: Toolbox, rule_id: Annotated[str, StringConstraints(max_length=64)]) -> ToolAnswer:
    """Read a manufacturing rule by the id that a finding names, with its source."""
    found = [row for rows in toolbox.catalogue.rules.values() for row in rows if row.rule_id == rule_id]
    if not found:
        raise InputError(f"there is no rule '{rule_id}': findings of check_part name them")
    shown = {"rule_id", "description", "process", "parameter", "comparator", "value", "unit", "severity", "source"}
    return ToolAnswer(found[0].model_dump(mode="json", include=shown))


def search_components(
    toolbox: Toolbox,
    category: Annotated[str, StringConstraints(max_length=64)],
    words: Annotated[str, StringConstraints(max_length=100)] = "",
    at_least: Bounds = {},  # noqa: B006 - pydantic copies it
    at_most: Bounds = {},  # noqa: B006 - pydantic copies it
) -> ToolAnswer:
    """Search bought components of a category, cheapest first; `at_least` and `at_most` bound their numbers by name.

    What is not `usable` can't be built in, for the reason that stands there.
    """
    rows = search_rows(toolbox.catalogue.all_components, category, at_least, at_most)
    fits = [row for row in rows if words.lower() in f"{row.component_id} {row.name}".lower()]
    return ToolAnswer({"found": len(fits), "components": [_show(row) for row in fits[:MOST_ROWS]]})


def _show(row: Component | Unusable) -> dict[str, object]:
    if isinstance(row, Unusable):
        plain = {"component_id": row.component_id, "category": row.category, "name": row.name}
        price = {"unit_price_usd": str(row.unit_price_usd), "price_unit": row.price_unit}
        return {**plain, **price, **row.numbers, "usable": False, "reason": row.reason}
    hidden = {"source", "basis", "notes", "retrieved_from", "price_basis"}
    return {**row.model_dump(mode="json", exclude_none=True, exclude=hidden), "usable": True}
