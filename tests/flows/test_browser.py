"""README's path from a clone to a scheduled run, in a browser: form, run page, logs, table, report, cancelling, cron.

Pictures of what was seen go to the folder that BROWSER_PICTURES names.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browsing import Browser, browse
from tests.killing import wait_until

ROOT = Path(__file__).parents[2]
MADE_WITHIN_S = 600.0
CANCELLED_WITHIN_S = 60.0
CRON_WITHIN_S = 240.0
WITHOUT_ICON = re.compile(r"404 .*(favicon\.ico|/ico/\w+\.svg)$")
"""Prefect's pages ask for icons that its server has not."""
BUSY = re.compile(r"sqlalche\.me/e/\d+/e3q8")
"""An operational error of SQLite: seen once, where ten processes waited for two cores; Prefect's server tries again."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class Operator:
    """Somebody at a browser, before the pages of a server that a fresh clone has set up."""

    clone: Path
    url: str
    browser: Browser
    pictures: Path

    def keep(self, name: str) -> None:
        """Keep a picture of the page."""
        self.browser.picture(self.pictures / f"{name}.png")

    def sees(self, state: str, within_s: float) -> bool:
        """Load the page anew until a run on it is in that state; say whether one is."""
        shown = "[...document.querySelectorAll('.state-badge')].map((one) => one.innerText.trim())"
        return wait_until(lambda: bool(self.browser.reload()) and state in self.browser.look(shown), within_s)

    def begin(self, count: int) -> None:
        """Start a batch of so many by the form, and go to its run's page."""
        browser = self.browser
        browser.open(f"{self.url}/deployments")
        browser.click("a", "^batch$")
        browser.click("button", "^Run$")
        browser.click("[role=menuitem], .p-overflow-menu-item", "^Custom run")
        assert browser.shows("How many benchmarks to make.")
        browser.click("input[type=number]")
        browser.type(str(count))
        self.keep("form")
        name = browser.look("document.querySelector('input[type=text]').value")
        browser.click("button", "^Submit$")
        browser.follow(f"^{name}$", "/runs/flow-run/")


@pytest.fixture(scope="module")
def clone(session_folder: Path) -> Path:
    """A fresh clone with what is installed here."""
    folder = session_folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    return folder


@pytest.fixture(scope="module")
def operator(clone: Path, session_folder: Path) -> Iterator[Operator]:
    """`workpiece deploy` in the clone, with a workspace of its own, and a browser."""
    told, environment = clone / "deploy.log", os.environ | {"PYTHONPATH": str(clone)}
    for name in ("WORKPIECE_WORKSPACE", "PREFECT_API_URL", "PREFECT_HOME"):
        environment.pop(name, None)
    pictures = Path(os.environ.get("BROWSER_PICTURES", clone / "pictures"))
    pictures.mkdir(parents=True, exist_ok=True)
    command = [".venv/bin/workpiece", "deploy"]
    with told.open("w") as log:
        deploying = subprocess.Popen(
            command, cwd=clone, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        assert wait_until(lambda: "started!" in told.read_text() or deploying.poll() is not None, 240.0)
        url = re.findall(r"(http://\S+)/deployments", told.read_text())[0]
        with browse(session_folder / "profile") as browser:
            yield Operator(clone, url, browser, pictures)
    finally:
        os.killpg(deploying.pid, signal.SIGTERM)
        deploying.wait(60)


def test_batch_of_the_form_is_watched_to_its_report(operator: Operator) -> None:
    browser = operator.browser
    operator.begin(3)
    assert browser.shows("verify_geometry: 4 of 4 checks passed"), browser.text
    operator.keep("running")
    run = browser.look("location.href")
    browser.click(".p-tab", "^Artifacts$")
    browser.follow("^TABLE", "/artifacts/artifact/")
    assert wait_until(lambda: "certified" in browser.reload(), MADE_WITHIN_S)
    operator.keep("table")
    browser.open(run)
    assert browser.shows("[1/3]")
    assert operator.sees("Completed", MADE_WITHIN_S), browser.text
    assert browser.shows("[3/3]")
    operator.keep("completed")
    browser.click(".p-tab", "^Artifacts$")
    browser.follow("^MARKDOWN", "/artifacts/artifact/")
    assert browser.shows("3 of 3 certified") and browser.shows(str(operator.clone / "workspace" / "datasets"))
    assert browser.look("[...document.images].filter((one) => one.naturalWidth > 300).length") == 3
    operator.keep("report")


def test_run_that_is_cancelled_on_its_page_ends_there(operator: Operator) -> None:
    browser = operator.browser
    operator.begin(12)
    assert browser.shows("verify_simulation: 9 of 9 checks passed"), browser.text
    browser.click("button", "^Cancel$")
    browser.click("button", "^Confirm$")
    assert operator.sees("Cancelled", CANCELLED_WITHIN_S), browser.text
    browser.click(".p-tab", "^Task Runs$")
    assert browser.shows("solve ") and browser.shows(" Cancelled)")
    operator.keep("cancelled")


def test_automations_say_what_they_are_for(operator: Operator) -> None:
    operator.browser.open(f"{operator.url}/automations")
    for name in ("run crashed", "run failed", "run is late"):
        assert operator.browser.shows(f"workpiece: {name}")
    operator.keep("automations")


def test_schedule_of_a_minute_fires(operator: Operator) -> None:
    browser, served = operator.browser, os.environ | {"PREFECT_API_URL": f"{operator.url}/api"}
    schedule = ["deployment", "schedule", "create", "reconcile/reconcile", "--cron", "* * * * *"]
    subprocess.run([sys.executable, "-m", "prefect", *schedule], env=served, check=True, capture_output=True)
    browser.open(f"{operator.url}/deployments")
    browser.follow("^reconcile$", "/deployments/deployment/")
    assert operator.sees("Completed", CRON_WITHIN_S), browser.text
    operator.keep("schedule")


def test_neither_logs_nor_pages_show_a_fault(operator: Operator) -> None:
    logs = [operator.clone / "deploy.log", operator.clone / "workspace" / "prefect" / "server.log"]
    told = [log.read_text() for log in logs]
    assert [text for text in told if "Traceback" in text and not BUSY.search(text)] == []
    assert [text for text in told if f'File "{operator.clone}' in text] == []
    assert [fault for fault in operator.browser.errors if not WITHOUT_ICON.search(fault)] == []
