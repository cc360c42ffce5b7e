"""The `coverage` command: how often verified benchmarks have each feature and each drawn value."""

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from agents.families import FAMILIES
from agents.families.layout import PayloadKind
from records.coverage import measure_coverage, read_scenes
from schemas.coverage import CoverageReport, Share
from schemas.errors import storing
from schemas.settings import read_settings
from service.coverage_plot import plot_coverage
from service.printing import print_indented, print_json, print_line, print_table
from service.reading import choose_datasets, require_workspace

HEIGHTS = "▁▂▃▄▅▆▇█"
PICTURE = "coverage.png"
SHAPES = get_args(PayloadKind)


def show_coverage(folder: Path | None, output: Path | None, *, as_json: bool) -> None:
    """Print the coverage of the workspace's data sets, or those of a folder, and draw it beside them."""
    if folder is None:
        require_workspace(read_settings())
    chosen = choose_datasets(folder)
    report = measure_coverage(read_scenes(chosen), tuple(FAMILIES), SHAPES)
    picture = output or chosen.parent / PICTURE
    if report.scenes:
        with storing(picture):
            plot_coverage(report, picture)
    if as_json:
        print_json(report)
        return
    print_coverage(report)
    if report.scenes:
        print_line(f"plots: {picture}")


def print_coverage(report: CoverageReport) -> None:
    """Print the shares of features, the parameters of all scenes and of each family, and what is thin."""
    counted = {of: next(one.whole for one in report.features if one.of == of) for of in ("feature", "difficulty")}
    about = f"{report.scenes} verified scenes; features of {counted['feature']}, {counted['difficulty']} rated"
    print_table(about, ("of", "value", "scenes", "share", ""), map(_write_share, report.features))
    for group in report.groups:
        whose = "all families" if group.family is None else f"{group.family} alone ({group.scenes})"
        rows = [(s.name, s.unit, s.least, s.most, draw_bins(s.bins), s.empty or "") for s in group.numbers]
        if rows:
            print_table(f"Numbers of {whose}", ("parameter", "unit", "least", "most", "ten bins", "empty"), rows)
        if group.words:
            print_table(
                f"Words of {whose}", ("parameter", "value", "scenes", "share", ""), map(_write_share, group.words)
            )
    print_line("Thin: features below 5 % (families: half of a share), parameters with gaps", "bold")
    print_indented(", ".join(report.thin) or "none", 2)


def draw_bins(bins: Iterable[int]) -> str:
    """Return bins as bars of text: a dot for an empty one."""
    counts = tuple(bins)
    most = max(counts, default=0)
    return "".join("·" if count == 0 else HEIGHTS[(8 * count - 1) // most] for count in counts)


def _write_share(one: Share) -> tuple[object, ...]:
    share = None if one.share is None else f"{100 * one.share:.1f} %"
    return one.of, one.value, one.scenes, share, "thin" if one.thin else ""
