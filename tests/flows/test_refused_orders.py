"""Orders that nobody can carry out, as a form of Prefect's pages hands them in: refused before a sandbox opens."""

import pytest

from flows.batch import open_batch
from schemas.errors import InputError
from schemas.run import RunOrder
from tasks.export import export


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (RunOrder(families=("teleporter",)), "unknown family 'teleporter': choose from drop_chute"),
        (RunOrder(engineer="llm"), "the architect has no model: set WORKPIECE_MODEL__NAME"),
        (RunOrder(generator="llm"), "the planner has no model: set WORKPIECE_MODEL__NAME"),
    ],
)
def test_order_that_nobody_can_carry_out_is_refused_at_once(order: RunOrder, says: str) -> None:
    with pytest.raises(InputError, match=says), open_batch(order, export):
        pytest.fail("the batch was opened")
