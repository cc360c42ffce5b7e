"""What reads what there is."""

from pathlib import Path
from typing import Annotated

import typer

from service.commands.options import JsonFlag


def runs(as_json: JsonFlag = False) -> None:
    """List runs, newest first, those that are not finished too."""
    from service.listing import list_runs

    list_runs(as_json=as_json)


def episodes(
    benchmark: Annotated[str | None, typer.Argument(help="Only those on this benchmark: its id, or a prefix.")] = None,
    running: Annotated[bool, typer.Option("--running", help="Only those that are not finished.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """List episodes, newest first."""
    from service.listing import list_episodes

    list_episodes(benchmark, running=running, as_json=as_json)


def show(
    subject: Annotated[str, typer.Argument(help="Episode, benchmark, verdict or run id, or a prefix of it.")],
    as_json: JsonFlag = False,
) -> None:
    """Read an episode (or the only one on a benchmark) as a conversation, a verdict, or what a run has made."""
    from service.showing import show

    show(subject, as_json=as_json)


def render(
    subject: Annotated[str, typer.Argument(help="Benchmark or episode id, or a prefix of it.")],
    output: Annotated[Path | None, typer.Option(help="Folder to write to.")] = None,
) -> None:
    """Draw a benchmark or an episode's design: pictures, a trial in motion (glTF, GIF), drawings of parts, STEP."""
    from service.reading import render_subject

    render_subject(subject, output)


def query(
    sql: Annotated[str, typer.Argument(help="SQL over the data sets.")],
    folder: Annotated[Path | None, typer.Option(help="Data sets elsewhere, as data/sample.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask the exported data sets by SQL (DuckDB): `workpiece query "SELECT family, state FROM benchmarks"`."""
    from service.reading import show_query

    show_query(sql, folder, as_json=as_json)


def metrics(
    since: Annotated[str | None, typer.Option(help="Only what was recorded since this day (UTC): 2026-11-28.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how well it goes: shares verified and solved, robustness, estimates, critic, refusals, training."""
    from service.reading import show_metrics

    show_metrics(since, as_json=as_json)


def coverage(
    folder: Annotated[Path | None, typer.Option(help="Data sets elsewhere, as data/sample.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="The picture; without: coverage.png beside the folder of data sets.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how often verified benchmarks have each feature and each drawn value, and what is thin; a picture too."""
    from service.covering import show_coverage

    show_coverage(folder, output, as_json=as_json)
