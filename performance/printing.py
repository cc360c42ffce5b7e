"""Prints figures as a table, or with --json as one object per line."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One figure; `reference` and `ratio` where a peer or a limit was measured in the same run."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None


def print_figures(figures: Iterable[Figure]) -> None:
    """Print figures in the form that `--json` asks for."""
    for figure in figures:
        if "--json" in sys.argv:
            print(json.dumps(asdict(figure)), flush=True)
            continue
        compared = "" if figure.ratio is None else f"   {figure.ratio:.3g} × {figure.reference:.4g}"
        print(f"{figure.name:36} {figure.value:10.4g} {figure.unit:8}{compared}", flush=True)
