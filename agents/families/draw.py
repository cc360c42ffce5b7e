"""Draws of one item from a scrambled Sobol sequence, pure in generator version, family, seed, index and attempt."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from schemas.benchmark import ItemKey

DIMENSIONS = 64
Option = TypeVar("Option")


class Draw:
    """One point of the unit cube, spent a coordinate at a time: the n-th draw always has the n-th coordinate."""

    def __init__(self, point: NDArray[np.float64]) -> None:
        self._left = iter(point)

    def unit(self) -> float:
        """Return the next coordinate; raises StopIteration when a family draws more than DIMENSIONS values."""
        return float(next(self._left))

    def uniform(self, low: float, high: float, digits: int = 1) -> float:
        """Return a number between two bounds, rounded so that statement, program and record show the same."""
        return round(low + (high - low) * self.unit(), digits)

    def choose(self, options: Sequence[Option]) -> Option:
        """Return one of the options, each as likely."""
        return options[min(int(self.unit() * len(options)), len(options) - 1)]


def draw_item(key: ItemKey) -> Draw:
    """Return the draws of an item: the index-th point of a sequence scrambled (Owen) by everything else in the key."""
    from scipy.stats import qmc  # half a second

    words = f"{key.generator_version}/{key.family}/{key.seed}/{key.attempt}".encode()
    entropy = int.from_bytes(sha256(words).digest()[:8])
    sequence = qmc.Sobol(DIMENSIONS, scramble=True, rng=np.random.default_rng(entropy))
    point: NDArray[np.float64] = sequence.fast_forward(key.index + 1).random(1)[0]
    return Draw(point)
