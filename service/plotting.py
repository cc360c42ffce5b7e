"""Draws an evaluation: shares solved with their intervals, costs against the expected solutions, what it took."""

from pathlib import Path

from schemas.evaluation import Evaluation, GroupRow, SolvedShare


def plot_evaluation(done: Evaluation, folder: Path) -> None:
    """Write solved.png, cost.png and effort.png."""
    import matplotlib as mpl

    mpl.use("agg")
    _plot_solved(done, folder / "solved.png")
    _plot_costs(done, folder / "cost.png")
    _plot_effort(done, folder / "effort.png")


def _plot_solved(done: Evaluation, file: Path) -> None:
    from matplotlib import pyplot

    groups = list(dict.fromkeys(row.group for row in done.rows))
    figure, axes = pyplot.subplots(figsize=(2.5 + 1.6 * len(groups), 4.2), layout="constrained")
    width = 0.8 / len(done.entrants)
    for number, entrant in enumerate(done.entrants):
        rows = {row.group: row for row in done.rows if row.label == entrant.label}
        places = [place + (number - (len(done.entrants) - 1) / 2) * width for place in range(len(groups))]
        shares = [_at_1(rows[group]) for group in groups]
        heights = [share.share for share in shares]
        errors = [[s.share - s.low for s in shares], [s.high - s.share for s in shares]]
        axes.bar(places, heights, width * 0.9, yerr=errors, capsize=3, label=entrant.label)
    counts = {row.group: row.solved_at_1.benchmarks for row in done.rows if row.solved_at_1}
    axes.set_xticks(range(len(groups)), [f"{group}\n(n = {counts.get(group, 0)})" for group in groups], fontsize=8)
    axes.set(ylim=(0, 1.05), ylabel="share solved at the first attempt (95 % Wilson)")
    figure.legend(loc="outside upper center", ncols=3, fontsize=8)
    figure.savefig(file, dpi=120)
    pyplot.close(figure)


def _plot_costs(done: Evaluation, file: Path) -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(3.0 + 1.4 * len(done.entrants), 4.0), layout="constrained")
    for place, entrant in enumerate(done.entrants):
        ratios = [one.cost_ratio for one in done.attempts if one.label == entrant.label and one.cost_ratio is not None]
        if ratios:
            axes.boxplot(ratios, positions=[place], widths=0.5, showfliers=False)
            spread = [place + 0.3 * (n / len(ratios) - 0.5) for n in range(len(ratios))]
            axes.plot(spread, sorted(ratios), ".", alpha=0.5)
    axes.axhline(1.0, color="grey", linewidth=0.8)
    labels = [f"{entrant.label}\n{_count(done, entrant.label)} solved" for entrant in done.entrants]
    axes.set_xticks(range(len(labels)), labels, fontsize=8)
    axes.set_ylabel("unit cost ÷ expected solution's")
    figure.savefig(file, dpi=120)
    pyplot.close(figure)


def _plot_effort(done: Evaluation, file: Path) -> None:
    from matplotlib import pyplot

    rows = [row for row in done.rows if row.group == "all"]
    figure, panels = pyplot.subplots(1, 4, figsize=(12, 1.4 + 0.5 * len(rows)), layout="constrained", sharey=True)
    whats = ("submissions", "previews", "elapsed_s", "tokens_per_solved")
    titles = ("submissions per attempt", "previews per attempt", "seconds per attempt", "tokens per solved attempt")
    for axes, what, title in zip(panels, whats, titles, strict=True):
        axes.barh([row.label for row in rows], [getattr(row, what) or 0.0 for row in rows], color="tab:blue")
        axes.set_title(title, fontsize=9)
        axes.tick_params(labelsize=8)
    panels[0].invert_yaxis()
    figure.savefig(file, dpi=120)
    pyplot.close(figure)


def _at_1(row: GroupRow) -> SolvedShare:
    return row.solved_at_1 or SolvedShare(solved=0, benchmarks=0, share=0.0, low=0.0, high=0.0)


def _count(done: Evaluation, label: str) -> int:
    return sum(one.label == label and one.cost_ratio is not None for one in done.attempts)
