"""The procedural generator: from an item's key to a scene program with everything that was drawn; pure."""

from collections.abc import Sequence

from agents.families import FAMILIES
from agents.families.draw import draw_item
from agents.families.parameters import split_cell
from agents.families.statement import write_statement
from agents.program_templates import fill_template
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
    parameters = family.sample(draw, catalogue)
    layout = family.lay_out(parameters, catalogue)
    split = assign_split(family.name.split("+"), split_cell(parameters, *layout.measure()))
    statement = write_statement(family, layout, split in TEST_SPLITS)
    source = fill_template(family.name, {**layout.constants, "SEED": key.seed, "STATEMENT": statement})
    return BenchmarkDraft(
        key=key,
        program=ProgramText(source=source, sha256=hash_bytes(source.encode())),
        parameters=parameters.record_values(),
        kind=family.kind,
        split=split,
        slack=slack,
    )
