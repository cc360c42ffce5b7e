"""The `render`, `query`, `metrics` and `export` commands: read what has been recorded."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from records import ExportReport, Store
from schemas.errors import InputError
from schemas.settings import Settings, read_one_shot_settings, read_settings
from service.printing import print_json, print_line, print_table
from service.progress import open_shown, show_bar
from steps.context import open_workspace
from steps.progress import tell_stage


@contextmanager
def open_recorded(settings: Settings) -> Iterator[Store]:
    """Open the store of a workspace that is there; raises InputError where there is none."""
    require_workspace(settings)
    with open_workspace(settings) as (store, _):
        yield store


def require_workspace(settings: Settings) -> None:
    """Raise InputError where nothing has been recorded: there is no workspace, and no store elsewhere."""
    workspace = settings.workspace
    if workspace.store_url is None and not workspace.workspace.is_dir():
        raise InputError(
            f"no workspace at {workspace.workspace.absolute()}, so no episode either: make one by `workpiece run`"
        )


def show_query(sql: str, folder: Path | None, *, as_json: bool) -> None:
    """Print the answer of a query over the exported data sets of the workspace, or those of a folder."""
    from records import query

    answer = query(sql, choose_datasets(folder))
    if as_json:
        twice = next((name for name, count in Counter(answer.columns).items() if count > 1), None)
        if twice is not None:
            raise InputError(f"two columns are called '{twice}', which JSON can't hold: tell them apart by AS")
        print_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    else:
        print_table(count_rows(len(answer.rows)), answer.columns, answer.rows)


def choose_datasets(folder: Path | None) -> Path:
    """Return that folder of data sets, or the workspace's; raises InputError for one that holds none."""
    from records.manifest import MANIFEST

    if folder is not None and not (folder / MANIFEST).is_file():
        raise InputError(f"{folder} holds no data sets (no {MANIFEST}): name a folder that `workpiece export` wrote")
    return folder or read_settings().workspace.datasets_folder


def show_metrics(since: str | None, *, as_json: bool) -> None:
    """Print the figures of everything that was recorded since a day, each with what it was counted over."""
    from records import compute_metrics

    settings = read_settings()
    require_workspace(settings)
    report = compute_metrics(settings.workspace.datasets_folder, _read_day(since))
    if as_json:
        print_json(report)
        return
    days = "of all time" if since is None else f"since {since}"
    rows = [(one.name, shorten(one.of), one.shown, one.counted) for one in report.metrics]
    print_table(
        f"Figures {days}, by version {report.judge_version} of the judge", ("figure", "of", "value", "counted"), rows
    )


def _read_day(since: str | None) -> date | None:
    try:
        return None if since is None else date.fromisoformat(since)
    except ValueError as error:
        raise InputError(f"'{since}' is no day: write it as 2026-11-28") from error


def shorten(text: str) -> str:
    """Return a text that fits a column of 34."""
    return text if len(text) <= 34 else f"{text[:33]}…"


def count_rows(count: int) -> str:
    """Return how many rows there are, in words."""
    return "1 row" if count == 1 else f"{count} rows"


def export_new(settings: Settings, names: Sequence[str] = ()) -> ExportReport:
    """Write what is new in the store to the data sets: the last thing that every command does that has stored rows."""
    from records import DEFAULT_NAMES, export

    workspace = settings.workspace
    with open_recorded(settings) as store, show_bar():
        tell_stage("export")
        return export(store, workspace.datasets_folder, names or DEFAULT_NAMES, checked=workspace.export_checked)


def export_datasets(names: Sequence[str], *, merge: bool, as_json: bool) -> None:
    """Write what is new in the store to the data sets, merge small files if asked to, and say how much that is."""
    from records import compact

    settings = read_settings()
    folder = settings.workspace.datasets_folder
    report = export_new(settings, names)
    fewer = compact(folder, datetime.now(UTC).date()) if merge else 0
    if as_json:
        print_json({**report.model_dump(), "fewer_files": fewer})
    else:
        merged = f"; {fewer} files fewer by merging" if merge else ""
        print_line(f"{count_rows(report.rows)} in {len(report.files)} new files of {folder}{merged}")


def render_subject(prefix: str, output: Path | None) -> None:
    """Draw a benchmark with its expected solution, or an episode's last design, and say where the pictures are."""
    from steps.rendering import draw_design, write_folder

    settings = read_one_shot_settings()
    with open_shown(settings, "render") as context:
        scene_hash, design_hash = context.store.find_subject(prefix)
        scene = context.store.load_bundle_files(scene_hash)
        design = context.store.load_bundle_files(design_hash) if design_hash else {}
        folder = output or settings.workspace.pictures_folder / f"{scene_hash[:12]}-{(design_hash or 'empty')[:12]}"
        if output is not None and output.exists():
            raise InputError(f"{output} exists already: name a new folder")
        pictures = write_folder(folder, draw_design(context, scene, design, film=True))
    for path in pictures:
        print_line(str(path))
