"""Checks a design's springs (mechanics §8): of the catalogue, with room, on two bodies, storing what is allowed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeVertex
from OCP.gp import gp_Pnt

from schemas.bundle import Spring
from schemas.components import Spring as SpringRow
from schemas.reasons import Reason, ReasonCode
from workbench.components.blanks import cut
from workbench.judge.static.fasteners import GAP_MM
from workbench.judge.static.placed_design import PlacedDesign
from workbench.judge.static.screws import list_screws
from workbench.judge.static.spawns import list_spawns
from workbench.kernel.overlaps import Placed, find_distance, make_cylinder
from workbench.reasons import reason_at

DEFLECTION_MM = 0.1
J_PER_N_MM = 1e-3
LEAST_ENERGY_J = 1e-6
WIRE_SHARE = 0.1
"""How thick a spring's wire is, of its outer diameter: all that the tables have are so."""
_fault = partial(reason_at, ReasonCode.JOINT_INVALID)


@dataclass(frozen=True)
class Coil(Placed):
    """The cylinder around a spring, the tube of its wire but for a turn at either end, and what it stands on."""

    wire: Placed
    seats: tuple[str, str]


def list_coils(placed: PlacedDesign) -> list[Coil]:
    """Return the springs of a design that are springs of the catalogue and long enough to be one."""
    found = []
    for spring in placed.assembly.springs:
        row, foot = placed.catalogue.components.get(spring.component_id), np.array(spring.anchor_a_mm)
        way = np.array(spring.anchor_b_mm) - foot
        length_mm = float(np.linalg.norm(way))
        if isinstance(row, SpringRow) and length_mm > row.outer_diameter_mm / 2.0:
            radius_mm, wire_mm = row.outer_diameter_mm / 2.0, WIRE_SHARE * row.outer_diameter_mm
            start, inside_mm = foot + way * (wire_mm / length_mm), length_mm - 2.0 * wire_mm
            tube = cut(*(make_cylinder(start, way, radius, inside_mm) for radius in (radius_mm, radius_mm - wire_mm)))
            around = make_cylinder(foot, way, radius_mm, length_mm)
            found.append(Coil(spring.id, around, Placed(spring.id, tube), (spring.a, spring.b)))
    return found


def list_spring_pairs(placed: PlacedDesign) -> Iterator[tuple[Placed, Placed]]:
    """Yield what must not overlap with a spring: all bodies, and where a payload may start.

    Heads, other springs and the two bodies that it stands on may reach into its coils, but not into its wire.
    """
    coils, spawns = list_coils(placed), list_spawns(placed.environment)
    heads = [screw.head for _, screw in list_screws(placed)]
    for number, coil in enumerate(coils):
        for other in (*placed.obstacles, *spawns):
            yield (coil.wire if other.name in coil.seats else coil), other
        yield from ((coil.wire, other) for other in (*heads, *(before.wire for before in coils[:number])))


def find_spring_faults(placed: PlacedDesign) -> Iterator[Reason]:
    """Yield what is wrong with every spring, and with the energy ½ k δ² that all of them store at t = 0."""
    stored_j, limit_j = 0.0, placed.scene.task.max_stored_energy_j
    for spring in placed.assembly.springs:
        row = placed.catalogue.components.get(spring.component_id)
        if not isinstance(row, SpringRow):
            yield _fault(spring.id, f"'{spring.component_id}' is no spring of the catalogue")
            continue
        length_mm = float(np.linalg.norm(np.subtract(spring.anchor_b_mm, spring.anchor_a_mm)))
        deflection_mm = max(row.length_mm - length_mm, 0.0)
        stored_j += 0.5 * row.rate_n_mm * deflection_mm**2 * J_PER_N_MM
        yield from _find_seat_faults(spring, row, length_mm, placed)
    if stored_j > limit_j + LEAST_ENERGY_J:
        message = "they store more energy at the start than is allowed: relax them"
        yield _fault("springs", message, stored_j=stored_j, limit_j=limit_j)


def _find_seat_faults(spring: Spring, row: SpringRow, length_mm: float, placed: PlacedDesign) -> Iterator[Reason]:
    claimed_mm, free_mm = spring.deflection_mm, row.length_mm
    if abs(free_mm - length_mm - claimed_mm) > DEFLECTION_MM or not 0.0 <= claimed_mm <= row.stroke_mm:
        yield _fault(
            spring.id,
            "its ends are not its free length minus its deflection apart, within its stroke",
            free_length_mm=free_mm,
            distance_of_its_ends_mm=length_mm,
            claimed_deflection_mm=claimed_mm,
            stroke_mm=row.stroke_mm,
        )
        return
    if placed.sets[spring.a] == placed.sets[spring.b]:
        yield _fault(spring.id, f"'{spring.a}' and '{spring.b}' are rigid with each other: it can't work")
    for body, anchor in ((spring.a, spring.anchor_a_mm), (spring.b, spring.anchor_b_mm)):
        point = BRepBuilderAPI_MakeVertex(gp_Pnt(*anchor)).Vertex()
        gap_mm = find_distance(point, placed.solid(body).shape)
        if gap_mm > GAP_MM:
            yield _fault(spring.id, f"its end is not on '{body}'", gap_mm=gap_mm)
