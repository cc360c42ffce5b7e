"""Checks a design's springs (mechanics §8): of the catalogue, seated on two bodies, storing what is allowed."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeVertex
from OCP.gp import gp_Pnt

from schemas.bundle import Spring
from schemas.components import Spring as SpringRow
from schemas.reasons import Reason, ReasonCode
from workbench.judge.static.fasteners import GAP_MM
from workbench.judge.static.placed_design import PlacedDesign
from workbench.kernel.overlaps import Placed, find_distance, find_overlap, make_cylinder
from workbench.reasons import reason_at

DEFLECTION_MM = 0.1
J_PER_N_MM = 1e-3
LEAST_ENERGY_J = 1e-6
_fault = partial(reason_at, ReasonCode.JOINT_INVALID)


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
    yield from _find_obstacles(spring, row, length_mm, placed)


def _find_obstacles(spring: Spring, row: SpringRow, length_mm: float, placed: PlacedDesign) -> Iterator[Reason]:
    """Yield the bodies that stand where the spring's coils are; a guide inside needs a body of its own beside it."""
    start, end = np.array(spring.anchor_a_mm), np.array(spring.anchor_b_mm)
    coil = Placed(spring.id, make_cylinder(start, end - start, row.outer_diameter_mm / 2.0, length_mm))
    for other in placed.obstacles:
        if other.name not in (spring.a, spring.b) and (overlap := find_overlap(coil, other)):
            message = f"'{other.name}' stands where the spring is: move one of them"
            yield reason_at(ReasonCode.INTERSECTION, spring.id, message, shared_volume_mm3=overlap.volume_mm3)
