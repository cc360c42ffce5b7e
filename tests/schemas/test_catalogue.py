"""The catalogue's tables: every fault is named with file, line and column; exactly one row holds for a use."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue, Use
from schemas.catalogue_files import TABLES, load_catalogue
from schemas.components import Motor
from schemas.errors import InputError

DATA = Path(__file__).parents[2] / "data"
Edit = Callable[[list[dict[str, str]]], object]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(DATA)


def edit_table(folder: Path, name: str, edit: Edit) -> Path:
    for table in TABLES:
        shutil.copy(DATA / table, folder / table)
    with (folder / name).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    columns = list(rows[0])
    edit(rows)
    with (folder / name).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_catalogue_reads_every_table(catalogue: Catalogue) -> None:
    assert len(catalogue.materials) == 21
    assert len(catalogue.components) + len(catalogue.unusable) == 222
    assert sum(map(len, catalogue.rules.values())) == 253
    assert catalogue.materials["steel_1018"].material_class == ("metal", "steel")


def test_catalogue_hash_changes_with_any_table_only(catalogue: Catalogue, tmp_path: Path) -> None:
    changed = edit_table(tmp_path, "pairs.csv", lambda rows: rows[0].update(notes="another note"))
    assert load_catalogue(DATA).hash == catalogue.hash
    assert load_catalogue(changed).hash != catalogue.hash


FAULTS: list[tuple[str, Edit, str]] = [
    ("materials.csv", lambda rows: rows[3].update(density_kg_m3="heavy"), "line 5, column 'density_kg_m3'"),
    ("materials.csv", lambda rows: rows[0].update(density_kg_m3=""), "line 2, column 'density_kg_m3'"),
    ("materials.csv", lambda rows: rows[1].update(processes="forging"), "line 3, column 'processes'"),
    ("materials.csv", lambda rows: rows[1].update(material_id="al_6061_t6"), "line 3, column 'material_id'"),
    ("pairs.csv", lambda rows: rows[2].update(material_b="cheese"), "line 4, column 'material_a'"),
    ("components.csv", lambda rows: rows[0].update(mass_g="0"), "line 2, column 'mass_g'"),
    ("process_rules.csv", lambda rows: rows[0].update(severity="fatal"), "line 2, column 'severity'"),
    ("process_rules.csv", lambda rows: rows[0].update(materials="metall"), "line 2, column 'materials'"),
    ("process_costs.csv", lambda rows: rows[0].update(source=""), "line 2, column 'source'"),
    ("process_costs.csv", lambda rows: rows.insert(1, dict(rows[0])), "line 3, column 'key'"),
]


@pytest.mark.parametrize(("name", "edit", "place"), FAULTS)
def test_loader_names_file_line_and_column(tmp_path: Path, name: str, edit: Edit, place: str) -> None:
    with pytest.raises(InputError, match=f"^{name}: {place}"):
        load_catalogue(edit_table(tmp_path, name, edit))


def test_loader_refuses_a_missing_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"materials.csv: can't be read"):
        load_catalogue(tmp_path)


def test_pair_comes_from_its_row_in_either_order(catalogue: Catalogue) -> None:
    assert catalogue.pair("pla", "steel_1018") == catalogue.pair("steel_1018", "pla")
    assert not catalogue.pair("pla", "steel_1018").derived


def test_pair_without_row_is_derived(catalogue: Catalogue) -> None:
    """PLA 0.45 and PC 0.40: sqrt(0.18) = 0.42426; both restitutions are 0.5."""
    found = catalogue.pair("pla", "pc")
    assert found.friction == pytest.approx(0.4242640687)
    assert (found.restitution, found.derived) == (0.5, True)


def test_at_most_one_row_holds_for_every_use(catalogue: Catalogue) -> None:
    machines = {row.machine for rows in catalogue.costs.values() for row in rows}
    for (process, _), rows in catalogue.costs.items():
        for material in catalogue.materials.values():
            for thickness in (None, 0.5, 2.0, 3.0, 12.0):
                for machine in machines:
                    assert sum(row.holds(Use(process, material, machine, thickness)) for row in rows) <= 1


def test_cost_falls_back_to_the_general_row_or_says_what_is_missing(catalogue: Catalogue) -> None:
    use = Use(ProcessName.FDM_PRINTING, catalogue.materials["pla"], "desktop")
    assert catalogue.cost(use, "minimum_order").process == "general"
    with pytest.raises(InputError, match=r"process_costs.csv: no row 'pierce_time'"):
        catalogue.cost(use, "pierce_time")


def test_motors_stay_within_their_electrical_power(catalogue: Catalogue) -> None:
    """Stall torque x no-load speed stays below V x I, in all but one smart servo (a known doubt)."""
    strange = set()
    motors = [row for row in catalogue.components.values() if isinstance(row, Motor)]
    for motor in motors:
        power_w = motor.stall_torque_nm * motor.no_load_speed_rpm * 0.10472
        if power_w > motor.rated_voltage_v * motor.stall_current_a * 1.02:
            strange.add(motor.component_id)
    assert len(motors) == 35
    assert strange == {"dxl_xl330_m077"}
