"""JSON that nobody trusts is looked through in time linear in its size, whatever it says."""

import time

import pytest

from schemas.errors import InputError
from schemas.json_bounds import refuse_doubles

KEYS = ",".join(f'"k{number:05d}":1' for number in range(49_999))
DOUBLES = {
    "last": f'{{{KEYS},"k49998":1}}',
    "within": f'{{"in":[{{{KEYS},"k49998":1}}]}}',
    "many": f"{{{KEYS},{KEYS}}}",
}


@pytest.mark.parametrize("name", DOUBLES)
def test_key_that_is_said_twice_is_found_in_time(name: str) -> None:
    started = time.process_time()
    with pytest.raises(InputError, match=r"says 'k[0-9]{5}' twice"):
        refuse_doubles(DOUBLES[name].encode())
    assert time.process_time() - started < 2.0
