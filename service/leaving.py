"""The `upload`, `backup`, `restore` and `merge` commands: what leaves this machine, and comes."""

import re
from datetime import date
from pathlib import Path

from records import export
from records.merging import merge_store, open_other
from records.uploads import UploadReport
from schemas.errors import InputError
from schemas.settings import FILES_URL, FORMS, read_settings
from service.printing import print_json, print_line
from service.progress import show_bar
from service.reading import open_recorded
from steps.context import open_workspace
from steps.leaving import BackupReport, back_up, restore, upload
from steps.progress import tell_stage


def upload_files(*, as_json: bool) -> None:
    """Send what waits, and say how much that was; raises InfrastructureError where something waits still."""
    settings = read_settings()
    with open_recorded(settings) as store, show_bar():
        tell_stage("upload")
        report = upload(store, settings.workspace)
    _tell(report, as_json=as_json)


def make_backup(*, as_json: bool) -> None:
    """Back the store up, once a day, and say how; raises InfrastructureError where it is not whole or not sent."""
    settings = read_settings()
    with open_recorded(settings) as store, show_bar():
        tell_stage("backup")
        report = back_up(store, settings.workspace)
    _tell(report, as_json=as_json)


def restore_store(day: str | None, source: str | None, *, as_json: bool) -> None:
    """Put a backup into an empty workspace, and say what was in it and what it can't bring back."""
    settings, chosen = read_settings(), _read_day(day)
    if source is not None and "://" in source and not re.match(FILES_URL, source):
        raise InputError(f"--source {source}: {FORMS[FILES_URL]}, or a folder")
    with open_workspace(settings) as (store, _), show_bar():
        tell_stage("restore")
        made = restore(store, settings.workspace, source, chosen)
    if as_json:
        print_json(made)
        return
    print_line(f"{made.day}: {made.row_count} rows and {made.files} files restored into {settings.workspace.workspace}")
    print_line("`workpiece export` writes the data sets. No backup holds the key of the draws:")
    print_line("put judge.key back, or set WORKPIECE_JUDGE_KEY, and verdicts stay the same")


def merge_workspace(folder: Path, *, as_json: bool) -> None:
    """Put what another workspace's store holds into this one's, export that, and say how much was new."""
    settings = read_settings()
    workspace = settings.workspace
    with open_other(folder, workspace) as other, open_workspace(settings) as (store, _), show_bar():
        tell_stage("merge")
        made = merge_store(store, other)
        export(store, workspace.datasets_folder, checked=workspace.export_checked)
    if as_json:
        print_json(made)
    else:
        print_line(f"{made.rows} rows and {made.files} files of {folder} are new here; what both had is there once")


def _read_day(day: str | None) -> date | None:
    try:
        return None if day is None else date.fromisoformat(day)
    except ValueError as error:
        raise InputError(f"'{day}' is no day: give it as 2026-12-24") from error


def _tell(report: UploadReport | BackupReport, *, as_json: bool) -> None:
    if as_json:
        print_json(report)
    verdict = report.verdict
    if not as_json:
        print_line(verdict)
