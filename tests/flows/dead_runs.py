"""Makes flow runs with tasks whose process has ended, and a living one's: dead_runs.py HOME COUNT OWNER; for tests."""

import os
import socket
import sys
from pathlib import Path

from flows.server import serve_prefect


def main() -> None:
    """Make them in three states by turns, every tenth with tasks; one that is over, with a task; one unclaimed."""
    with serve_prefect(Path(sys.argv[1])):
        from prefect import flow, task
        from prefect.client.orchestration import get_client
        from prefect.states import Cancelling, Failed, Pending, Running

        from flows.reconcile import OWNER_LABEL, TAG

        pipeline, stage = flow(lambda: None, name="pipeline"), task(lambda: None, name="stage")
        gone = f"{socket.gethostname()}:{os.getpid()}-1"  # its number is in use again
        with get_client(sync_client=True) as client:
            for number in range(int(sys.argv[2])):
                state = (Running, Cancelling, Pending)[number % 3]
                run = client.create_flow_run(pipeline, state=state())
                client.update_flow_run_labels(run.id, {OWNER_LABEL: gone})
                for key in range(3 if number % 10 == 0 else 0):
                    client.create_task_run(stage, run.id, str(key), state=(Running, Pending)[key % 2]())
            living = client.create_flow_run(pipeline, state=Running())
            client.update_flow_run_labels(living.id, {OWNER_LABEL: sys.argv[3]})
            client.create_task_run(stage, living.id, "0", state=Running())
            over = client.create_flow_run(pipeline, name="over", state=Failed(), tags=[TAG])
            client.create_task_run(stage, over.id, "0", state=Running())
            deployment = client.create_deployment(client.create_flow(pipeline), "batch", tags=[TAG])
            client.create_flow_run_from_deployment(deployment, name="unclaimed", state=Pending(), tags=[TAG])
            other = client.create_deployment(client.create_flow(flow(lambda: None, name="export")), "other")
            client.create_flow_run_from_deployment(other, name="theirs", state=Pending())


if __name__ == "__main__":
    main()
