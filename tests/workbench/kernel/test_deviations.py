"""Signed distances of points from closed surfaces, against closed forms."""

import numpy as np
import pytest
from build123d import Box, Cylinder, Pos, Sphere

from workbench.authoring.solids import extract_solid
from workbench.kernel.deviations import CHORD_MM, mesh_corners, sample_surface, signed_distances

POINTS = np.random.default_rng(1).uniform(-20, 20, (400, 3))


def corners_of(solid):
    return mesh_corners(extract_solid(solid, "solid"))


def test_distance_from_a_box_is_exact():
    half = np.array([10.0, 6.0, 3.0])
    beyond = np.abs(POINTS) - half
    outside, inside = np.linalg.norm(np.maximum(beyond, 0.0), axis=1), np.minimum(beyond.max(axis=1), 0.0)
    assert signed_distances(POINTS, corners_of(Box(20, 12, 6))) == pytest.approx(outside + inside, abs=1e-9)


def test_distance_from_round_solids_is_good_to_their_chord():
    radial, height = np.linalg.norm(POINTS[:, :2], axis=1), np.abs(POINTS[:, 2])
    assert (
        np.abs(signed_distances(POINTS, corners_of(Sphere(9))) - np.linalg.norm(POINTS, axis=1) + 9).max()
        < 2 * CHORD_MM
    )
    beyond = np.stack([radial - 8, height - 5])
    rod = np.linalg.norm(np.maximum(beyond, 0.0), axis=0) + np.minimum(beyond.max(axis=0), 0.0)
    assert np.abs(signed_distances(POINTS, corners_of(Cylinder(8, 10))) - rod).max() < 2 * CHORD_MM


def test_hollow_is_outside():
    tube = corners_of(Cylinder(10, 30) - Cylinder(6, 30))
    found = signed_distances(np.array([[0, 0, 0], [8, 0, 0], [4, 0, 0], [11, 0, 0]], dtype=float), tube)
    assert found == pytest.approx([6, -2, 2, 1], abs=2 * CHORD_MM)
    assert len(signed_distances(np.zeros((0, 3)), tube)) == 0


def test_samples_lie_on_the_surface_and_are_the_same_every_time():
    corners = corners_of(Pos(3, 4, 5) * (Box(30, 20, 10) - Cylinder(4, 10)))
    points = sample_surface(corners)
    assert len(points) > 300 and np.abs(signed_distances(points, corners)).max() < 1e-5
    assert (points == sample_surface(corners)).all()
