"""Builds the corpus of parts that collision geometry is measured on, each from its CAD expression in corpus.csv."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import build123d
from bd_warehouse import bearing, fastener
from bd_warehouse.gear import SpurGear

TABLE = Path(__file__).with_suffix(".csv")


class CorpusPart(NamedTuple):
    """A part: `solid` is a build123d solid in mm."""

    name: str
    kind: str
    solid: build123d.Solid


def build_corpus(*names: str) -> Iterator[CorpusPart]:
    """Yield the parts of these names, all without; raises ValueError where the kernel gives another volume."""
    words = {name: getattr(build123d, name) for name in build123d.__all__}
    words |= {"math": math, "fastener": fastener, "bearing": bearing, "SpurGear": SpurGear}
    for row in csv.DictReader(TABLE.read_text().splitlines()):
        if names and row["name"] not in names:
            continue
        solid = eval(row["build123d_expression"], words).solids()[0]  # noqa: S307  our own table
        if not math.isclose(solid.volume, float(row["volume_mm3"]), rel_tol=1e-4):
            raise ValueError(f"{row['name']}: volume {solid.volume} mm³, the table has {row['volume_mm3']}")
        yield CorpusPart(row["name"], row["kind"], solid)
