"""Settings that every test shares: a workspace of its own, a fixed key, no talk to outside hosts."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

KEY = "00112233445566778899aabbccddeeff"
SETTINGS = {
    "WORKPIECE_JUDGE_KEY": KEY,
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "DO_NOT_TRACK": "1",
    "MUJOCO_GL": "egl",
    "WORKPIECE_EXPORT_CHECKED": "false",  # seconds each; tests/records/test_quality.py checks them
}
os.environ |= SETTINGS


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    """A folder that lasts as long as the session."""
    with tempfile.TemporaryDirectory(prefix="workpiece-tests-") as folder:
        yield Path(folder)
