"""Draws the coverage of scenes as one picture."""

from collections.abc import Iterable
from itertools import groupby, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.coverage import CoverageReport, DrawnGroup, Share, Spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 7
SMALL, TINY = 8, 6
Panel = tuple[DrawnGroup, Spread | tuple[Share, ...]]


def plot_coverage(report: CoverageReport, picture: Path) -> None:
    """Write one picture: bars of every feature, thin ones red, then a panel for each parameter."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    sides = [
        [one for one in report.features if one.of == "feature"],
        [one for one in report.features if one.of not in ("feature", "family")],
        [one for one in report.features if one.of == "family"],
    ]
    panels: list[Panel] = []
    for group in report.groups:
        panels += [(group, spread) for spread in group.numbers if spread.bins]
        panels += [(group, counted) for counted in _part_words(group.words)]
    rows, top = -(-len(panels) // COLUMNS), 0.8 + 0.2 * max(map(len, sides))
    figure = pyplot.figure(figsize=(15.0, top + 1.35 * rows), layout="constrained")
    grid = figure.add_gridspec(2, 1, height_ratios=(top, max(1.0, 1.35 * rows)))
    above, below = figure.add_subfigure(grid[0]), figure.add_subfigure(grid[1])
    above.suptitle(f"{report.scenes} verified scenes: share with each feature (red: thin)", fontsize=SMALL + 4)
    for axes, shares in zip(above.subplots(1, len(sides)), sides, strict=True):
        _plot_features(shares, axes)
    below.suptitle("Parameters: of all families, then of each alone (red: a bin without a scene)", fontsize=SMALL + 4)
    for axes, panel in zip_longest(below.subplots(max(1, rows), COLUMNS, squeeze=False).flat, panels):
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.set_yticks([])
        if panel is None:
            axes.set_axis_off()
        else:
            _plot_panel(panel, axes)
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=100)
    pyplot.close(figure)


def _plot_features(shares: list[Share], axes: "Axes") -> None:
    names = [one.value if one.of in ("feature", "family") else f"{one.of} {one.value}" for one in shares]
    heights = [one.share or 0.0 for one in shares]
    bars = axes.barh(names, heights, color=["C3" if one.thin else "C0" for one in shares])
    written = ["not known" if one.share is None else f"{100 * one.share:.1f} %" for one in shares]
    for label, one in zip(axes.bar_label(bars, written, padding=3, fontsize=SMALL), shares, strict=True):
        label.set_color("C3" if one.thin else "black")
    axes.set(xlim=(0.0, 1.2 * max([0.01, *heights])), xticks=[])
    axes.tick_params(labelsize=SMALL)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.invert_yaxis()


def _plot_panel(panel: Panel, axes: "Axes") -> None:
    """Draw a number's ten bins, or a word's values with what they are called."""
    group, drawn = panel
    whose = "" if group.family is None else f"{group.family}\n"
    if isinstance(drawn, Spread):
        axes.set_title(f"{whose}{drawn.name}", fontsize=SMALL, loc="left")
        width = (drawn.most - drawn.least) / len(drawn.bins)
        places = [drawn.least + (number + 0.5) * width for number in range(len(drawn.bins))]
        axes.bar(places, drawn.bins, 0.9 * width, color="C0")
        missed = [place for place, count in zip(places, drawn.bins, strict=True) if count == 0]
        axes.plot(missed, [0.0] * len(missed), "x", color="C3", ms=5)
        axes.set_xticks((drawn.least, drawn.most), [f"{drawn.least:g}", f"{drawn.most:g}"])
    else:
        axes.set_title(f"{whose}{drawn[0].of}", fontsize=SMALL, loc="left")
        axes.barh(range(len(drawn)), [one.scenes for one in drawn], color="C2", alpha=0.6)
        for place, one in enumerate(drawn):
            axes.text(0.0, place, f" {one.value} {one.scenes}", fontsize=TINY, va="center")
        axes.set_xticks([])
        axes.invert_yaxis()
    axes.tick_params(labelsize=TINY + 1)


def _part_words(words: Iterable[Share]) -> list[tuple[Share, ...]]:
    """Return the values of each word by itself."""
    return [tuple(found) for _, found in groupby(words, key=lambda one: one.of)]
