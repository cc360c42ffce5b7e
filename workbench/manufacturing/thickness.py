"""Measure how thick a solid is at its skin: the largest ball inside that touches there."""

from typing import NamedTuple

import numpy as np

from workbench.kernel.arrays import Floats, Ints
from workbench.kernel.frames import frame_across
from workbench.kernel.solid_view import SolidView, Spot
from workbench.manufacturing.access import OFF_MM, Sample, sample_skin

TILTS_DEG = (20.0, 45.0, 60.0)
AROUND = 6
ROUNDS, REFINED = 4, 24
FEWEST, MOST_TESTS = 160, 1_000_000
"""Solids of very many triangles are looked into from fewer points: a second is what an answer may take."""


class Thickness(NamedTuple):
    """Sampled skin points with the ball's diameter (mm) at each, and the ray straight through to the other side.

    `ends` are the triangles that the straight rays leave through.
    """

    sample: Sample
    balls_mm: Floats
    straight_mm: Floats
    ends: Ints

    @property
    def bulk(self) -> Spot:
        """Return the thickest place."""
        best = int(self.balls_mm.round(6).argmax())
        return Spot(float(self.balls_mm[best]), int(self.sample.owners[best]), self.sample.points[best])


def measure_thickness(view: SolidView, ways: Floats) -> Thickness:
    """Return the diameter of the largest ball inside that touches each sampled point, from rays in 19 directions.

    A ball that touches p and is met by a ray at an angle φ to the inward normal after a length l has at most the
    diameter l / cos φ. The largest are met once more by rays from their middle along the solid's own directions.
    """
    sample = sample_skin(view)
    most = max(FEWEST, MOST_TESTS // len(view.corners))
    sample = sample.only(np.unique(np.linspace(0, len(sample.points) - 1, min(most, len(sample.points))).astype(int)))
    points, inward = sample.points - 2 * OFF_MM * sample.normals, -sample.normals
    frames = np.array([frame_across(way) for way in inward])
    straight, ends = view.cast(points, inward)
    balls = straight + OFF_MM
    for tilt in np.radians(TILTS_DEG):
        for turn in np.arange(AROUND) * (2 * np.pi / AROUND):
            flat = np.cos(turn) * frames[:, 0] + np.sin(turn) * frames[:, 1]
            reach, _ = view.cast(points, np.cos(tilt) * inward + np.sin(tilt) * flat)
            balls = np.minimum(balls, (reach + OFF_MM) / np.cos(tilt))
    for _ in range(ROUNDS):
        top = np.argsort(-balls.round(6), kind="stable")[:REFINED]
        balls[top] = np.minimum(balls[top], _meet(view, points[top], inward[top], balls[top], ways))
    return Thickness(sample, balls, straight + OFF_MM, ends)


def _meet(view: SolidView, points: Floats, inward: Floats, balls: Floats, ways: Floats) -> Floats:
    """Return the diameter that the nearest walls along some directions from each ball's middle leave it."""
    middles = points + inward * (balls / 2)[:, None]
    starts, along = np.repeat(middles, len(ways), axis=0), np.tile(ways, (len(points), 1))
    met = starts + view.cast(starts, along)[0][:, None] * along - np.repeat(points, len(ways), axis=0)
    rise = np.einsum("ij,ij->i", met, np.repeat(inward, len(ways), axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        sizes = np.where(rise > OFF_MM, np.einsum("ij,ij->i", met, met) / rise, np.inf)
    return np.asarray(np.nan_to_num(sizes, nan=np.inf).reshape(len(points), -1).min(axis=1))
