"""A model's key reaches its server and nothing else, whatever the server says."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import select

from agents.engineer import LlmEngineer
from records.tables import Base
from schemas.benchmark import Benchmark
from schemas.catalogue_files import load_catalogue
from schemas.errors import InputError
from schemas.llm import ModelChoice
from schemas.reasons import Outcome
from schemas.settings import AgentSettings
from steps.context import RunContext
from steps.episodes import work_episode
from tests.steps.scripts import DATA

KEY = "sk-very-secret-0123456789"


class Telltale(BaseHTTPRequestHandler):
    """Answers once with the key in its reply, then refuses it with the key in the error."""

    seen: list[str] = []  # noqa: RUF012 - shared by all requests of the test

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(self.headers["Authorization"])
        message = {"role": "assistant", "content": f"you sent {self.headers['Authorization']}"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        good = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        first = len(self.seen) == 1
        body = good if first else {"error": {"message": f"bad key {KEY}", "type": "invalid_request_error"}}
        self.send_response(200 if first else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Telltale) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}/v1"
        served.shutdown()


def test_key_is_nowhere_in_the_store(
    context: RunContext,
    minted: Benchmark,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = ModelChoice(name="openai/m", api_base=server, key_variable="TEST_MODEL_KEY", first_wait_s=0.0)
    engineer = LlmEngineer.create(AgentSettings(model=model), load_catalogue(DATA))
    monkeypatch.setenv("TEST_MODEL_KEY", KEY)
    episode = work_episode(context, minted, engineer, 5)
    assert episode.outcome is Outcome.INFRASTRUCTURE
    assert Telltale.seen == [f"Bearer {KEY}"] * 2
    with context.store.read() as connection:
        rows = [str(row) for table in Base.metadata.tables.values() for row in connection.execute(select(table))]
    assert [row[:200] for row in rows if KEY in row] == []
    assert any("you sent Bearer ***" in row for row in rows)
    assert KEY not in caplog.text


def test_missing_key_is_told_before_anything_is_asked(
    context: RunContext, minted: Benchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ModelChoice(name="openai/m", key_variable="TEST_MODEL_KEY")
    engineer = LlmEngineer.create(AgentSettings(model=model), load_catalogue(DATA))
    monkeypatch.delenv("TEST_MODEL_KEY", raising=False)
    with pytest.raises(InputError, match="set TEST_MODEL_KEY"):
        work_episode(context, minted, engineer, 6)
