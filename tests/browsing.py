"""Drives a headless Chromium as a person would: looks for what a page shows, clicks on it, types, takes pictures."""

import itertools
import json
import shutil
import subprocess
import time
import urllib.request
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.killing import wait_until

OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic", "--remote-debugging-port=0"),
    "--window-size=1500,1200",
)
SHOWN_WITHIN_S = 180.0
FIND = """
(function (selector, text) {
  const one = [...document.querySelectorAll(selector)].find(
    (one) => one.getClientRects().length && one.innerText.trim().match(new RegExp(text)));
  if (!one) return null;
  one.scrollIntoView({block: "center"});
  const box = one.getBoundingClientRect(), place = [box.x + box.width / 2, box.y + box.height / 2];
  return one.contains(document.elementFromPoint(...place)) ? place : null;
})
"""


class Browser:
    """One page of a headless browser; `errors` are what its network was refused."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._numbers = connection, itertools.count(1)
        self.errors: list[str] = []
        for domain in ("Page", "Log"):
            self.command(f"{domain}.enable")

    def command(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command of the DevTools protocol and return its result."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told: dict[str, Any] = json.loads(self._connection.recv(timeout=60.0))
            if told.get("id") != number:
                self._note(told)
            elif "active page" in told.get("error", {}).get("message", ""):
                time.sleep(0.5)  # it is just being loaded
                return self.command(method, **parameters)
            else:
                assert "error" not in told, told
                return dict(told["result"])

    def open(self, url: str) -> None:
        """Go to a page."""
        self.command("Page.navigate", url=url)

    def reload(self) -> str:
        """Load the page anew and return its text, once it is there."""
        self.command("Page.reload")
        time.sleep(4.0)
        return self.text

    def look(self, script: str) -> Any:
        """Return the value of an expression on the page."""
        told = self.command("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def shows(self, text: str) -> bool:
        """Wait until the page shows a text; say whether it does."""
        return wait_until(lambda: text in self.text, SHOWN_WITHIN_S)

    @property
    def text(self) -> str:
        """What the page shows, as text."""
        return str(self.look("document.body?.innerText ?? ''"))

    def click(self, selector: str, text: str = "") -> None:
        """Click on the first element of a selector that shows a text, once it is there and moves no more."""
        place: list[float] = []

        def stands() -> bool:
            before = place.copy()
            time.sleep(0.3)
            place[:] = self.look(f"{FIND}({json.dumps(selector)}, {json.dumps(text)})") or []
            return bool(place) and place == before

        assert wait_until(stands, SHOWN_WITHIN_S), f"no {selector} with {text!r}: {self.text[:2000]}"
        for kind in ("mousePressed", "mouseReleased"):
            self.command("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def follow(self, text: str, to: str) -> None:
        """Click on the first link that shows a text until the page's address holds `to`: pages that grow move links."""
        for _ in range(5):
            self.click("a", text)
            if wait_until(lambda: to in self.look("location.href"), 5.0):
                return
        raise AssertionError(f"{text!r} does not lead to {to}: {self.look('location.href')}")

    def type(self, text: str) -> None:
        """Type into what has the focus, in place of all that is there."""
        self.look("document.activeElement.select()")
        self.command("Input.insertText", text=text)

    def picture(self, file: Path) -> None:
        """Keep what the page looks like."""
        file.write_bytes(b64decode(self.command("Page.captureScreenshot", format="png")["data"]))

    def _note(self, told: dict[str, Any]) -> None:
        entry = told.get("params", {}).get("entry", {})
        if entry.get("level") == "error":
            self.errors.append(f"{entry['text']} {entry.get('url', '')}")


@contextmanager
def browse(profile: Path) -> Iterator[Browser]:
    """Open a browser with an empty profile in that folder."""
    chromium = shutil.which("chromium")
    assert chromium is not None, "install chromium, as root"
    command = [chromium, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told = profile / "DevToolsActivePort"
        assert wait_until(lambda: told.exists() and "\n" in told.read_text(), 60.0)
        with urllib.request.urlopen(f"http://127.0.0.1:{told.read_text().split()[0]}/json/list") as answer:
            page = next(one for one in json.load(answer) if one["type"] == "page")
        with connect(page["webSocketDebuggerUrl"], max_size=None, compression=None) as connection:
            yield Browser(connection)
    finally:
        process.terminate()
        process.wait(30)
