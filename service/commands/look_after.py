"""What keeps a workspace and its servers in order."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.commands.options import JsonFlag
from service.printing import show_progress


def upload(as_json: JsonFlag = False) -> None:
    """Send files and backups that wait to the bucket of WORKPIECE_FILES_URL; what fails waits for the next time."""
    from service.leaving import upload_files

    upload_files(as_json=as_json)


def backup(as_json: JsonFlag = False) -> None:
    """Back the store up with its files, once a day, send that to the bucket, and remove old ones."""
    from service.leaving import make_backup

    make_backup(as_json=as_json)


def restore(
    day: Annotated[str | None, typer.Argument(help="The backup's date; without: the newest.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Folder of backups or s3://BUCKET/PREFIX; without: as the settings say.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Put a backup into an empty workspace, or an empty database of WORKPIECE_STORE_URL."""
    from service.leaving import restore_store

    restore_store(day, source, as_json=as_json)


def merge(
    other: Annotated[Path, typer.Argument(help="Folder of the other workspace, its store in SQLite.")],
    as_json: JsonFlag = False,
) -> None:
    """Put what another workspace's store holds into this one's; safe to repeat, nothing there is changed."""
    from service.leaving import merge_workspace

    merge_workspace(other, as_json=as_json)


def deploy(
    worker: Annotated[bool, typer.Option(help="Start a worker too, and stay until Ctrl-C.")] = True,
) -> None:
    """Set up Prefect: server, pool, limit, deployments with their schedules, automations, a worker. Safe to repeat."""
    from service.deploying import deploy_all

    show_progress()
    deploy_all(with_worker=worker)


def ui() -> None:
    """Keep Prefect's server of this workspace with its pages, which runs then use, until Ctrl-C."""
    from service.deploying import keep_server

    keep_server()


def reconcile() -> None:
    """Remove sandboxes that killed runs have left behind, and end their flow runs in Prefect; say how many."""
    from service.runs import remove_orphans

    typer.echo(remove_orphans())


def doctor(as_json: JsonFlag = False) -> None:
    """Say what is missing on this machine or damaged in the workspace, and the command that mends it."""
    from service.doctor import examine

    sys.exit(examine(as_json=as_json))


def mend(as_json: JsonFlag = False) -> None:
    """Make anew what is damaged in the workspace: contents from their programs, data sets from the store."""
    from service.doctor import mend

    sys.exit(mend(as_json=as_json))
