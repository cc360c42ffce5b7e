"""A design's screws as solids: their shanks and heads, what these meet, and the material that their threads meet."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import Attachment
from schemas.components import Screw as ScrewRow
from schemas.reasons import Reason, ReasonCode
from workbench.components.blanks import cut
from workbench.judge.static.intersections import find_intersections
from workbench.judge.static.placed_design import PlacedDesign
from workbench.judge.static.spawns import list_spawns
from workbench.kernel.faces import explore
from workbench.kernel.overlaps import Overlap, Placed, find_overlap, make_cylinder
from workbench.kernel.rounds import Line
from workbench.reasons import reason_at

UNDRILLED_MM = 0.3
"""A hole may be 0.1 mm narrower than its size, and 0.1 mm off the screw's line."""


@dataclass(frozen=True)
class Screw:
    """A fastener's catalogue row, and its line: from the point under its head the way it is driven."""

    row: ScrewRow
    line: Line
    link: str = ""

    @property
    def length_mm(self) -> float:
        """Return the length under the head."""
        return self.row.length_mm

    @property
    def diameter_mm(self) -> float:
        """Return the nominal diameter."""
        return self.row.diameter_mm

    @cached_property
    def shank(self) -> Placed:
        """Return the shank as a solid."""
        return Placed(f"a screw of '{self.link}'", self._make_round(0.0, self.length_mm, self.diameter_mm))

    @cached_property
    def head(self) -> Placed:
        """Return the head as a solid."""
        round_ = self._make_round(-self.row.height_mm, self.row.height_mm, self.row.outer_diameter_mm)
        return Placed(f"the head of a screw of '{self.link}'", round_)

    def list_free(self, held: Iterable[Placed]) -> Iterator[Placed]:
        """Yield the head, and what of the shank is not in other bodies."""
        yield self.head
        bare = self.shank.shape
        for body in held:
            bare = BRepAlgoAPI_Cut(bare, body.shape).Shape()
        yield from (Placed(self.shank.name, solid) for solid in explore(bare, TopAbs_ShapeEnum.TopAbs_SOLID))

    def find_undrilled(self, solid: TopoDS_Shape, hole_mm: float) -> Overlap | None:
        """Return what of a solid stands in the screw's way, in a hole of a diameter that goes all along it."""
        core = self._make_round(0.0, self.length_mm, hole_mm - UNDRILLED_MM)
        return find_overlap(Placed("core", core), Placed("solid", solid))

    def measure_engagement(self, solid: TopoDS_Shape, start_mm: float, hole_mm: float) -> float:
        """Return the millimetres of a solid that the thread meets behind a place along it, in a hole of a diameter.

        Measured on a tube in the middle of the thread: what it shares with the solid, over its section. Air counts for
        nothing, a wall that is cut away at one side in part.
        """
        depth_mm = self.length_mm - start_mm
        if depth_mm <= 0.0:
            return 0.0
        inner_mm = (hole_mm + self.diameter_mm) / 2.0
        whole, core = (self._make_round(start_mm, depth_mm, wide) for wide in (self.diameter_mm, inner_mm))
        tube = Placed("thread", cut(whole, core))
        overlap = find_overlap(tube, Placed("solid", solid))
        section_mm2 = math.pi / 4.0 * (self.diameter_mm**2 - inner_mm**2)
        return float(np.nan_to_num(overlap.volume_mm3, nan=0.0)) / section_mm2 if overlap else 0.0

    def _make_round(self, start_mm: float, length_mm: float, diameter_mm: float) -> TopoDS_Shape:
        foot = self.line.point_mm + start_mm * self.line.axis
        return make_cylinder(foot, self.line.axis, diameter_mm / 2.0, length_mm)


def list_screws(placed: PlacedDesign) -> list[tuple[Attachment, Screw]]:
    """Return the screws of a design, each with its attachment; what is no screw of the catalogue is left out."""
    found = []
    for link in placed.assembly.attachments:
        for fastener in link.fasteners:
            row = placed.catalogue.components.get(fastener.component_id)
            if isinstance(row, ScrewRow):
                line = Line(np.array(fastener.position_mm), np.array(fastener.axis))
                found.append((link, Screw(row, line, link.id)))
    return found


def find_crowded_screws(placed: PlacedDesign) -> Iterator[Reason]:
    """Yield the screws whose shank or head shares space with a body, another screw, or where a payload may start."""
    mounts = {mount.id: mount.body for mount in placed.scene.mounts}
    spawns, before = list_spawns(placed.environment), list[Placed]()
    for link, screw in list_screws(placed):
        fastened = {link.a, link.b, mounts.get(link.mount_id or "")}
        others = [obstacle for obstacle in placed.obstacles if obstacle.name not in fastened]
        pairs = [*((screw.shank, other) for other in others), *product((screw.shank, screw.head), before)]
        for own, other in pairs:
            if overlap := find_overlap(own, other):
                message = f"its screw is where {other.name} already is"
                shared_mm3 = overlap.volume_mm3
                yield reason_at(ReasonCode.ATTACHMENT_INVALID, link.id, message, shared_volume_mm3=shared_mm3)
        yield from find_intersections((screw.head, other) for other in (*placed.obstacles, *spawns))
        yield from find_intersections((screw.shank, spawn) for spawn in spawns)
        before += [screw.shank, screw.head]
