"""The component table: a record per category, what a category lacks is unusable, what is wrong stops the start."""

import pytest

from schemas.catalogue import Catalogue
from schemas.catalogue_files import load_catalogue
from schemas.components import Bought, Motor, Screw, Servo, ShaftMotor, Unusable, parse_component, search_rows
from schemas.errors import InputError
from tests.schemas.test_catalogue import DATA, edit_table


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(DATA)


def row_of(catalogue: Catalogue, component_id: str) -> Bought:
    return catalogue.components[component_id]


def test_component_is_the_record_of_its_category(catalogue: Catalogue) -> None:
    bolt, servo, gearmotor = (row_of(catalogue, name) for name in ("shcs_m4x16", "servo_ds3218", "gm37d_12v_50"))
    assert isinstance(bolt, Screw) and (bolt.diameter_mm, bolt.length_mm, bolt.outer_diameter_mm) == (4.0, 16.0, 7.0)
    assert isinstance(servo, Servo) and servo.travel_deg == 270
    assert isinstance(gearmotor, ShaftMotor) and gearmotor.pin_mm == 6.0
    assert not hasattr(bolt, "stall_torque_nm") and not hasattr(gearmotor, "rate_n_mm")


def test_motor_bears_its_rated_torque_else_a_quarter_of_its_stall_torque(catalogue: Catalogue) -> None:
    rated, derived = row_of(catalogue, "gm37d_12v_50"), row_of(catalogue, "dxl_xl430_w250")
    assert isinstance(rated, Motor) and isinstance(derived, Motor)
    assert (rated.continuous_torque_nm, rated.continuous_is_derived) == (0.515, False)
    assert (derived.continuous_torque_nm, derived.continuous_is_derived) == (0.375, True)


def test_row_that_lacks_a_column_is_unusable_and_says_which(catalogue: Catalogue) -> None:
    nut, motor = catalogue.unusable["locknut_m3"], catalogue.unusable["n20_hpcb6v_75"]
    assert nut.lacks == ("height_mm",) and nut.numbers["width_mm"] == 5.5
    assert motor.reason == ("the catalogue does not tell its stall_torque_nm and no_load_speed_rpm and stall_current_a")
    assert "locknut_m3" not in catalogue.components
    assert catalogue.explain_absence("locknut_m3").endswith("can't be used: the catalogue does not tell its height_mm")
    assert "is not in the catalogue" in catalogue.explain_absence("locknut_m9")


MALFORMED = {
    "a cell that is no number": ("shcs_m3x6", {"length_mm": "long"}, "column 'length_mm': Input should be a valid"),
    "a column of another category": ("shcs_m3x6", {"teeth": "20"}, "column 'teeth': Extra inputs"),
    "a category that nobody knows": ("shcs_m3x6", {"category": "bolt"}, "column 'category': Input tag 'bolt'"),
    "no category": ("shcs_m3x6", {"category": ""}, "column 'category': Unable to extract tag"),
    "a piece sold by the metre": ("shcs_m3x6", {"price_unit": "metre"}, "column 'price_unit': Input should be 'each'"),
    "stock sold by the piece": ("shaft_8", {"price_unit": "each"}, "column 'price_unit': Input should be 'metre'"),
    "a bore wider than its ring": ("brg_608", {"bore_mm": "22"}, "bore_mm 22.0 must be below outer_diameter_mm 22.0"),
    "a wrong cell beside a missing one": ("gm_fit0186", {"mass_g": "0"}, "column 'mass_g': Input should be greater"),
    "no price": ("gm_fit0186", {"unit_price_usd": ""}, "column '(length_mm|unit_price_usd)': Field required"),
    "a screw of an unknown thread": ("shcs_m3x6", {"thread": "M7"}, "column 'thread': Input should be 'M3', 'M4'"),
}


@pytest.mark.parametrize(("component", "cells", "message"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_component_stops_the_start(tmp_path, component: str, cells: dict[str, str], message: str) -> None:
    def edit(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if row["component_id"] == component).update(cells)

    with pytest.raises(InputError, match=rf"^components.csv: line \d+, .*{message}"):
        load_catalogue(edit_table(tmp_path, "components.csv", edit))


def test_search_bounds_any_number_from_both_sides(catalogue: Catalogue) -> None:
    rows = catalogue.all_components
    found = search_rows(rows, "gearmotor", {"stall_torque_nm": 2.0}, {"stall_torque_nm": 3.0, "unit_price_usd": 60})
    assert {row.component_id for row in found} == {"gm37d_12v_50", "gm37d_12v_70"}
    assert [row.component_id for row in search_rows(rows, "screw")][:2] == ["shcs_m3x6", "shcs_m3x8"]
    unusable = search_rows(rows, "stepper", {"holding_torque_nm": 1.5})
    assert all(isinstance(row, Unusable) for row in unusable) and len(unusable) == 2


def test_search_names_what_can_be_asked_for(catalogue: Catalogue) -> None:
    with pytest.raises(InputError, match="thread can't be compared: choose from height_mm, length_mm, mass_g, outer"):
        search_rows(catalogue.all_components, "screw", {"thread": 3})
    with pytest.raises(InputError, match="speed can't be compared"):
        search_rows(catalogue.all_components, "screw", {}, {"speed": 3})
    with pytest.raises(InputError, match="no category 'bolt': choose from ball_bearing, battery"):
        search_rows(catalogue.all_components, "bolt")


def test_component_without_a_category_is_refused_as_it_stands() -> None:
    with pytest.raises(ValueError, match="Unable to extract tag using discriminator 'category'"):
        parse_component({"component_id": "nothing"})
