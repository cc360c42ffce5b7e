"""A backup of the store every day, sent to the bucket where the settings name one; old ones go by the policy."""

from prefect import flow

from flows.reconcile import claim_run
from flows.runner import complete
from schemas.settings import Settings, read_settings
from steps.context import open_workspace
from steps.leaving import BackupReport, back_up


@flow(name="backup", persist_result=False)
def backup() -> BackupReport:
    """Back the store up, once a day however often it runs, send it, and remove what the policy no longer keeps."""
    claim_run()
    return complete(lambda report: report.verdict, make_daily, read_settings())


def make_daily(settings: Settings) -> BackupReport:
    """Do what the flow `backup` does, without being one."""
    with open_workspace(settings) as (store, _):
        return back_up(store, settings.workspace)
