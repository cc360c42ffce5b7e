"""What leaves this machine and comes back: files that are sent to the bucket, backups of the store."""

from datetime import UTC, date, datetime

from records import Store
from records.backups import (
    Backup,
    choose_kept,
    fetch_backup,
    is_broken,
    list_days,
    make_backup,
    prune_backups,
    require_empty,
    restore_backup,
)
from records.manifest import read_manifest as read_datasets
from records.uploads import UploadReport, is_sent, send_waiting
from schemas.errors import InfrastructureError, InputError
from schemas.record import Record
from schemas.settings import WorkspaceSettings


class BackupReport(Record):
    """A backup that was made, what became of sending it, and the days whose backups the policy has removed.

    `was_broken` says that one of that day was there before whose archive was missing or damaged.
    """

    backup: Backup
    upload: UploadReport | None
    pruned: tuple[date, ...]
    was_broken: bool = False

    @property
    def verdict(self) -> str:
        """Return it in a line; raises InfrastructureError where it is not whole, or not sent."""
        made = self.backup
        anew = "its archive was missing or damaged, and is made anew: " if self.was_broken else ""
        told = f"{made.day}: {anew}{made.row_count} rows and {made.files} files in {made.size_bytes} bytes"
        if made.damaged:
            raise InfrastructureError(
                f"{told}, without {len(made.damaged)} that are damaged: give `workpiece mend`; the next holds them"
            )
        if self.upload is not None:
            told += f"; {self.upload.verdict}"
        return told + f"; {len(self.pruned)} old ones removed"


def upload(store: Store, settings: WorkspaceSettings) -> UploadReport:
    """Send every content and backup that waits."""
    return send_waiting(store, settings.backups_folder)


def back_up(store: Store, settings: WorkspaceSettings, day: date | None = None) -> BackupReport:
    """Back the store up, once a day, send that, and remove old backups once the new one is where it belongs."""
    chosen, folder = day or datetime.now(UTC).date(), settings.backups_folder
    was_broken = is_broken(folder, chosen)
    made = make_backup(store, folder, chosen)
    report = upload(store, settings) if settings.bucket_url else None
    pruned: tuple[date, ...] = ()
    if report is None or is_sent(store, str(chosen)):
        pruned = prune_backups(store, folder, choose_kept(list_days(store), settings))
    return BackupReport(backup=made, upload=report, pruned=pruned, was_broken=was_broken)


def restore(store: Store, settings: WorkspaceSettings, source: str | None, day: date | None) -> Backup:
    """Put a backup, the newest where no day is named, into an empty store: of a folder, a bucket, or the settings.

    Before anything is fetched raises InputError for a store that is not empty, and for data sets that are there: the
    next export would take their rows for this store's.
    """
    with store.read() as connection:
        require_empty(connection)
    if read_datasets(settings.datasets_folder) is not None:
        raise InputError(f"{settings.datasets_folder} holds data sets of before: move it away, then restore")
    place = source or settings.bucket_url or str(settings.backups_folder)
    return restore_backup(store, *fetch_backup(place.removeprefix("file://"), settings.backups_folder, day))
