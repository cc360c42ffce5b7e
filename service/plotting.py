"""Draws an evaluation: shares solved with their intervals, costs against the expected solutions, what it took."""

import statistics
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from schemas.evaluation import Evaluation, GroupRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EFFORT = {
    "submissions": "submissions\nper attempt",
    "previews": "previews\nper attempt",
    "elapsed_s": "seconds\nper attempt",
    "tokens_per_solved": "tokens\nper solved attempt",
    "usd_per_solved": "USD\nper solved attempt",
}
SMALL = 8


def plot_evaluation(done: Evaluation, folder: Path) -> None:
    """Write solved.png, cost.png and effort.png; an engineer has the same colour in all of them."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    pyplot.rcParams.update(
        {"axes.spines.top": False, "axes.spines.right": False, "figure.constrained_layout.use": True}
    )
    labels = [evaluated.label for evaluated in done.engineers]
    groups, whole = list(dict.fromkeys(row.group for row in done.rows)), [r for r in done.rows if r.group == "all"]
    solved, axes = pyplot.subplots(figsize=(1.6 + (0.45 + 0.4 * len(labels)) * len(groups), 4.2))
    _plot_solved(done.rows, labels, groups, axes)
    solved.legend(loc="outside upper center", ncols=4, fontsize=SMALL, frameon=False)
    cost, axes = pyplot.subplots(figsize=(2.4 + 1.4 * len(labels), 4.0))
    _plot_costs(done, labels, axes)
    effort, panels = pyplot.subplots(1, len(EFFORT), figsize=(13.0, 1.3 + 0.4 * len(labels)), sharey=True)
    for panel, (what, title) in zip(panels, EFFORT.items(), strict=True):
        _plot_effort([getattr(row, what) for row in whole], labels, title, panel)
    for figure, name in ((solved, "solved"), (cost, "cost"), (effort, "effort")):
        figure.savefig(folder / f"{name}.png", dpi=130)
        pyplot.close(figure)


def _plot_solved(rows: tuple[GroupRow, ...], labels: list[str], groups: list[str], axes: "Axes") -> None:
    """Draw a bar for each engineer and group, its Wilson interval, and the counts above it."""
    width = 0.84 / len(labels)
    for number, label in enumerate(labels):
        drawn = {groups.index(row.group): row.solved_at_1 for row in rows if row.label == label and row.solved_at_1}
        places = [place + (number - (len(labels) - 1) / 2) * width for place in drawn]
        shares = np.array([(one.share, one.low, one.high) for one in drawn.values()]).reshape(-1, 3)
        heights, lows, highs = shares.T
        whiskers = np.maximum((heights - lows, highs - heights), 0.0)  # rounding makes some negative
        axes.bar(places, heights, width * 0.92, color=f"C{number}", label=label)
        axes.errorbar(places, heights, whiskers, fmt="o", ms=4, color="0.25", mfc=f"C{number}", capsize=3)
        for place, one in zip(places, drawn.values(), strict=True):
            axes.text(place, one.high + 0.02, f"{one.solved}/{one.benchmarks}", ha="center", fontsize=SMALL - 1)
    axes.set_xticks(range(len(groups)), [group.replace(" ", "\n") for group in groups], fontsize=SMALL)
    axes.set(ylim=(0, 1.1), ylabel="share solved at the first attempt\n(line: 95 % Wilson interval)")
    axes.yaxis.set_major_formatter("{x:.0%}")


def _plot_costs(done: Evaluation, labels: list[str], axes: "Axes") -> None:
    """Draw the cost ratio of every solved attempt, with box and median."""
    names = []
    for place, label in enumerate(labels):
        ratios = sorted(one.cost_ratio for one in done.attempts if one.label == label and one.cost_ratio is not None)
        names.append(f"{label}\n{len(ratios)} solved" + (f", median {statistics.median(ratios):.2f}" if ratios else ""))
        if ratios:
            axes.boxplot(ratios, positions=[place], widths=0.55, showfliers=False, medianprops={"color": "black"})
            spread = [place + 0.4 * ((n + 0.5) / len(ratios) - 0.5) for n in range(len(ratios))]
            axes.plot(spread, ratios, ".", color=f"C{place}", alpha=0.7)
    axes.axhline(1.0, color="0.5", linewidth=0.8, linestyle="--")
    axes.set_xticks(range(len(labels)), names, fontsize=SMALL)
    axes.set(xlim=(-0.6, len(labels) - 0.4), ylabel="unit cost ÷ that of the expected solution")


def _plot_effort(values: list[float | None], labels: list[str], title: str, axes: "Axes") -> None:
    """Draw one mean for each engineer, with its number."""
    bars = axes.barh(labels, [value or 0.0 for value in values], color=[f"C{n}" for n in range(len(labels))])
    written = ["none" if v is None else f"{v:,.0f}" if v >= 100 else f"{v:.3g}" for v in values]
    axes.bar_label(bars, written, padding=3, fontsize=SMALL)
    axes.set_title(title, fontsize=SMALL + 1, loc="left")
    axes.set_xlim(0, 1.45 * max([1e-9, *(value for value in values if value)]))
    axes.set_xticks([])
    axes.tick_params(labelsize=SMALL)
    axes.spines["bottom"].set_visible(False)
    if not axes.yaxis_inverted():
        axes.invert_yaxis()
