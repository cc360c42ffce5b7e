"""Intervals against the figures of the papers that they come from."""

import pytest

from schemas.statistics import difference_interval, wilson_interval


def test_wilson_interval_matches_the_textbook() -> None:
    assert wilson_interval(15, 16) == pytest.approx((0.7167, 0.9889), abs=1e-4)
    with pytest.raises(ValueError, match="at least one"):
        wilson_interval(0, 0)


@pytest.mark.parametrize(
    ("passed", "trials", "interval"),
    [  # Newcombe 1998 (Statistics in Medicine 17:873), table II, method 10
        ((56, 48), (70, 80), (0.0524, 0.3339)),
        ((9, 3), (10, 10), (0.1705, 0.8090)),
        ((10, 0), (10, 20), (0.6791, 1.0)),
    ],
)
def test_difference_interval_matches_newcombe(
    passed: tuple[int, int], trials: tuple[int, int], interval: tuple[float, float]
) -> None:
    assert difference_interval(passed, trials) == pytest.approx(interval, abs=1e-4)
