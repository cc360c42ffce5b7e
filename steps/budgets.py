"""Budgets: drafts that bind nobody, and the final ones from the best design that the reference engineer found."""

import math

from schemas.bundle import SceneBundle
from schemas.jobs import Budgets

DRAFT_FILL = 0.05
"""Share of the build zone that a generous design fills with PLA."""
PLA_G_PER_MM3 = 1.24e-3
DRAFT_USD_PER_G = 0.5
"""About ten times the price of a printed gram in small series (data/process_costs.csv)."""


def draft_budgets(scene: SceneBundle) -> Budgets:
    """Return the drafts: the mass of PLA in 5 % of the build zone, and half a dollar a gram of it, at least 5 USD."""
    zone = scene.zones.build_zone
    volume_mm3 = math.prod(high - low for low, high in zip(zone.min_mm, zone.max_mm, strict=True))
    mass_g = round_up(DRAFT_FILL * volume_mm3 * PLA_G_PER_MM3)
    return Budgets(max_cost_usd=round_up(max(5.0, DRAFT_USD_PER_G * mass_g)), max_mass_g=mass_g)


def final_budgets(unit_cost_usd: float, mass_g: float, slack: float) -> Budgets:
    """Return cost and mass of the best design times the slack, each rounded up to two digits (mechanics §6)."""
    return Budgets(max_cost_usd=round_up(unit_cost_usd * slack), max_mass_g=round_up(mass_g * slack))


def round_up(value: float, digits: int = 2) -> float:
    """Round a positive value up to so many significant digits; 12.01 becomes 13, 0.531 becomes 0.54."""
    step = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
    return round(math.ceil(round(value / step, 9)) * step, 9)


def restate_budgets(statement: str, stated: Budgets, budgets: Budgets) -> str:
    """Return a statement with other budgets than it states."""
    return statement.replace(_word(stated), _word(budgets))


def state_budgets(statement: str, budgets: Budgets, quantity: int) -> str:
    """Append the budgets to a scene's statement, as an engineer reads it."""
    return f"{statement.rstrip()}\n\nAt a quantity of {quantity} the design may {_word(budgets)}."


def _word(budgets: Budgets) -> str:
    return f"cost at most {budgets.max_cost_usd:g} USD a piece and weigh at most {budgets.max_mass_g:g} g"
