"""Shares and their 95 % intervals: of trials that passed, of benchmarks that were solved, of two kinds of episodes."""

import math

_Z95 = 1.959963984540054


def wilson_interval(passed: int, trials: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a pass probability (Wilson 1927); raises ValueError for no trials."""
    if trials < 1:
        raise ValueError("an interval needs at least one trial")
    share, square = passed / trials, _Z95**2 / trials
    middle = (share + square / 2) / (1 + square)
    half = _Z95 / (1 + square) * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference_interval(passed: tuple[int, int], trials: tuple[int, int]) -> tuple[float, float]:
    """Return the 95 % interval of the first share minus the second, from their Wilson intervals (Newcombe 1998, 10).

    Raises ValueError where one of them has no trials.
    """
    (low1, high1), (low2, high2) = (wilson_interval(p, n) for p, n in zip(passed, trials, strict=True))
    share1, share2 = passed[0] / trials[0], passed[1] / trials[1]
    down = math.hypot(share1 - low1, high2 - share2)
    up = math.hypot(high1 - share1, share2 - low2)
    return share1 - share2 - down, share1 - share2 + up
