"""Looks materials and bought components up while a program runs, in the tables by which the judge weighs and prices."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from schemas.catalogue import Material
from schemas.catalogue_files import read_catalogue
from schemas.components import Component, Unusable, search_rows
from schemas.errors import InputError


def find_material(material_id: str) -> Material:
    """Return a material's row: density_kg_m3, price_usd_per_kg, processes, forms, …; raises InputError."""
    rows = read_catalogue().materials
    return rows[known(material_id, rows, "material")]


def find_component(component_id: str) -> Component:
    """Return a component's row: mass_g, unit_price_usd, length_mm, bore_mm, stall_torque_nm, …; raises InputError."""
    catalogue = read_catalogue()
    if component_id in catalogue.unusable:
        raise InputError(f"{catalogue.explain_absence(component_id)}: choose another")
    return catalogue.components[known(component_id, catalogue.components, "component")]


def list_materials(process: str | None = None) -> list[Material]:
    """Return the materials (that a process takes), the cheapest per kg first."""
    rows = [row for row in read_catalogue().materials.values() if process is None or process in row.processes]
    return sorted(rows, key=lambda row: (row.price_usd_per_kg, row.material_id))


def list_components(
    category: str, at_least: Mapping[str, float] | None = None, at_most: Mapping[str, float] | None = None
) -> list[Component]:
    """Return the usable components of a category (screw, gearmotor, …) whose numbers lie within, the cheapest first.

    Raises InputError for a category or column that does not exist.
    """
    rows = read_catalogue().all_components
    known(category, {row.category for row in rows}, "category")
    found = search_rows(rows, category, at_least, at_most)
    return [row for row in found if not isinstance(row, Unusable)]


def known(name: str, names: Collection[str], kind: str) -> str:
    """Return a name that is one of those given; raises InputError that names the nearest ones."""
    if name in names:
        return name
    near = get_close_matches(str(name), names, 3, 0.5) or (sorted(names) if len(names) < 60 else ())
    hint = f"choose one of: {', '.join(near)}" if near else f"look one up with list_{kind}s()"
    raise InputError(f"{kind} '{name}' does not exist; {hint}")
