"""What waits to be sent to the bucket, every hour."""

from prefect import flow

from flows.reconcile import claim_run
from flows.runner import complete
from records.uploads import UploadReport
from schemas.settings import Settings, read_settings
from steps.context import open_workspace
from steps.leaving import upload as send


@flow(name="upload", persist_result=False)
def upload() -> UploadReport:
    """Send files and backups that wait to the bucket, where the settings name one; what fails waits for the next."""
    claim_run()
    return complete(lambda report: report.verdict, send_all, read_settings())


def send_all(settings: Settings) -> UploadReport:
    """Do what the flow `upload` does, without being one; a folder has nothing to send."""
    if settings.workspace.bucket_url is None:
        return UploadReport(sent=0, waiting=0)
    with open_workspace(settings) as (store, _):
        return send(store, settings.workspace)
