"""The procedural generator: from an item's key to a scene program with everything that was drawn; pure."""

from collections.abc import Sequence
from typing import NamedTuple

from agents.families import FAMILIES
from agents.families.draw import draw_item
from agents.families.layout import Layout
from agents.families.parameters import WAYS, SceneParameters, split_cell
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


class DrawnScene(NamedTuple):
    """An item's draws: its slack, its parameters, and the scene that they lay out."""

    slack: float
    drawn: SceneParameters
    layout: Layout

    def write(self, seed: int, statement: str) -> str:
        """Return the scene's program."""
        rules = {"horizon_s": self.layout.horizon_s, "quantity": self.drawn.quantity, **WAYS[self.drawn.ways]._asdict()}
        return write_program(self.layout, self.drawn.library, {"SEED": seed, "STATEMENT": statement}, rules)


def draw_scene(key: ItemKey) -> DrawnScene:
    """Return what an item's key draws; raises InputError for an unknown family."""
    check_families((key.family,))
    family, catalogue, draw = FAMILIES[key.family], read_catalogue(), draw_item(key)
    slack = draw.uniform(LEAST_SLACK, MOST_SLACK, 2)
    drawn = family.sample(draw, catalogue)
    stretch = (drawn.stretch_x, drawn.stretch_y, drawn.stretch_z)
    return DrawnScene(slack, drawn, family.lay_out(drawn, catalogue).on_floor(stretch))


def generate_draft(key: ItemKey) -> BenchmarkDraft:
    """Return the item's program, drawn values, split and slack; raises InputError for an unknown family."""
    scene = draw_scene(key)
    family, drawn, catalogue = FAMILIES[key.family], scene.drawn, read_catalogue()
    split = assign_split(family.name.split("+"), split_cell(drawn, *scene.layout.cell))
    intro = family.intros[drawn.phrasing + (3 if split in TEST_SPLITS else 0)].format(payload=drawn.payload_name)
    source = scene.write(key.seed, write_statement(intro, scene.layout, WAYS[drawn.ways], drawn.quantity, catalogue))
    return BenchmarkDraft(
        key=key,
        program=ProgramText(source=source, sha256=hash_bytes(source.encode())),
        parameters=drawn.record_values(),
        kind=family.kind,
        split=split,
        slack=scene.slack,
    )
