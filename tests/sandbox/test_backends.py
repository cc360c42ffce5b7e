"""Backends are there or say what to install; they lead nowhere as seen from outside; images hold what they should."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import docker
import pytest
from packaging.requirements import Requirement

from sandbox import open_backend, reconcile, try_backends
from sandbox.bubblewrap import bubblewrap_command
from sandbox.cgroups import SessionGroup
from sandbox.container import EPISODE_LABEL, HOST_LABEL, RUN_LABEL, SOURCES_LABEL, ContainerBackend
from sandbox.image import IMAGE
from sandbox.limits import try_backend
from sandbox.namespace import NamespaceEnclosure
from sandbox.protocol import Backend
from sandbox.session import WorkerSession
from sandbox.view import IN_IMAGE, describe_view, hash_sources
from schemas import jobs
from schemas.errors import InfrastructureError
from schemas.sandbox import JobEnding, Limits, SessionKind
from schemas.settings import SandboxSettings
from tests.sandbox.conftest import LIGHT, OpenBackend

FindProcesses = Callable[[str], list[int]]
ROOT = Path(__file__).parents[2]
WORKBENCH_NEEDS = ("build123d", "cadquery", "bd-warehouse", "lxml", "manifold3d", "mujoco", "pydantic-settings")
CONTAINER = SandboxSettings(backend="container")
OLD = "localhost/workpiece-old"
NAMESPACES = ("pid", "net", "mnt", "ipc", "uts")
FOREVER = b"import time; time.sleep(60)"


@pytest.fixture
def engine(open_backend: OpenBackend) -> Iterator[str]:
    """The engine of a container backend, as the settings find it: by DOCKER_HOST."""
    backend = open_backend(LIGHT)
    if not isinstance(backend, ContainerBackend):
        pytest.skip("namespaces need no engine")
    os.environ["DOCKER_HOST"] = url = str(backend.engine_url)
    yield url
    del os.environ["DOCKER_HOST"]


def test_absent_engine_and_absent_image_end_at_once_with_what_to_do(engine: str) -> None:
    with pytest.raises(InfrastructureError, match="make image"):
        open_backend(CONTAINER.model_copy(update={"image": "localhost/no-such"}))
    os.environ["DOCKER_HOST"] = "tcp://127.0.0.1:1"  # docker leaves a Unix socket to nowhere open
    with pytest.raises(InfrastructureError, match="start Docker or Podman and set DOCKER_HOST"):
        open_backend(CONTAINER)
    tried = try_backend("container", ContainerBackend(), promised=False)
    assert not tried.holds and "DOCKER_HOST" in tried.mechanism


def test_image_of_other_sources_is_refused(engine: str) -> None:
    with closing(docker.DockerClient(engine)) as client:
        changes = [f"LABEL {SOURCES_LABEL}={64 * '0'}"]
        client.api.import_image_from_data(bytes(10240), repository=OLD, tag="latest", changes=changes)
        assert all(client.images.get(OLD).tag(OLD, kind.value) for kind in SessionKind)
    with pytest.raises(InfrastructureError, match="other code, data or libraries than are here: run `make image`"):
        open_backend(CONTAINER.model_copy(update={"image": OLD}))


@pytest.mark.parametrize("name", IN_IMAGE)
def test_hash_of_an_image_covers_all_that_is_in_it(name: str, tmp_path: Path) -> None:
    for part in IN_IMAGE:
        (tmp_path / part).parent.mkdir(exist_ok=True)
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile)(ROOT / part, tmp_path / part)
    before = hash_sources(tmp_path)
    files = (path for path in (tmp_path / name, *(tmp_path / name).rglob("*")) if path.is_file())
    changed = next(path for path in files if path.suffix != ".pyc")
    changed.write_bytes(changed.read_bytes() + b" ")
    assert hash_sources(tmp_path) != before == hash_sources()


def test_backends_are_tried_by_a_real_job(engine: str) -> None:
    tried = try_backends(CONTAINER)
    assert [(status.name, status.holds) for status in tried] == [
        ("namespace backend", True),
        ("container backend", True),
    ]
    assert all("a job in" in status.mechanism for status in tried)


def test_reconcile_removes_what_nobody_owns_and_spares_the_living(engine: str) -> None:
    with closing(docker.DockerClient(engine)) as client, closing(ContainerBackend(program=LIGHT)) as backend:
        session = backend.open(SessionKind.BUILDER, "reconcile/me")
        (living,) = client.containers.list(filters={"label": f"{RUN_LABEL}=reconcile"})
        assert living.labels[EPISODE_LABEL] == "me"
        dead = {HOST_LABEL: f"{socket.gethostname()}:{2**22}-1"}
        orphan = client.containers.create(living.image.id, ["/bin/true"], labels=dead)
        assert reconcile(CONTAINER) == 1
        assert [container.id for container in client.containers.list(all=True)] == [living.id]
        assert orphan.id != living.id and session.call(b"result = b'alive'", {}, Limits()).payload == b"alive"
        session.close()


def test_container_is_given_no_way_out(engine: str) -> None:
    with closing(docker.DockerClient(engine)) as client, closing(ContainerBackend(program=LIGHT)) as backend:
        session = backend.open(SessionKind.BUILDER, "inspected")
        (container,) = client.containers.list(filters={"label": f"{RUN_LABEL}=inspected"})
        seen, host = container.attrs, container.attrs["HostConfig"]
        session.close()
    assert not host["Privileged"] and not host["CapAdd"] and not host["Devices"]
    assert host["CapDrop"] and host["ReadonlyRootfs"] and host["NetworkMode"] == "none"
    assert host["PidMode"] in ("", "private") and host["IpcMode"] in ("private", "shareable")
    assert host["PidsLimit"] > 0 and host["Memory"] > 0
    assert any(option.startswith("no-new-privileges") for option in host["SecurityOpt"])
    assert seen["Config"]["User"] == "10001:10001"
    assert all(bind.split(":")[2].startswith("ro") for bind in host["Binds"])
    assert not any(mount["RW"] for mount in seen["Mounts"] if mount["Type"] == "bind")
    assert not any("sock" in mount["Source"] or mount["Source"] == "/" for mount in seen["Mounts"])


def test_worker_shares_nothing_with_the_host(light_backend: Backend, find_processes: FindProcesses) -> None:
    label = f"outside-{os.getpid()}"
    session = light_backend.open(SessionKind.BUILDER, label).warm()
    worker = Path(f"/proc/{max(find_processes(label))}")  # the innermost was started last
    status = dict(line.split(":\t", 1) for line in (worker / "status").read_text().splitlines())
    shared = [
        name for name in NAMESPACES if (worker / "ns" / name).readlink() == Path(f"/proc/self/ns/{name}").readlink()
    ]
    mounts = [line.split() for line in (worker / "mountinfo").read_text().splitlines()]
    groups = {
        line.split(":")[2] for line in (worker / "cgroup").read_text().splitlines() if ":pids:" in line or "0::" in line
    }
    session.close()
    assert shared == []
    assert status["NoNewPrivs"] == "1" and status["Uid"].split()[0] in ("10001", str(os.getuid()))
    assert not [
        mount for mount in mounts if "cgroup" in " ".join(mount[mount.index("-") :]) and "rw" in mount[5].split(",")
    ]
    assert not [mount[4] for mount in mounts if mount[4].startswith(("/opt", "/usr")) and "rw" in mount[5].split(",")]
    assert groups != {"/"}


def test_worker_with_other_schemas_is_refused(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    with (tmp_path / "schemas" / "jobs.py").open("a") as file:
        file.write("# changed\n")
    view = describe_view(SessionKind.BUILDER, LIGHT, "schemas")
    view = replace(view, binds=view.binds | {"/opt/workpiece/schemas": str(tmp_path / "schemas")})
    enclosure = NamespaceEnclosure(bubblewrap_command(view), SessionGroup.make({}, 10**6 + 1))
    with pytest.raises(InfrastructureError, match="different schemas"):
        WorkerSession(enclosure, SessionKind.BUILDER).warm()


def test_image_has_the_libraries_that_the_workbench_needs() -> None:
    wanted: set[str] = set()
    waiting = list(WORKBENCH_NEEDS)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:  # dropped by an override in pyproject.toml
            continue
        if name not in wanted:
            wanted.add(name)
            needs = (Requirement(text) for text in requires)
            waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    assert set((ROOT / "deployments" / "sandbox-libraries.txt").read_text().split()) == wanted


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_full_image_serves_builders_without_a_judge_and_judges(image_engine: str) -> None:
    look = (
        "import os; print(sorted(os.listdir('/opt/workpiece/workbench')), os.path.exists('/opt/site-packages/mujoco'))"
    )
    for kind, job, files in (
        (SessionKind.BUILDER, jobs.BuildProgram(program=look, seed=1, expects="assembly"), {}),
        (SessionKind.JUDGE, jobs.VerifyMjcf(), {"model.xml": b"<mujoco/>"}),
    ):
        with closing(ContainerBackend(image=IMAGE, engine_url=image_engine)) as backend:
            backend.require()
            session = backend.open(kind, "image")
            outcome = session.call(job.canonical_json(), files, Limits())
            session.close()
        assert outcome.ending is JobEnding.COMPLETED, outcome
        assert "judge" not in outcome.stdout and "True" not in outcome.stdout


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_whole_run_takes_place_in_the_full_image(image_engine: str, tmp_path: Path) -> None:
    """Generation, verification, solving, judging and pictures of one benchmark, all in containers."""
    settings = {"DOCKER_HOST": image_engine, "WORKPIECE_WORKSPACE": str(tmp_path / "workspace")}
    sandboxes = {"WORKPIECE_SANDBOX_BACKEND": "container", "WORKPIECE_SANDBOX_IMAGE": IMAGE}
    command = [sys.executable, "-m", "service", "run", "--count", "1", "--seed", "7", "--json"]
    ran = subprocess.run(
        command, env=os.environ | settings | sandboxes, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert [row["outcome"] for row in json.loads(ran.stdout)["rows"]] == ["certified"]
    with closing(docker.DockerClient(image_engine)) as client:
        assert client.containers.list(all=True, filters={"label": HOST_LABEL}) == []
