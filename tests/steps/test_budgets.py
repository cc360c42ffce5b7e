"""Budgets are rounded up to two digits and stated as they bind."""

import pytest

from schemas.jobs import Budgets
from steps.budgets import final_budgets, round_up, state_budgets


@pytest.mark.parametrize(
    ("value", "rounded"), [(12.01, 13.0), (0.531, 0.54), (120.0, 120.0), (121.0, 130.0), (9.99, 10.0), (0.07, 0.07)]
)
def test_round_up_keeps_two_digits(value: float, rounded: float) -> None:
    assert round_up(value) == pytest.approx(rounded, abs=1e-12)


def test_final_budgets_never_fall_below_cost_times_slack() -> None:
    budgets = final_budgets(3.4567, 41.23, 1.3)
    assert budgets == Budgets(max_cost_usd=4.5, max_mass_g=54.0)


def test_statement_ends_with_the_budgets() -> None:
    text = state_budgets("Move the ball.\n", Budgets(max_cost_usd=4.5, max_mass_g=54.0), 100)
    assert (
        text
        == "Move the ball.\n\nAt a quantity of 100 the design may cost at most 4.5 USD a piece and weigh at most 54 g."
    )
