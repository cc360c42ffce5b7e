"""Sums exact mass properties over rigid groups: kernel solids times density, catalogue masses of bought things."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import AssemblyBundle, Attachment, Fastener, SceneBundle, Spring
from schemas.catalogue import Catalogue
from schemas.components import Component, Screw
from schemas.components import Spring as SpringRow
from schemas.reasons import Reason, ReasonCode
from schemas.units import KG_PER_G, M_PER_MM
from workbench.convert.conversion import Group
from workbench.kernel.arrays import Floats
from workbench.kernel.loading import Solid
from workbench.kernel.measuring import KEPT_SOLIDS, measure
from workbench.reasons import reason_at


class MassProperties(NamedTuple):
    """Mass, centre in the world frame, and inertia (3, 3) about the centre in world axes."""

    mass_kg: float
    centre_m: Floats
    inertia_kg_m2: Floats


def weigh_group(
    group: Group, links: tuple[Attachment, ...], springs: tuple[Spring, ...], catalogue: Catalogue
) -> MassProperties:
    """Return the summed mass properties of a group's bodies, of its attachments' fasteners, and of half its springs."""
    own = set(group.body_ids)
    items = [_weigh_member(member, catalogue) for member in group.members]
    for link in links:
        if link.a in own:
            items += [_weigh_fastener(fastener, catalogue) for fastener in link.fasteners]
    for spring in springs:
        half = catalogue.components[spring.component_id].mass_g * KG_PER_G / 2
        for body_id, anchor in ((spring.a, spring.anchor_a_mm), (spring.b, spring.anchor_b_mm)):
            if body_id in own:
                items.append(MassProperties(half, np.array(anchor) * M_PER_MM, np.zeros((3, 3))))
    return sum_masses(items)


def sum_masses(items: list[MassProperties]) -> MassProperties:
    """Return the mass properties of rigidly joined things (parallel-axis theorem)."""
    mass = sum(item.mass_kg for item in items)
    centre = np.asarray(sum(item.mass_kg * item.centre_m for item in items) / mass)
    inertia = np.zeros((3, 3))
    for item in items:
        arm = item.centre_m - centre
        inertia += item.inertia_kg_m2 + item.mass_kg * (arm @ arm * np.eye(3) - np.outer(arm, arm))
    return MassProperties(mass, centre, inertia)


@lru_cache(maxsize=KEPT_SOLIDS)
def weigh_solid(shape: TopoDS_Shape, density_kg_m3: float) -> MassProperties:
    """Return the mass properties of a homogeneous solid (world frame, mm) by the kernel's exact integrals."""
    size = measure(shape)
    mass = size.volume_mm3 * M_PER_MM**3 * density_kg_m3
    return MassProperties(mass, size.centre_mm * M_PER_MM, size.inertia_mm5 * M_PER_MM**5 * density_kg_m3)


def component_mass_kg(component: Component, length_mm: float | None) -> float:
    """Return the mass of a bought piece; raises ValueError for goods by the metre without a length."""
    if component.price_unit == "each":
        return component.mass_g * KG_PER_G
    if length_mm is None:
        raise ValueError(f"'{component.component_id}' is sold by the metre: stand_components() measures it")
    return component.mass_g * KG_PER_G * length_mm * M_PER_MM


def find_catalogue_faults(scene: SceneBundle, design: AssemblyBundle | None, catalogue: Catalogue) -> Iterator[Reason]:
    """Yield the materials and components that the catalogue can't weigh, and those of another kind than their place."""
    bought, bodies, further = list[tuple[str, str]](), scene.bodies, list[tuple[str, str]]()
    if design is not None:
        screws = [(link.id, fastener.component_id) for link in design.attachments for fastener in link.fasteners]
        springs = [(spring.id, spring.component_id) for spring in design.springs]
        yield from _find_other_kinds(screws, Screw, ReasonCode.ATTACHMENT_INVALID, catalogue)
        yield from _find_other_kinds(springs, SpringRow, ReasonCode.JOINT_INVALID, catalogue)
        bought += screws
        further += springs
        further += [(coupling.id, name) for coupling in design.couplings for name in coupling.components]
        bodies += design.bodies
    for body in bodies:
        if body.material_id is not None and body.material_id not in catalogue.materials:
            message = f"material '{body.material_id}' is not in the catalogue"
            yield reason_at(ReasonCode.PROCESS_MATERIAL_MISMATCH, body.id, message)
        if body.component_id is not None:
            bought.append((body.id, body.component_id))
    for where, component_id in (*bought, *further):
        if component_id not in catalogue.components:
            yield reason_at(ReasonCode.UNKNOWN_COMPONENT, where, catalogue.explain_absence(component_id))


def _find_other_kinds(
    named: list[tuple[str, str]], kind: type[Component], code: ReasonCode, catalogue: Catalogue
) -> Iterator[Reason]:
    for where, component_id in named:
        row = catalogue.components.get(component_id)
        if row is not None and not isinstance(row, kind):
            yield reason_at(code, where, f"'{component_id}' is no {kind.__name__.lower()} of the catalogue")


def _weigh_member(member: Solid, catalogue: Catalogue) -> MassProperties:
    body, shape = member.body, member.shape
    if body.component_id is None:
        return weigh_solid(shape, catalogue.materials[str(body.material_id)].density_kg_m3)
    unit = weigh_solid(shape, 1.0)
    mass = component_mass_kg(catalogue.components[body.component_id], member.length_mm)
    return MassProperties(mass, unit.centre_m, unit.inertia_kg_m2 * (mass / unit.mass_kg))


def _weigh_fastener(fastener: Fastener, catalogue: Catalogue) -> MassProperties:
    """Return a point mass in the middle of the shank."""
    row = catalogue.components[fastener.component_id]
    if not isinstance(row, Screw):
        raise ValueError(f"'{fastener.component_id}' is no screw")
    middle = np.array(fastener.position_mm) + np.array(fastener.axis) * row.length_mm / 2
    return MassProperties(row.mass_g * KG_PER_G, middle * M_PER_MM, np.zeros((3, 3)))
