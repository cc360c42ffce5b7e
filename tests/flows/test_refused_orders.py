"""Orders that nobody can carry out, as a form of Prefect's pages hands them in: refused before a sandbox opens."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flows.batch import open_batch
from flows.reaching import find_prefect
from schemas.errors import InfrastructureError, InputError
from schemas.run import RunOrder
from tasks.export import export


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (RunOrder(families=("teleporter",)), "unknown family 'teleporter': choose from drop_chute"),
        (RunOrder(engineer="llm"), "the architect has no model: set WORKPIECE_MODEL__NAME"),
        (RunOrder(generator="llm"), "the planner has no model: set WORKPIECE_MODEL__NAME"),
    ],
)
def test_order_that_nobody_can_carry_out_is_refused_at_once(order: RunOrder, says: str) -> None:
    with pytest.raises(InputError, match=says), open_batch(order, export):
        pytest.fail("the batch was opened")


class Old(BaseHTTPRequestHandler):
    """Answers as Prefect 3.2 does: a server of that age is not in this environment's reach."""

    def do_GET(self) -> None:
        body = b"true" if self.path.endswith("/health") else b'"3.2.1"'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_older_server_is_refused_with_what_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Old) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{server.server_port}/api")
        with pytest.raises(InfrastructureError, match=r"the server there is Prefect 3\.2\.1: upgrade it to 3\.8"):
            find_prefect()
        server.shutdown()
        thread.join()
