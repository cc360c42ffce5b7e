"""Every rule of the tables is held at its edge by a part just inside and one just outside, or says why it is not."""

import csv
from collections import Counter
from pathlib import Path

from schemas.bundle import ProcessName
from tests.workbench.manufacturing.test_bending import BENDING_EDGES
from tests.workbench.manufacturing.test_machined_rules import CASES
from tests.workbench.manufacturing.test_price_bands import BANDS
from tests.workbench.manufacturing.test_reference_parts import ANSWERS, REAL_PARTS
from tests.workbench.manufacturing.test_rules import FDM_EDGES, LASER_EDGES

EDGES = [row[0] for row in (*CASES, *FDM_EDGES, *LASER_EDGES, *BENDING_EDGES)]

NOT_IN_A_SOLID = "a solid has no "
REASONS = {
    "tolerance_band": NOT_IN_A_SOLID + "tolerances: the price is that of the general ones",
    "angle_tolerance": NOT_IN_A_SOLID + "tolerances",
    "tap_drill_diameter": NOT_IN_A_SOLID + "marked threads; the judge holds the screws of a design to their holes",
    "clearance_hole_diameter": NOT_IN_A_SOLID + "marked screw holes; the judge holds screws to their holes",
    "thread_nominal_diameter": NOT_IN_A_SOLID + "marked threads",
    "thread_length_per_thread_diameter": NOT_IN_A_SOLID + "marked threads",
    "unthreaded_depth_per_hole_diameter": NOT_IN_A_SOLID + "marked threads",
    "insert_pocket_diameter": NOT_IN_A_SOLID + "marked inserts, and the catalogue sells none",
    "loaded_wall_thickness": NOT_IN_A_SOLID + "loads: the judge holds a wall to those that it has simulated",
    "draft_angle_light_texture": NOT_IN_A_SOLID + "texture: the price is that of smooth moulds",
    "draft_angle_heavy_texture": NOT_IN_A_SOLID + "texture",
    "draft_angle_per_unit_texture": NOT_IN_A_SOLID + "texture",
    "draft_angle_shutoff": NOT_IN_A_SOLID + "shut-offs: where the halves touch in a window is the toolmaker's",
    "internal_corner_radius_per_tool_radius": "the tool is the shop's choice: MILL-CORNER-DEPTH asks for a radius",
    "undercut_width_min": "no T-slot cutter is offered: MILL-ACCESS refuses every undercut",
    "undercut_width_max": "no T-slot cutter is offered",
    "undercut_depth_per_undercut_width": "no T-slot cutter is offered",
    "hole_diameter_compensation": "what to add to a drawing, no limit of a part",
    "kerf_width": "what to add to a drawing, no limit of a part",
    "slot_width": "SLS-CLEAR asks as much of every gap, slits too",
    "detail_size": "SLS-WALL-ERR and SLS-CLEAR ask more of what stands out, as much of what is cut in",
    "draft_angle_deep": "IM-DRAFT-DEPTH says by how deep a face goes what this row says for all",
    "external_corner_radius_per_wall_thickness": "IM-RADIUS-IN and an even wall give it: half a wall and the wall",
    "relief_depth_per_thickness": "sources count it from different places; BEND-RELIEF-W sees those too short",
    "fdm_printing/clearance": "between what is printed together and moves: a part is one solid",
    "fdm_printing/bbox_z": "the largest printer is as long as it is high: what is too high is too long",
    "cnc_milling/bbox_z": "no block is thicker than the largest mill's height and not wider than its table",
    "sls_printing/bbox_y": "the largest chamber is square: what is too wide is too long",
    "laser_cutting/thickness_min": "no stock is thinner: LAS-STOCK refuses it",
    "k_factor": "what a flat pattern is laid out with: the tests of unfolding",
    "material": "not measured: tests of impossible pairs of material and process",
}


def read_rules() -> list[dict[str, str]]:
    with (Path(__file__).parents[3] / "data" / "process_rules.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_every_rule_has_its_edge_or_a_reason() -> None:
    """Rows of one process and key are one question: materials, machines and severities of it answer alike."""
    asked = {(row["process"], row["key"]) for row in read_rules() if row["rule_id"] in EDGES}
    left = {(row["process"], row["key"]) for row in read_rules()} - asked
    reasons = {place: {place[1], "/".join(place)} & set(REASONS) for place in left}
    assert all(reasons.values()), [place for place, found in reasons.items() if not found]
    assert set(REASONS) == set().union(*reasons.values())


def test_edges_are_of_rules_that_the_tables_have() -> None:
    assert set(EDGES) <= {row["rule_id"] for row in read_rules()}


def test_corpus_has_a_hundred_reference_parts_of_all_processes() -> None:
    """Two parts at each edge, the parts as shops see them, those of a dealer, and those of price bands."""
    shapes = {(row[0], str(side)) for row in (*CASES, *FDM_EDGES, *LASER_EDGES, *BENDING_EDGES) for side in row[-2:]}
    count = len(shapes) + len(ANSWERS) + len(REAL_PARTS) + len(BANDS)
    assert count >= 300, count
    owners = {row["rule_id"]: row["process"] for row in read_rules()}
    by_process = Counter(owners[rule] for rule, _ in shapes)
    assert all(by_process[process] >= 20 for process in ProcessName), by_process
