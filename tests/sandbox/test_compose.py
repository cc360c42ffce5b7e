"""The compose files hold by the tool's own schema; the one for development makes benchmarks on either engine."""

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import yaml

from tests.killing import wait_until

ROOT = Path(__file__).parents[2]
ORDER = json.dumps({"count": 1, "seed": 5, "families": ["drop_chute"], "pictures": False})


def compose(file: str, settings: dict[str, str], *arguments: str) -> str:
    """Run docker-compose on a file of deployments/ and return what it printed."""
    if shutil.which("docker-compose") is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)("install docker-compose, as root")
    command = ["docker-compose", "--project-name", "test", "--file", str(ROOT / "deployments" / file), *arguments]
    ran = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout


@pytest.mark.parametrize("file", ["compose.yaml", "dev.compose.yaml"])
def test_compose_file_is_valid_and_names_settings_that_there_are(file: str) -> None:
    services = yaml.safe_load(compose(file, {}, "config"))["services"]
    readme = (ROOT / "README.md").read_text()
    named = {name for service in services.values() for name in service["environment"] if name.startswith("WORKPIECE_")}
    assert [name for name in sorted(named) if f"`{name}`" not in readme] == []


def test_development_service_has_this_checkout_and_the_workspace_at_the_same_path() -> None:
    service = yaml.safe_load(compose("dev.compose.yaml", {"WORKSPACE": "/some/where"}, "config"))["services"][
        "workpiece"
    ]
    assert {f"{ROOT}:/opt/workpiece:ro", "/some/where:/some/where:rw"} < set(service["volumes"])
    assert service["environment"]["WORKPIECE_WORKSPACE"] == "/some/where"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_development_service_runs_a_batch_and_its_jobs_are_where_it_says(image_engine: str, tmp_path: Path) -> None:
    socket = image_engine.removeprefix("unix://")
    settings = {
        "DOCKER_HOST": image_engine,
        "ENGINE_SOCKET": socket,
        "WORKSPACE": str(tmp_path),
        "DOCKER_BUILDKIT": "0",
    }
    run = partial(compose, "dev.compose.yaml", settings)
    run("up", "--build", "--detach")
    try:
        assert wait_until(lambda: "started!" in run("logs"), 300.0), run("logs")
        served = os.environ | {"PREFECT_API_URL": (tmp_path / "prefect" / "server.url").read_text()}
        command = [sys.executable, "-m", "prefect", "deployment", "run", "pipeline/batch", "--params", ORDER, "--watch"]
        ran = subprocess.run(command, env=served, capture_output=True, text=True, check=False)
        assert "finished successfully" in " ".join(ran.stdout.split()), ran.stdout[-2000:]
    finally:
        run("down", "--timeout", "10")
    jobs = {folder.name.split("-")[1] for folder in tmp_path.glob("*/jobs/*-*")}
    assert jobs >= {"build", "verify_geometry", "judge", "appraise"}
