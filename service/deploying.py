"""The `deploy` and `ui` commands: a Prefect server with its pages, set up for this repository, and a worker of it."""

import os
import threading
from contextlib import ExitStack

from flows.reaching import find_prefect
from flows.server import serve_prefect
from schemas.settings import read_settings
from service.printing import print_line
from service.progress import show_bar
from steps.context import open_workspace


def deploy_all(*, with_worker: bool) -> None:
    """Set everything up on the server that runs use; with a worker, stay until this process is interrupted."""
    settings = read_settings()
    find_prefect()
    with open_workspace(settings):
        pass  # refused here, not by the first run of a night
    with ExitStack() as stack:
        with show_bar():
            url = stack.enter_context(serve_prefect(settings.workspace.prefect_folder))
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
        from flows.deploying import POOL, count_workers, deploy, work  # Prefect reads its settings when imported

        deploy(settings)
        print_line(f"deployments, limit and automations are set up: {url.removesuffix('/api')}/deployments")
        if with_worker:
            print_line(f"a worker of the pool '{POOL}' runs them until Ctrl-C, with the workspace and settings of here")
            work()
        elif not count_workers():
            print_line(f"the pool '{POOL}' has no worker, so nothing runs yet: `workpiece deploy` starts one")


def keep_server() -> None:
    """Keep the server that runs of this workspace use, with its pages, until this process is interrupted."""
    with ExitStack() as stack:
        with show_bar():
            url = stack.enter_context(serve_prefect(read_settings().workspace.prefect_folder))
        print_line(f"Prefect's pages are at {url.removesuffix('/api')} until Ctrl-C")
        threading.Event().wait()
