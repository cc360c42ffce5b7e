"""Everything in a design costs and weighs something, at the quantity that the task asks for."""

import math

import pytest

from tests.workbench.judge.scenes import catalogue, design, scene
from workbench.judge.appraise import appraise


def test_fasteners_cost_and_weigh_at_the_tasks_quantity():
    """A printed plate of 6 x 50 x 40 mm with two holes of 4.5 mm, and 100 times two screws M4x16 at 0.089 USD."""
    appraisal, reasons = appraise(scene().record, design(), None, catalogue())
    lines = {line.subject: line.amount_usd for line in appraisal.price.lines}
    screws = 200 * 0.089 * 0.9 ** math.log10(200)
    plate_g = (6 * 50 * 40 - 2 * math.pi * 2.25**2 * 6) * 1240e-6
    assert reasons == () and appraisal.price.quantity == 100
    assert float(lines["shcs_m4x16"]) == pytest.approx(screws, abs=0.005)
    assert appraisal.mass_g == pytest.approx(plate_g + 2 * catalogue().components["shcs_m4x16"].mass_g)
