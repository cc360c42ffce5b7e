"""The smallest rectangle does not depend on what lies within the points' hull."""

import numpy as np
import pytest

from workbench.manufacturing.planar import fit_rectangle

TURN = np.array([[0.8, 0.6], [-0.6, 0.8]])
GRID = np.stack(np.meshgrid(np.arange(31.0), np.arange(21.0)), -1).reshape(-1, 2)
RING = np.array([[np.cos(angle), np.sin(angle)] for angle in np.arange(100) * np.pi / 50])


@pytest.mark.parametrize(
    ("points", "sides"),
    [
        (GRID @ TURN, (30.0, 20.0)),
        (np.vstack([15 * RING, 14.99 * RING, 3 * RING]), (30.0, 30.0)),
        (np.vstack([[[-9, 0], [9, 0], [0, 9], [0, -9]], RING]) @ TURN, (9 * 2**0.5, 9 * 2**0.5)),
        (np.array([[0.0, 0.0], [3.0, 4.0], [1.5, 2.0]]), (5.0, 0.0)),
    ],
    ids=["grid", "rings", "square with a ring", "line"],
)
def test_smallest_rectangle_is_that_of_the_hull(points: np.ndarray, sides: tuple[float, float]) -> None:
    """To a thousandth of the longer side: a hundred corners stand for a circle."""
    long, short, way = fit_rectangle(points)
    assert (long, short) == pytest.approx(sides, rel=2e-3, abs=1e-9)
    assert np.ptp(points @ way) == pytest.approx(long)
