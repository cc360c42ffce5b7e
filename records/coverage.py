"""Counts verified benchmarks by what was drawn and by the features of their scenes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
from pydantic import TypeAdapter
from sqlalchemy import select

from records.query import open_datasets
from records.store import Store
from records.tables import BenchmarkRow
from schemas.benchmark import BenchmarkDraft, Parameter
from schemas.coverage import THIN_SHARE, CoverageReport, DrawnGroup, Share, Spread
from schemas.features import FEATURES
from schemas.reasons import BenchmarkState

BINS = 10
SHAPE = "payload_shape"
_PARAMETERS: TypeAdapter[tuple[Parameter, ...]] = TypeAdapter(tuple[Parameter, ...])
_KINDS = get_args(BenchmarkDraft.model_fields["kind"].annotation)
_SCENES = f"""SELECT family, kind, difficulty, features, parameters FROM benchmarks
WHERE verified AND task = 'design' AND state <> '{BenchmarkState.REDRAWN}'"""  # noqa: S608 - our own word


class DrawnScene(NamedTuple):
    """A verified scene: what was drawn, and its features where they are known."""

    family: str
    kind: str
    difficulty: int | None
    features: Sequence[str] | None
    parameters: Sequence[Parameter]


def count_drawn(store: Store) -> Mapping[str, Mapping[str, int]]:
    """Return how many verified benchmarks have each family, kind, and value of each parameter that is a word."""
    counts: dict[str, Counter[str]] = {}
    found = select(BenchmarkRow.family, BenchmarkRow.kind, BenchmarkRow.parameters).where(
        BenchmarkRow.verified, BenchmarkRow.task == "design"
    )
    with store.read() as connection:
        rows = connection.execute(found).all()
    for family, kind, parameters in rows:
        words = {p.name: p.value for p in _PARAMETERS.validate_python(parameters) if isinstance(p.value, str)}
        for axis, value in {**words, "family": family, "kind": kind}.items():
            counts.setdefault(axis, Counter())[value] += 1
    return counts


def read_scenes(folder: Path) -> tuple[DrawnScene, ...]:
    """Return the verified scenes of exported data sets; raises InputError for damaged ones."""
    with open_datasets(folder) as connection:
        rows = connection.execute(_SCENES).fetchall()
    return tuple(
        DrawnScene(family, kind, difficulty, features, tuple(map(_join_value, drawn)))
        for family, kind, difficulty, features, drawn in rows
    )


def measure_coverage(
    scenes: Sequence[DrawnScene], families: Sequence[str] = (), shapes: Sequence[str] = ()
) -> CoverageReport:
    """Return the share of every feature and the spread of every parameter; families and shapes that lack are 0.

    Parameters that every family draws are counted together, the others by family, whose ranges differ. Numbers are
    binned from the least to the most that was drawn; up to ten whole numbers without a unit are counted as words.
    """
    named = sorted({*families, *(scene.family for scene in scenes)})
    common = set.intersection(*(_name_drawn(scenes, family) for family in {s.family for s in scenes})) if scenes else ()
    groups = [_group(None, [[p for p in scene.parameters if p.name in common] for scene in scenes])]
    for family in sorted({scene.family for scene in scenes}):
        own = [[p for p in scene.parameters if p.name not in common] for scene in scenes if scene.family == family]
        groups.append(_group(family, own))
    told = [scene.features for scene in scenes if scene.features is not None]
    drawn = [str(p.value) for scene in scenes for p in scene.parameters if p.name == SHAPE]
    rated = [str(scene.difficulty) for scene in scenes if scene.difficulty is not None]
    features = (
        *_share("feature", [one for features in told for one in features], FEATURES, len(told)),
        *_share(SHAPE, drawn, shapes, len(drawn)),
        *_share("kind", [scene.kind for scene in scenes], _KINDS, len(scenes)),
        *_share("difficulty", rated, "12345", len(rated)),
        *_share("family", [scene.family for scene in scenes], named, len(scenes), 0.5 / max(1, len(named))),
    )
    return CoverageReport(scenes=len(scenes), features=features, groups=tuple(groups))


def _join_value(parameter: Mapping[str, Any]) -> Parameter:
    """Return a parameter whose numbers and texts the data sets keep apart."""
    name, number, text, unit = (parameter[field] for field in ("name", "number", "text", "unit"))
    return Parameter(name=name, value=number if text is None else text, unit=unit)


def _name_drawn(scenes: Iterable[DrawnScene], family: str) -> set[str]:
    return {p.name for scene in scenes if scene.family == family for p in scene.parameters}


def _share(
    of: str, found: Sequence[str], expected: Iterable[str], whole: int, least: float = THIN_SHARE
) -> Sequence[Share]:
    """Return the share of every value that is expected, then of the others that are found."""
    counts = Counter(found)
    values = dict.fromkeys((*expected, *sorted(counts)))
    return [
        Share(of=of, value=value, scenes=counts[value], whole=whole, thin=whole > 0 and counts[value] < least * whole)
        for value in values
    ]


def _group(family: str | None, drawn: Sequence[Sequence[Parameter]]) -> DrawnGroup:
    words: list[Share] = []
    numbers: list[Spread] = []
    for name in dict.fromkeys(p.name for parameters in drawn for p in parameters):
        found = [p for parameters in drawn for p in parameters if p.name == name]
        values = [p.value for p in found if not isinstance(p.value, str)]
        if len(values) < len(found) or _are_choices(values, found[0].unit):
            told = [p.value if isinstance(p.value, str) else f"{p.value:g}" for p in found]
            words += _share(name, told, sorted({f"{v:g}" for v in values}, key=float), len(found), 0.0)
        else:
            bins = np.histogram(values, BINS)[0].tolist() if len(set(values)) > 1 else ()
            ends = {"least": min(values), "most": max(values)}
            numbers.append(Spread(name=name, unit=found[0].unit, bins=tuple(bins), **ends))
    return DrawnGroup(family=family, scenes=len(drawn), words=tuple(words), numbers=tuple(numbers))


def _are_choices(values: Sequence[float], unit: str) -> bool:
    return not unit and len(set(values)) <= BINS and all(value.is_integer() for value in values)
