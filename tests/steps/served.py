"""The scripted model over HTTP, in OpenAI's shape: replies in order, the last one for ever; requests are kept."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest

from agents.models import ScriptedReply
from agents.models.sent import is_unfit

TOKENS_PER_PICTURE = 500


class Wire(NamedTuple):
    """What goes over the wire as it is; `claimed` is the length that the head tells where it is another."""

    status: int
    body: bytes
    claimed: int | None = None


def refuse(status: int, message: str, code: str = "") -> Wire:
    return Wire(status, json.dumps({"error": {"message": message, "type": "error", "code": code}}).encode())


FAULTS = {
    "429": refuse(429, "slow down", "rate_limit_exceeded"),
    "500": refuse(500, "the server had an error"),
    "key": refuse(401, "incorrect key", "invalid_api_key"),
    "context": refuse(400, "this model's maximum context length is 4096 tokens", "context_length_exceeded"),
    "closed": Wire(0, b""),
    "cut": Wire(200, b'{"id": "x", "choices": [{"mess', claimed=4000),
    "html": Wire(200, b"<html>a proxy's page</html>"),
    "no choices": Wire(200, b'{"id": "x", "object": "chat.completion", "choices": []}'),
    "error": Wire(200, b'{"error": {"message": "the model is loading", "code": 503}}'),
    "empty": Wire(200, b""),
}


class Served(ThreadingHTTPServer):
    """The server with its replies, and the requests and keys that it got."""

    daemon_threads = True

    def __init__(self, *replies: ScriptedReply | Wire) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies, self.requests, self.keys = replies, [], []
        self.over = threading.Event()
        self.base = f"http://127.0.0.1:{self.server_port}/v1"


@contextmanager
def serve(*replies: ScriptedReply | Wire) -> Iterator[Served]:
    """Serve replies until the block ends."""
    with Served(*replies) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()


def pictures_in(request: dict) -> list[str]:
    """Return the picture parts of a request, as data URLs."""
    contents = [message["content"] for message in request["messages"] if isinstance(message["content"], list)]
    return [part["image_url"]["url"] for parts in contents for part in parts if part["type"] == "image_url"]


def check_history(requests: list[dict]) -> None:
    """Hold requests to what any server takes: UTF-8, plain names, ids once, arguments a JSON object, calls answered."""
    for request in requests:
        json.dumps(request, ensure_ascii=False, allow_nan=False).encode()
        assert not is_unfit(request)
        calls = [call for message in request["messages"] for call in message.get("tool_calls") or ()]
        answers = [message["tool_call_id"] for message in request["messages"] if message["role"] == "tool"]
        assert [call["id"] for call in calls] == answers
        assert len(set(answers)) == len(answers)
        for function in (call["function"] for call in calls):
            assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", function["name"])
            assert isinstance(json.loads(function["arguments"], parse_constant=pytest.fail), dict)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = server.replies[min(len(server.requests), len(server.replies) - 1)]
        server.requests.append(request)
        server.keys.append(self.headers["Authorization"])
        if isinstance(reply, ScriptedReply) and reply.fault == "hang":
            server.over.wait()
        wire = reply if isinstance(reply, Wire) else FAULTS.get(reply.fault or "") or _answer(reply, request)
        if wire.status:
            self.send_response(wire.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(wire.claimed or len(wire.body)))
            self.end_headers()
            self.wfile.write(wire.body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def _answer(reply: ScriptedReply, request: dict) -> Wire:
    sections = [f"[[ ## {name} ## ]]\n{v if isinstance(v, str) else json.dumps(v)}" for name, v in reply.fields.items()]
    text = "\n\n".join([*sections, "[[ ## completed ## ]]"]) if reply.text is None else reply.text
    called = [
        {"id": f"c{n}", "type": "function", "function": {"name": call.name, "arguments": json.dumps(call.args)}}
        for n, call in enumerate(reply.calls)
    ]
    message = {"role": "assistant", "content": text, **({"tool_calls": called} if called else {})}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if called else reply.finish}
    asked = TOKENS_PER_PICTURE * len(pictures_in(request)) + 100
    usage = {"prompt_tokens": asked, "completion_tokens": 10, "total_tokens": asked + 10}
    told = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}
    return Wire(200, json.dumps(told).encode())
