"""Training views in the readers of the tools that they are for, each in an environment of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from records import export, open_store
from records.views import VIEWS, write_views
from tests.records.talking import ODD, record_talk
from tests.records.test_store import record

UV = Path(sys.executable).with_name("uv")
NEEDED = {
    "trl": (("--no-deps", "trl==1.16.*"), ("transformers>=5.5", "datasets==5.*", "jinja2")),  # 0.6 GB
    "verl": (("verl==0.9.*", "trl==1.16.*", "jinja2"),),  # 6 GB, with torch for a GPU: there is no smaller one there
}


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every view of two certified benchmarks, one of them solved by a model too."""
    folder = tmp_path_factory.mktemp("views")
    with open_store(f"sqlite:///{folder / 'store.sqlite'}", folder / "files") as store:
        record(store, 1)
        record(store, 2)
        record_talk(store, 1)
        export(store, folder / "d")
    write_views(folder / "d", folder / "v", VIEWS.values(), ("train",))
    return folder / "v"


@pytest.fixture
def read(request: pytest.FixtureRequest, views: Path) -> Iterator[dict[str, object]]:
    """What a tool's own reader makes of the views."""
    tool = request.param
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        python = Path(folder, "bin", "python")
        for packages in NEEDED[tool]:
            subprocess.run([UV, "pip", "install", "--quiet", "--python", python, *packages], check=True)
        command = [python, Path(__file__).with_name("trainers.py"), views, tool]
        done = subprocess.run(command, env=os.environ | {"HF_HOME": folder}, capture_output=True, text=True, check=True)
        yield json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("read", ["trl"], indirect=True)
def test_trl_reads_views_and_writes_them_by_a_template(read: dict[str, dict[str, str]]) -> None:
    head, text = read["sft"]["text"].split("<|im_start|>user", 1)
    calls = [json.loads(part.split("</tool_call>")[0]) for part in text.split("<tool_call>\n")[1:]]
    assert [call["arguments"] for call in calls if call["name"] == "look"] == list(ODD)
    assert text.count("<|im_start|>assistant") == 2
    assert '"name": "submit"' in head
    assert set(read["preference"]) == {"prompt", "chosen", "rejected"}
    assert set(read["repair"]) == set(read["sft_programs"]) == {"prompt", "completion"}
    assert set(read["kto"]) == {"prompt", "completion", "label"}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("read", ["verl"], indirect=True)
def test_verl_reads_prompts_to_be_judged(read: dict[str, object]) -> None:
    assert (read["rows"], read["data_source"], read["ability"]) == (2, "workpiece", "mechanical_design")
    assert [message["role"] for message in read["raw_prompt"]] == ["user"]
    benchmark_id = json.loads(read["reward_model"]["ground_truth"])["benchmark_id"]
    assert read["tools_kwargs"] == {"submit": {"create_kwargs": {"benchmark_id": benchmark_id}}}
    assert read["index"] == read["extra_info"]["index"]
