"""Removes what jobs leave behind in this machine's sandboxes and this workspace, once nobody owns it any more."""

from sandbox import prune_jobs, reconcile
from schemas.run import Reconciled
from schemas.settings import Settings


def remove_leftovers(settings: Settings) -> Reconciled:
    """Remove sandboxes of ended processes and the folders of old jobs."""
    jobs = prune_jobs(settings.workspace.workspace, settings.sandbox)
    return Reconciled(sandboxes=reconcile(settings.sandbox), jobs=jobs)
