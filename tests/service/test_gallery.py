"""The `gallery` command: what its page says and shows, from file://, and whose solutions it keeps to itself."""

import re
import shutil
from pathlib import Path

import pytest

from records import open_store
from schemas.benchmark import Benchmark, ItemKey
from schemas.settings import read_settings
from service.gallery_page import Shown, write_page
from steps.context import open_context
from steps.generating import make_item
from tests.browsing import browse
from tests.killing import wait_until
from tests.records import samples
from tests.service.running import refusal, workpiece

DOCS = Path(__file__).parents[2] / "docs"
HOSTILE = '<script>alert(1)</script> & "so on"'
MOST_BYTES = 300_000


def shown(seed: int, family: str = "push", statement: str = "Move it.\n\nThe box is\n- red.", **more: str) -> Shown:
    """A certified benchmark with its pictures."""
    item = samples.settled(samples.benchmark(seed, family=family))
    return Shown(item.model_copy(update={"statement": statement}), {"scene": "a.png", "nothing": "a.gif"} | more)


def test_page_tells_problems_by_family_and_what_doing_nothing_does() -> None:
    page = write_page([shown(1, "seesaw"), shown(2), shown(3, solution="b.gif")])
    assert "<h1>3 benchmarks</h1>" in page and page.index('id="push"') < page.index('id="seesaw"')
    assert '<a href="#push">push (2)</a>' in page and page.count("<h3>Move it.</h3>") == 3
    assert page.count("<b>Doing nothing:</b> missed (GOAL_MISSED)") == 3 and "<pre>The box is\n- red.</pre>" in page
    assert "<dt>cost at most</dt><dd>12 USD</dd>" in page and "<dt>difficulty</dt><dd>2 of 5</dd>" in page
    assert re.findall(r'src="([^"]+)"', page).count("b.gif") == page.count("The expected solution</fig") == 1


def test_page_asks_nobody_for_anything_and_runs_nothing() -> None:
    page = write_page([shown(1, statement=HOSTILE)])
    assert not re.search(r"<script|https?:|//\w", page) and "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in page
    assert "default-src 'none'" in page


def test_gallery_of_nothing_says_what_to_do(tmp_path: Path) -> None:
    assert "make some by `workpiece run`" in refusal(workpiece(tmp_path, "gallery"), 2)
    assert "unknown family 'seasaw': choose from" in refusal(workpiece(tmp_path, "gallery", "--family", "seasaw"), 2)
    assert "not both" in refusal(workpiece(tmp_path, "gallery", "abc", "--family", "seesaw"), 2)
    assert not (tmp_path / "gallery").exists()
    with open_store(f"sqlite:///{tmp_path / 'workpiece.sqlite'}", tmp_path / "files") as store:
        store.record_benchmark(samples.refused(3), {})
    bad = samples.refused(3).key.item_id
    assert "is no verified scene: there is nothing to show" in refusal(workpiece(tmp_path, "gallery", bad), 2)


def make_verified(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Benchmark:
    """Make a verified benchmark in a workspace."""
    monkeypatch.setenv("WORKPIECE_WORKSPACE", str(workspace))
    with open_context(read_settings(), "test") as context:
        context.store.record_run("0" * 64, "{}")
        return make_item(context, "0" * 64, ItemKey(family="drop_chute", seed=7, index=3))


def test_gallery_draws_what_is_missing_and_keeps_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    item, folder = make_verified(tmp_path, monkeypatch), tmp_path / "seen"
    given = ("gallery", item.key.item_id[:12], "--folder", str(folder), "--solutions")
    done = workpiece(tmp_path, *given)
    assert (done.returncode, done.stdout.strip()) == (0, str(folder / "index.html"))
    page = (folder / "index.html").read_text()
    pictures = {file: (folder / file).read_bytes() for file in re.findall(r'src="([^"]+)"', page)}
    assert {data[:6] for data in pictures.values()} == {b"\x89PNG\r\n", b"GIF89a"}
    assert sum(map(len, pictures.values())) < MOST_BYTES and item.key.item_id in page
    for file in pictures:
        (folder / file).write_bytes(b"kept")
    assert workpiece(tmp_path, *given).returncode == 0
    assert {(folder / file).read_bytes() for file in pictures} == {b"kept"}


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_gallery_is_shown_by_a_browser_without_complaint(tmp_path: Path, width: int) -> None:
    for file, source in {"a.png": "families.png", "a.gif": "motion.gif", "b.gif": "motion.gif"}.items():
        shutil.copy(DOCS / source, tmp_path / file)
    page = tmp_path / "index.html"
    page.write_text(write_page([shown(1), shown(2, "seesaw", HOSTILE, solution="b.gif")]))
    with browse(tmp_path / "profile") as browser:
        browser.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=3000, deviceScaleFactor=1, mobile=False
        )
        browser.open(page.as_uri())
        assert browser.shows("2 benchmarks") and HOSTILE in browser.text
        loaded = "[...document.images].filter((one) => one.naturalWidth > 0).length"
        assert wait_until(lambda: browser.look(loaded) == 5, 30.0)
        assert browser.look("document.documentElement.scrollWidth") <= width
        browser.click("summary", "The whole statement")
        assert browser.shows("- red.") and browser.errors == []
