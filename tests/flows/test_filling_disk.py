"""A run whose disk fills up under it: it says so in its last words, and the same command goes on once there is room."""

import re
from pathlib import Path

import pytest

from tests.flows.test_pipeline import command, finish
from tests.killing import wait_until
from tests.mounts import fill, small_disk

ARGUMENTS = ("run", "--count", "2", "--seed", "8", "--family", "drop_chute")


@pytest.mark.slow
@pytest.mark.parametrize("when", ["prefect/server.log", "prefect/server.url", "*/jobs/*/manifest.json", "pictures/*"])
def test_run_on_a_disk_that_fills_up_says_so_and_goes_on(when: str, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24) as disk:
        process = command(disk / "workspace", *ARGUMENTS)
        assert wait_until(lambda: bool(list((disk / "workspace").glob(when))), 300.0)
        filling = fill(disk)
        output, errors = process.communicate(timeout=400)
        assert process.returncode == 3, errors[-2000:]
        assert re.search(f"^workpiece: disk full: {disk / 'workspace'} ", errors, re.MULTILINE)
        assert "Traceback" not in output + errors
        filling.unlink()
        assert "2 of 2 certified" in finish(command(disk / "workspace", *ARGUMENTS))
