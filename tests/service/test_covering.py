"""The `coverage` command, as a user sees it."""

import json
import struct
from pathlib import Path

from service.covering import draw_bins
from tests.service.running import refusal, workpiece

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def test_coverage_of_the_sample_fits_the_screen_and_is_drawn(tmp_path: Path) -> None:
    picture = tmp_path / "seen" / "coverage.png"
    done = workpiece(tmp_path, "coverage", "--folder", str(SAMPLE), "--output", str(picture))
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr, max(map(len, lines[:-1])) <= 80) == (0, "", True)
    assert lines[0] == "12 verified scenes; features of 12, 12 rated"
    assert ["feature", "conveyor", "1", "8.3", "%"] in [line.split() for line in lines]
    assert ["feature", "ball_joint", "0", "0.0", "%", "thin"] in [line.split() for line in lines]
    assert any(line.startswith("Numbers of turntable alone (1)") for line in lines)
    assert any("pass_through" in line for line in lines[-20:]) and lines[-1] == f"plots: {picture}"
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG") and struct.unpack(">I", data[16:20])[0] == 1500


def test_coverage_as_json_tells_every_count(tmp_path: Path) -> None:
    done = workpiece(tmp_path, "coverage", "--folder", str(SAMPLE), "--output", str(tmp_path / "c.png"), "--json")
    told = json.loads(done.stdout)
    shapes = {one["value"]: one["scenes"] for one in told["features"] if one["of"] == "payload_shape"}
    assert (told["scenes"], sum(shapes.values()), shapes["rod"]) == (12, 12, 0)
    spreads = {one["name"]: one["bins"] for one in told["groups"][0]["numbers"]}
    assert sum(spreads["payload_width_mm"]) == 12


def test_coverage_of_nothing_draws_nothing(tmp_path: Path) -> None:
    done = workpiece(tmp_path, "coverage")
    assert (done.returncode, list(tmp_path.rglob("*.png"))) == (0, [])
    assert done.stdout.startswith("0 verified scenes; features of 0, 0 rated")
    assert "holds no data sets" in refusal(workpiece(tmp_path, "coverage", "--folder", str(tmp_path)), 2)


def test_bins_are_bars_with_dots_for_empty_ones() -> None:
    assert draw_bins((0, 1, 50, 100)) == "·▁▄█"
    assert not draw_bins(())
