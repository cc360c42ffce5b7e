"""Measures the conversion of the corpus into convex pieces, against CoACD on the same parts in the same run.

Prints a line per part and a table of figures, or with --json only the figures, one object per line. Both are
compared with a finer tessellation, checked against the kernel's volume; refused parts are not compared.
"""

import argparse
import statistics
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import coacd
import numpy as np
from manifold3d import Manifold, Mesh64, OpType
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeVertex
from OCP.BRepExtrema import BRepExtrema_DistShapeShape
from OCP.gp import gp_Pnt
from OCP.TopoDS import TopoDS_Shape

from performance.corpus import CorpusPart, build_corpus
from performance.physics import clock
from performance.printing import Figure, print_figures
from schemas.units import M_PER_MM
from workbench.convert.conversion import Hull
from workbench.convert.decompose import Unresolved
from workbench.convert.facets import read_mesh
from workbench.convert.hulls import find_hulls
from workbench.kernel.arrays import Floats
from workbench.kernel.measuring import measure
from workbench.kernel.meshes import tessellate

FINE_SHARE, FINE_RAD = 0.002, 0.1
"""Chord ÷ mean wall and turn per chord of the solid that both sides are compared with."""
PEER_SHARE, PEER_RAD = 0.05, 0.35
MOST_FINE_LOSS = 0.003
SEGMENTS = 512
MOST_VERTICES = 64
THIN_WALL_MM, MOST_ERROR = 3.0, 0.02
MOST_SAGITTA_MM = 0.3


class Row(NamedTuple):
    """What one part came to; `allowed` is the bound on its error (mechanics §3)."""

    name: str
    seconds: float
    hulls: int
    error: float
    allowed: float
    distance_mm: float
    peer_seconds: float
    peer_hulls: int
    peer_error: float
    accepted: bool

    def __str__(self) -> str:
        """Return the line of the table."""
        own = f"{self.seconds:8.3f} {self.hulls:5} {self.error:9.5f} {self.distance_mm:8.3f}"
        peer = f"{self.peer_seconds:8.2f} {self.peer_hulls:5} {self.peer_error:9.4f}"
        return f"{self.name:20} {own} | {peer}" if self.accepted else f"{self.name:20} {self.seconds:8.3f} refused"


def measure_part(part: CorpusPart) -> Row:
    """Split a part both ways and compare the unions with the solid."""
    shape = part.solid.wrapped
    size = measure(shape)
    wall_mm = size.thickness_mm
    seconds, found = clock(partial(find_hulls, shape))
    if isinstance(found, Unresolved):
        return Row(part.name, seconds, 0, 1.0, MOST_ERROR, 0.0, 0.0, 0, 1.0, accepted=False)
    fine = as_manifold(*tessellate(shape, FINE_SHARE * wall_mm, FINE_RAD))
    if abs(fine.volume() / size.volume_mm3 - 1) > MOST_FINE_LOSS:
        raise ValueError(f"{part.name}: the fine solid has {fine.volume()} mm³, the kernel's {size.volume_mm3}")
    points, triangles = tessellate(shape, PEER_SHARE * wall_mm, PEER_RAD)
    peer_seconds, pieces = clock(partial(coacd.run_coacd, coacd.Mesh(points, triangles)))
    peers = [Manifold.hull_points(vertices) for vertices, _ in pieces]
    thin = MOST_SAGITTA_MM / 2 / wall_mm if wall_mm < THIN_WALL_MM else 0.0
    error, peer_error = (compare(solids, fine) / size.volume_mm3 for solids in (map(fill, found), peers))
    distance, bound = find_distance(found, shape), MOST_ERROR + thin
    return Row(part.name, seconds, len(found), error, bound, distance, peer_seconds, len(peers), peer_error, True)


def as_manifold(points: Floats, triangles: np.ndarray) -> Manifold:
    """Return the solid that triangles enclose."""
    return Manifold(Mesh64(np.ascontiguousarray(points), np.ascontiguousarray(triangles, dtype=np.uint64)))


def fill(hull: Hull) -> Manifold:
    """Return the solid of a piece; round primitives finely."""
    if hull.frame is None:
        return Manifold.hull_points(hull.vertices_mm)
    radius = hull.size_mm[0]
    if hull.kind == "box":
        solid = Manifold.cube([2 * half for half in hull.size_mm], center=True)
    elif hull.kind == "sphere":
        solid = Manifold.sphere(radius, SEGMENTS)
    elif hull.kind == "cylinder":
        solid = Manifold.cylinder(2 * hull.size_mm[1], radius, circular_segments=SEGMENTS, center=True)
    else:
        raise ValueError(f"the corpus has no {hull.kind}")
    return solid.transform(np.column_stack([hull.frame.rotation, hull.frame.origin_m / M_PER_MM]))


def compare(pieces: Iterable[Manifold], fine: Manifold) -> float:
    """Return the volume of the symmetric difference between a union and the solid (mm³)."""
    union = Manifold.batch_boolean(list(pieces), OpType.Add)
    return float((union - fine).volume() + (fine - union).volume())


def find_distance(hulls: Sequence[Hull], shape: TopoDS_Shape) -> float:
    """Return how far the farthest of some vertices, evenly chosen, is from the solid (mm)."""
    vertices = np.vstack([read_mesh(fill(hull))[0] for hull in hulls])
    chosen = vertices[np.unique(np.linspace(0, len(vertices) - 1, MOST_VERTICES).round().astype(int))]
    ends = [BRepBuilderAPI_MakeVertex(gp_Pnt(*point)).Vertex() for point in chosen.tolist()]
    return max(BRepExtrema_DistShapeShape(shape, end).Value() for end in ends)


def summarise(rows: Sequence[Row]) -> list[Figure]:
    """Return the figures that issues name; a part that CoACD splits more exactly counts as no faster."""
    accepted = [row for row in rows if row.accepted]
    excess = max(row.error - row.allowed + MOST_ERROR for row in accepted)
    speedups = [row.peer_seconds / row.seconds if row.error <= row.peer_error else 1.0 for row in accepted]
    median = statistics.median(row.seconds for row in rows)
    peer = statistics.median(row.peer_seconds for row in accepted)
    return [
        Figure("accepted_share", len(accepted) / len(rows), "of parts"),
        Figure("error_max", excess, "of volume, less what thin walls may add"),
        Figure("distance_max", max(row.distance_mm for row in accepted), "mm"),
        Figure("median_seconds", median, "s", peer, median / peer),
        Figure("speedup_over_coacd", statistics.median(speedups), "median over parts"),
        Figure("parts_coacd_has_more_exactly", sum(row.error > row.peer_error for row in accepted), "parts"),
    ]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("names", nargs="*", help="only these parts")
    options = parser.parse_args()
    coacd.set_log_level("error")
    find_hulls(next(build_corpus("tube_4")).solid.wrapped)
    rows: list[Row] = []
    for part in build_corpus(*options.names):
        rows.append(measure_part(part))
        if not options.json:
            print(rows[-1], flush=True)
    if not options.json:
        print("refused:", ", ".join(row.name for row in rows if not row.accepted) or "none")
    print_figures(summarise(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
