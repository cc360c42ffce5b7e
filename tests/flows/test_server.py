"""Runs that begin at once each get a server of their own, whichever takes the usual port."""

import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import json, sys, urllib.request
from pathlib import Path
from flows.server import serve_prefect
with serve_prefect(Path(sys.argv[1])) as url, urllib.request.urlopen(f"{url}/admin/settings") as answer:
    print(json.load(answer)["home"])
    sys.stdin.read()
"""


@pytest.mark.slow
def test_runs_that_begin_at_once_have_servers_of_their_own(tmp_path: Path) -> None:
    homes = [str(tmp_path / name) for name in "ab"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    asking = [subprocess.Popen([sys.executable, "-c", ASK, home], **pipes) for home in homes]
    told = [process.stdout.readline().strip() for process in asking]
    for process in asking:
        process.communicate()
    assert told == homes
