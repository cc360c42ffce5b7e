"""Meshes are made in one place, the same whatever mesh a shape has been given before."""

import numpy as np
import pytest
from build123d import Box, Cylinder

from workbench.kernel.meshes import mesh_faces, tessellate
from workbench.kernel.solid_view import read_solid


def test_mesh_does_not_depend_on_an_earlier_one():
    shape = (Box(20, 20, 20) - Cylinder(5, 20)).solid().wrapped
    first = tessellate(shape, 0.1, 0.5)
    view = read_solid(shape)
    tessellate(shape, 2.0, 1.5)
    for before, after in zip(first, tessellate(shape, 0.1, 0.5), strict=True):
        assert np.array_equal(before, after)
    assert np.array_equal(view.corners, read_solid(shape).corners)


def test_faces_and_whole_are_meshed_alike():
    shape = (Box(20, 20, 20) - Cylinder(5, 20)).solid().wrapped
    points, triangles = tessellate(shape, 0.1, 0.5)
    faces = list(mesh_faces(shape, 0.1, 0.5))
    assert len(faces) == 7 and sum(len(mesh.triangles) for mesh in faces) == len(triangles)
    corners = points[triangles]
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume == pytest.approx(8000 - np.pi * 25 * 20, rel=0.01)
