"""Tools that look things up: manufacturing rules and bought components."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from agents.tools.tool import ToolAnswer
from agents.tools.toolbox import Toolbox
from schemas.catalogue import Component
from schemas.errors import InputError

MOST_ROWS = 20


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
    at_least: Annotated[dict[str, float], Field(max_length=8)] = {},  # noqa: B006 - pydantic copies it
) -> ToolAnswer:
    """Search bought components of a category, cheapest first; `at_least` bounds their numbers from below by name."""
    rows = [row for row in toolbox.catalogue.components.values() if row.category == category]
    if not rows:
        known = sorted({row.category for row in toolbox.catalogue.components.values()})
        raise InputError(f"there is no category '{category}': choose from {', '.join(known)}")
    check_columns(rows, at_least)
    fits = [row for row in rows if words.lower() in f"{row.component_id} {row.name}".lower()]
    fits = [row for row in fits if all(read_numbers(row).get(name, -1.0) >= low for name, low in at_least.items())]
    hidden = {"source", "basis", "notes", "retrieved_from", "price_basis"}
    cheapest = sorted(fits, key=lambda row: row.unit_price_usd)[:MOST_ROWS]
    shown = [row.model_dump(mode="json", exclude_none=True, exclude=hidden) for row in cheapest]
    return ToolAnswer({"found": len(fits), "components": shown})


def check_columns(rows: Iterable[Component], names: Iterable[str]) -> None:
    """Raise InputError, naming the columns with numbers that rows have, unless every name is one."""
    columns = {name for row in rows for name in read_numbers(row)}
    unknown = sorted(set(names) - columns)
    if unknown:
        raise InputError(f"{', '.join(unknown)} can't be compared: choose from {', '.join(sorted(columns))}")


def read_numbers(row: Component) -> dict[str, float]:
    """Return the numbers that a component's row has, by column."""
    plain = row.model_dump(exclude_none=True)
    return {
        name: float(v) for name, v in plain.items() if isinstance(v, int | float | Decimal) and not isinstance(v, bool)
    }
