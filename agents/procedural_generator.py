"""The procedural generator: from an item's key to a scene program with everything that was drawn; pure."""

from collections.abc import Sequence

from agents.families import FAMILIES
from agents.families.draw import draw_item
from agents.families.parameters import WAYS, split_cell
from agents.families.statement import write_statement
from agents.families.writing import write_program
from agents.splits import TEST_SPLITS, assign_split
from schemas.benchmark import BenchmarkDraft, ItemKey, ProgramText
from schemas.catalogue_files import read_catalogue
from schemas.errors import InputError
from schemas.record import hash_bytes

LEAST_SLACK, MOST_SLACK = 1.1, 2.0


def check_families(names: Sequence[str]) -> None:
    """Raise InputError, naming the families there are, unless every name is one."""
    unknown = sorted(set(names) - set(FAMILIES))
    if unknown:
        raise InputError(f"unknown family '{unknown[0]}': choose from {', '.join(FAMILIES)}")


def plan_family(names: Sequence[str], seed: int, index: int) -> str:
    """Return the family of an item of a batch: the families in turn, each batch of them starting elsewhere."""
    check_families(names)
    chosen = tuple(names) or tuple(FAMILIES)
    return chosen[(seed + index) % len(chosen)]


def generate_draft(key: ItemKey) -> BenchmarkDraft:
    """Return the item's program, drawn values, split and slack; raises InputError for an unknown family."""
    check_families((key.family,))
    family, catalogue, draw = FAMILIES[key.family], read_catalogue(), draw_item(key)
    slack = draw.uniform(LEAST_SLACK, MOST_SLACK, 2)
    drawn = family.sample(draw, catalogue)
    stretch = (drawn.stretch_x, drawn.stretch_y, drawn.stretch_z)
    layout, ways = family.lay_out(drawn, catalogue).on_floor(stretch), WAYS[drawn.ways]
    split = assign_split(family.name.split("+"), split_cell(drawn, *layout.cell))
    intro = family.intros[drawn.phrasing + (3 if split in TEST_SPLITS else 0)].format(payload=drawn.payload_name)
    head = {"SEED": key.seed, "STATEMENT": write_statement(intro, layout, ways, drawn.quantity, catalogue)}
    rules = {"horizon_s": layout.horizon_s, "quantity": drawn.quantity, **ways._asdict()}
    source = write_program(layout, drawn.library, head, rules)
    return BenchmarkDraft(
        key=key,
        program=ProgramText(source=source, sha256=hash_bytes(source.encode())),
        parameters=drawn.record_values(),
        kind=family.kind,
        split=split,
        slack=slack,
    )
