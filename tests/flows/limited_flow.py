"""A flow of three tasks under the policy of sandboxed tasks; writes when each began and ended. Run by its test."""

import asyncio
import json
import sys
import time

from prefect import flow, task

from tasks.prefect_tasks import SANDBOXED


@task(**SANDBOXED)
async def work() -> tuple[float, float]:
    """Take half a second."""
    began_s = time.monotonic()
    await asyncio.sleep(0.5)
    return began_s, time.monotonic()


@flow(persist_result=False)
async def limited() -> list[tuple[float, float]]:
    """Do three at once, as far as the server lets them."""
    return list(await asyncio.gather(work(), work(), work()))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(limited())))
