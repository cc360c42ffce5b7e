"""Read the catalogue's CSV tables; a wrong cell raises InputError with its file, line and column."""

import csv
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import ValidationError

from schemas import catalogue
from schemas.components import Unusable, parse_component
from schemas.errors import InputError
from schemas.record import hash_bytes, hash_parts
from schemas.sourced import SourcedRow

TABLES = ("materials.csv", "pairs.csv", "components.csv", "process_rules.csv", "process_costs.csv")
TableRow = TypeVar("TableRow", bound=SourcedRow)
Selected = TypeVar("Selected", bound=catalogue.SelectedRow)
Indexed = TypeVar("Indexed", bound=Hashable)
Numbered = list[tuple[int, TableRow]]
Cells = Mapping[str, str]
CostPlace = tuple[catalogue.Process, str]


FOLDER = Path(__file__).parents[1] / "data"


@cache
def read_catalogue() -> catalogue.Catalogue:
    """Return the catalogue of this installation, read once in a process."""
    return load_catalogue(FOLDER)


def read_tables(folder: Path = FOLDER) -> Mapping[str, str]:
    """Return the text of every table by its name."""
    return {name: (folder / name).read_bytes().decode() for name in TABLES}


def hash_tables(texts: Mapping[str, str]) -> str:
    """Return the hash of the catalogue whose tables have these texts."""
    return hash_parts(*(f"{name}:{hash_bytes(texts[name].encode())}" for name in TABLES))


def load_catalogue(folder: Path) -> catalogue.Catalogue:
    """Read, check and index every table; raises InputError naming file, line and column of the first fault."""
    material_rows = _read_table(folder / "materials.csv", catalogue.Material.model_validate)
    materials = _index("materials.csv", material_rows, "material_id", lambda row: row.material_id)
    pair_rows = _read_table(folder / "pairs.csv", catalogue.MaterialPair.model_validate)
    _check_words("pairs.csv", pair_rows, "material_a", set(materials), lambda row: (row.material_a, row.material_b))
    component_rows = _read_table(folder / "components.csv", parse_component)
    components = _index("components.csv", component_rows, "component_id", lambda row: row.component_id)
    rules = _read_table(folder / "process_rules.csv", catalogue.ProcessRule.model_validate)
    _index("process_rules.csv", rules, "rule_id", lambda row: row.rule_id)
    costs = _read_table(folder / "process_costs.csv", catalogue.ProcessCost.model_validate)
    return catalogue.Catalogue(
        materials=materials,
        components=MappingProxyType({k: row for k, row in components.items() if not isinstance(row, Unusable)}),
        unusable=MappingProxyType({k: row for k, row in components.items() if isinstance(row, Unusable)}),
        pairs=_index("pairs.csv", pair_rows, "material_b", lambda row: frozenset((row.material_a, row.material_b))),
        rules=_group("process_rules.csv", rules, materials),
        costs=_group("process_costs.csv", costs, materials),
        hash=hash_tables(read_tables(folder)),
    )


def _read_table(path: Path, parse: Callable[[Cells], TableRow]) -> "Numbered[TableRow]":
    rows: Numbered[TableRow] = []
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            reader = csv.DictReader(stream, strict=True, restkey="cells beyond the header")
            for cells in reader:
                rows.append((reader.line_num, _parse_row(path.name, reader.line_num, cells, parse)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name}: can't be read as a UTF-8 CSV table: {error}") from error
    if not rows:
        raise InputError(f"{path.name}: line 1: the table has no rows")
    return rows


def _parse_row(name: str, line: int, cells: Mapping[str, str | None], parse: Callable[[Cells], TableRow]) -> TableRow:
    given = {column: cell for column, cell in cells.items() if cell}
    try:
        return parse(given)
    except ValidationError as error:
        fault = error.errors()[0]
        named = [place for place in fault["loc"] if isinstance(place, str)]
        column = named[-1] if named else fault.get("ctx", {}).get("discriminator", "(row)").strip("'")
        raise InputError(f"{name}: line {line}, column '{column}': {fault['msg']}") from error


def _index(
    name: str, rows: "Numbered[TableRow]", column: str, key: Callable[[TableRow], Indexed]
) -> Mapping[Indexed, TableRow]:
    found: dict[Indexed, TableRow] = {}
    for line, row in rows:
        if key(row) in found:
            raise InputError(f"{name}: line {line}, column '{column}': this row stands above already")
        found[key(row)] = row
    return MappingProxyType(found)


def _check_words(
    name: str, rows: "Numbered[TableRow]", column: str, known: set[str], read: Callable[[TableRow], Iterable[str]]
) -> None:
    for line, row in rows:
        strange = sorted(set(read(row)) - known)
        if strange:
            raise InputError(f"{name}: line {line}, column '{column}': '{strange[0]}' is not in materials.csv")


def _group(
    name: str, rows: "Numbered[Selected]", materials: Mapping[str, catalogue.Material]
) -> Mapping[CostPlace, tuple[Selected, ...]]:
    """Index rows by process and key, after checking that no two rows hold for the same use."""
    classes = {word for material in materials.values() for word in material.material_class}
    _check_words(name, rows, "materials", {"all", *materials, *classes}, lambda row: row.materials)
    grouped: dict[CostPlace, list[tuple[int, Selected]]] = defaultdict(list)
    for line, row in rows:
        grouped[row.process, row.key].append((line, row))
    for place in grouped.values():
        _check_collisions(name, place, materials)
    return MappingProxyType({place: tuple(row for _, row in found) for place, found in grouped.items()})


def _check_collisions(name: str, rows: "Numbered[Selected]", materials: Mapping[str, catalogue.Material]) -> None:
    for (above, first), (line, second) in combinations(rows, 2):
        if first.collides(second, materials.values()):
            raise InputError(f"{name}: line {line}, column 'key': holds for the same use as line {above}")
