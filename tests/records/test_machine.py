"""Nothing of the machine leaves with the data sets: no folder of it, and no host where the machinery speaks."""

import json
from pathlib import Path
from socket import gethostname

import pytest

import records
from records import Store, export
from records.machine import Machine
from schemas.reasons import BenchmarkState, Outcome, Reason, ReasonCode
from tests.records import samples
from tests.records.test_parquet import load

PROJECT = Path(records.__file__).parent.parent


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_folders_and_hosts_of_the_machine_stay_here(store: Store, tmp_path: Path) -> None:
    said = f'File "{PROJECT}/a.py", {tmp_path}/files, {Path.home()}/x, http://10.0.0.7:80/v1 at {gethostname()}'
    item = samples.benchmark(1)
    store.record_benchmark(item, samples.scene_files(1))
    fault = Reason(code=ReasonCode.INFRASTRUCTURE, message=said)
    episode = samples.episode(item, passed=False).model_copy(
        update={"reasons": (fault,), "outcome": Outcome.INFRASTRUCTURE}
    )
    store.record_solving(
        samples.settled(item, BenchmarkState.OPEN), episode, samples.design_files(1), None, [samples.NOTES]
    )
    export(store, tmp_path / "d")
    kept = load(tmp_path / "d", "episodes")["reasons"][0][0]["message"]
    assert kept == 'File "<project>/a.py", <workspace>/files, ~/x, http://<host>/v1 at <host>'
    everything = "".join(
        load(tmp_path / "d", name.name).to_json(date_format="iso")
        for name in (tmp_path / "d").iterdir()
        if name.is_dir()
    )
    assert not [word for word in (str(PROJECT), str(tmp_path), "10.0.0.7") if word.replace("/", "\\/") in everything]


def test_what_is_said_as_json_stays_json() -> None:
    said = json.dumps([{"message": 'see "http://example.com" and "http://example.com/a"'}])
    told = json.loads(Machine.of(Path("/mnt/work")).hide("reasons", said))
    assert told == [{"message": 'see "http://<host>" and "http://<host>/a"'}]


def test_home_that_is_the_root_hides_no_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/")
    assert Machine.of(Path("/mnt/work")).hide("program", "a / 2, /mnt/work/x") == "a / 2, <workspace>/x"


def test_texts_that_only_look_like_the_machine_stay_as_they_are() -> None:
    machine = Machine.of(Path("/mnt/work"))
    for text in (f"{gethostname()} = 3", "/mnt/workshop", "see http://docs.org/x", f"{Path.home()}fs"):
        assert machine.hide("program", text) == text
