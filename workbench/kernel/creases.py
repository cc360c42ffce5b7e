"""Finds where a solid is notched: the edges and points that reach into the material.

A wall that is thinnest over a notch has no face there that looks back at the other side, so it is measured from here.
"""

from typing import NamedTuple

import numpy as np

from workbench.kernel.arrays import Bools, Floats, Ints
from workbench.kernel.solid_view import SolidView

NOTCH_SINE = 0.09
"""Sine of about five degrees by which two faces have to turn towards each other."""
WELD_MM = 1e-6


class Creases(NamedTuple):
    """Notches as segments (k, 2, 3) in mm, points as segments of no length, with inward normals (k, 2, 3) beside them.

    `owners` (k,) is a face at each.
    """

    ends: Floats
    inward: Floats
    owners: Ints


def find_creases(view: SolidView) -> Creases:
    """Return the notched edges between different faces, and the points around which every edge is notched."""
    nodes, corner_nodes = _weld(view)
    first, second, edges = _pair_triangles(corner_nodes)
    depths = _measure_turn(view, first, second, nodes[edges[:, 0]])
    notched = depths > NOTCH_SINE
    between = notched & (view.owners[first] != view.owners[second])
    sides = np.stack([-view.normals[first], -view.normals[second]], axis=1)
    points, means, faces = _find_points(view, nodes, corner_nodes, edges, depths)
    return Creases(
        np.concatenate([nodes[edges[between]], np.stack([points, points], axis=1)]),
        np.concatenate([sides[between], np.stack([means, means], axis=1)]),
        np.concatenate([view.owners[first[between]], faces]),
    )


def _weld(view: SolidView) -> tuple[Floats, Ints]:
    """Return the nodes (n, 3) of all triangles, each once, and the triangles' nodes (T, 3)."""
    _, kept, index = np.unique(np.round(view.vertices / WELD_MM), axis=0, return_index=True, return_inverse=True)
    return view.vertices[kept], np.asarray(index.reshape(-1, 3), dtype=np.int64)


def _pair_triangles(corner_nodes: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the two triangles at each edge (m,), (m,) and the edge's nodes (m, 2)."""
    sides = np.sort(corner_nodes[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    order = np.lexsort((sides[:, 1], sides[:, 0]))
    same = (sides[order[1:]] == sides[order[:-1]]).all(axis=1)
    one, two = order[:-1][same], order[1:][same]
    return one // 3, two // 3, sides[one]


def _measure_turn(view: SolidView, first: Ints, second: Ints, on_edge: Floats) -> Floats:
    """Return the sine by which the second triangle rises over the first: above 0 where the edge is a notch."""
    across = np.cross(view.normals[first], view.normals[second])
    rise = np.einsum("ij,ij->i", view.normals[first], view.centroids[second] - on_edge)
    return np.asarray(np.sign(rise) * np.linalg.norm(across, axis=1))


def _find_points(
    view: SolidView, nodes: Floats, corner_nodes: Ints, edges: Ints, depths: Floats
) -> tuple[Floats, Floats, Ints]:
    """Return the nodes at which no edge stands out and some edge is notched, their mean inward normals and a face."""
    proud = _mark(len(nodes), edges[depths < -NOTCH_SINE])
    chosen = np.flatnonzero(_mark(len(nodes), edges[depths > NOTCH_SINE]) & ~proud)
    inward = np.zeros_like(nodes)
    for corner in range(3):
        np.add.at(inward, corner_nodes[:, corner], -view.normals)
    lengths = np.linalg.norm(inward[chosen], axis=1)
    chosen, lengths = chosen[lengths > WELD_MM], lengths[lengths > WELD_MM]
    owner = np.zeros(len(nodes), dtype=np.int64)
    owner[corner_nodes.ravel()] = np.repeat(view.owners, 3)
    return nodes[chosen], inward[chosen] / lengths[:, None], owner[chosen]


def _mark(count: int, rows: Ints) -> Bools:
    marks = np.zeros(count, dtype=np.bool_)
    marks[rows.ravel()] = True
    return marks
