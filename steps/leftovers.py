"""Removes what ended processes of this machine have left behind, and folders of old jobs."""

from sandbox import prune_jobs
from sandbox import reconcile as remove_sandboxes
from schemas.settings import Settings


def remove_leftovers(settings: Settings) -> int:
    """Remove sandboxes whose owners are no more; return how many. Folders of old jobs go too."""
    removed = remove_sandboxes(settings.sandbox)
    prune_jobs(settings.workspace.workspace, settings.sandbox)
    return removed
