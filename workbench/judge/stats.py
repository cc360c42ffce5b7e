"""Statistics of a set of trials."""

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
