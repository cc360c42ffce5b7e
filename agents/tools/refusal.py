"""Refuses a plan by proof of a closed kind: each is computed again from the plan's own numbers."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from agents.protocols import LogEntry
from agents.tools.tool import ToolAnswer
from agents.tools.toolbox import Toolbox
from schemas.catalogue import Material
from schemas.components import Motor, check_columns, read_numbers
from schemas.errors import InputError
from schemas.jobs import Budgets
from schemas.messages import ProofKind, Refusal
from schemas.record import Id, Measure
from schemas.units import GRAVITY_M_S2

MM3_PER_M3 = 1e9
TOLERANCE = 1e-6
MOST_CLAIMED = 1e15


@dataclass(frozen=True)
class CheckedProof:
    """Whether a proof holds, why, and the numbers that were computed."""

    holds: bool
    because: str
    numbers: tuple[Measure, ...] = ()


Claims = Mapping[str, float]


def refuse_plan(
    toolbox: Toolbox,
    proof: ProofKind,
    claims: Annotated[list[Measure], Field(min_length=1, max_length=16)],
    item: Id | None = None,
) -> ToolAnswer:
    """Refuse an item, or the whole plan, by proof: numbers of the plan's claims that can't be. It is computed again."""
    if toolbox.refusals >= toolbox.limits.refusals:
        most = toolbox.limits.refusals
        raise InputError(f"the {most} refusals of this episode are used up: go on or ask the architect")
    if toolbox.plan is None or (item is not None and item not in toolbox.todo):
        raise InputError(f"the plan has no item '{item}'; it has: {', '.join(toolbox.todo)}")
    checked = check_proof(toolbox, proof, tuple(claims))
    refusal = Refusal(item=item, proof=proof, claims=tuple(claims), confirmed=None if checked.holds else False)
    numbers = [number.model_dump(mode="json") for number in checked.numbers]
    told = {"holds": checked.holds, "because": checked.because, "numbers": numbers}
    return ToolAnswer(told, LogEntry((("engineer", refusal),)))


def check_proof(toolbox: Toolbox, kind: ProofKind, claims: tuple[Measure, ...]) -> CheckedProof:
    """Compute a proof again; it only holds about numbers that the plan itself claims.

    Raises InputError where a number that the kind needs is missing.
    """
    vast = [claim.name for claim in claims if abs(claim.value) > MOST_CLAIMED]
    if vast:
        raise InputError(f"{', '.join(vast)}: nothing is larger than {MOST_CLAIMED:g}")
    planned = {claim.name: claim.value for claim in toolbox.plan.claims} if toolbox.plan else {}
    foreign = [c.name for c in claims if not math.isclose(planned.get(c.name, math.nan), c.value, rel_tol=TOLERANCE)]
    if foreign:
        return CheckedProof(False, f"the plan does not claim {', '.join(foreign)} with these values")
    return CHECKS[kind](toolbox, {claim.name: claim.value for claim in claims})


def _mass(toolbox: Toolbox, claims: Claims) -> CheckedProof:
    """Weigh claimed volume_mm3 in the lightest allowed material against the mass limit."""
    least_g = _need(claims, "volume_mm3") * min(m.density_kg_m3 for m in _materials(toolbox)) / MM3_PER_M3 * 1e3
    return _compare("least mass", least_g, "mass limit", _budgets(toolbox).max_mass_g, "g")


def _cost(toolbox: Toolbox, claims: Claims) -> CheckedProof:
    """Weigh claimed volume_mm3 in the material that is cheapest by volume, and components_usd, against the limit."""
    usd_per_mm3 = min(m.density_kg_m3 / MM3_PER_M3 * float(m.price_usd_per_kg) for m in _materials(toolbox))
    least_usd = claims.get("volume_mm3", 0.0) * usd_per_mm3 + claims.get("components_usd", 0.0)
    return _compare("least cost", least_usd, "cost limit", _budgets(toolbox).max_cost_usd, "USD")


def _torque(toolbox: Toolbox, claims: Claims) -> CheckedProof:
    """Weigh the torque that holds mass_g at arm_mm against the strongest motor of the catalogue, geared by `ratio`."""
    wanted_nm = _need(claims, "mass_g") * 1e-3 * GRAVITY_M_S2 * _need(claims, "arm_mm") * 1e-3
    torques = (row.stall_torque_nm for row in toolbox.catalogue.components.values() if isinstance(row, Motor))
    return _compare("torque", wanted_nm, "strongest motor", max(torques) * claims.get("ratio", 1.0), "N·m")


def _reach(toolbox: Toolbox, claims: Claims) -> CheckedProof:
    """Weigh claimed length_mm of one part against the build zone's diagonal."""
    diagonal_mm = math.hypot(*_zone_sides(toolbox))
    return _compare("length", _need(claims, "length_mm"), "diagonal of the build zone", diagonal_mm, "mm")


def _zone(toolbox: Toolbox, claims: Claims) -> CheckedProof:
    """Weigh claimed size_x_mm, size_y_mm, size_z_mm against the build zone's sides."""
    sides = dict(zip(("size_x_mm", "size_y_mm", "size_z_mm"), _zone_sides(toolbox), strict=True))
    given = [(name, claims[name]) for name in sides if name in claims]
    if not given:
        raise InputError(f"the proof needs one of {', '.join(sides)}")
    name, value = max(given, key=lambda pair: pair[1] - sides[pair[0]])
    return _compare(name, value, "side of the build zone", sides[name], "mm")


def _component(toolbox: Toolbox, claims: Claims) -> CheckedProof:
    """Look for a component that has all the claimed numbers, by the names of its columns."""
    rows = toolbox.catalogue.components.values()
    check_columns(rows, claims)
    numbers = [read_numbers(row) for row in rows]
    fits = sum(all(math.isclose(row.get(name, math.nan), value) for name, value in claims.items()) for row in numbers)
    return CheckedProof(fits == 0, f"{fits} components have these numbers", (Measure(name="components", value=fits),))


CHECKS: Mapping[ProofKind, Callable[[Toolbox, Claims], CheckedProof]] = {
    "mass_lower_bound": _mass,
    "cost_lower_bound": _cost,
    "torque_bound": _torque,
    "reach_bound": _reach,
    "zone_too_small": _zone,
    "component_missing": _component,
}


def _compare(what: str, value: float, limit_name: str, limit: float, unit: str) -> CheckedProof:
    relation = "exceeds" if value > limit else "is within"
    because = f"the {what} of {value:.4g} {unit} {relation} the {limit_name} of {limit:.4g} {unit}"
    numbers = (Measure(name=what, value=value, unit=unit), Measure(name=limit_name, value=limit, unit=unit))
    return CheckedProof(value > limit, because, numbers)


def _need(claims: Claims, name: str) -> float:
    if name not in claims:
        raise InputError(f"the proof needs the claim '{name}'")
    return claims[name]


def _materials(toolbox: Toolbox) -> list[Material]:
    return [toolbox.catalogue.materials[name] for name in toolbox.problem.scene.task.allowed_materials]


def _budgets(toolbox: Toolbox) -> Budgets:
    if toolbox.problem.budgets is None:
        raise InputError("the benchmark has no final budgets")
    return toolbox.problem.budgets


def _zone_sides(toolbox: Toolbox) -> list[float]:
    zone = toolbox.problem.scene.zones.build_zone
    return [high - low for low, high in zip(zone.min_mm, zone.max_mm, strict=True)]
