"""Who sends while an engine is killed again and again, and who is called: each remembers what the engine must too."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

from tests.helpers.engine_process import EngineProcess
from tests.helpers.journey_builders import DEFINITIONS

MOST_AT_ONCE = 10
_EVENT_ID = DEFINITIONS["events"][0]["event_id"]


class Receiver(ThreadingHTTPServer):
    """Is called, and knows under which idempotency keys for whom."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self) -> None:
        self.keys: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Recording)

    def called(self, person: str, key: str) -> None:
        """Remember a call."""
        with self._lock:
            self.keys.setdefault(person, set()).add(key)

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever called was killed."""


class _Recording(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.called(body["to"], self.headers["Idempotency-Key"])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Sender(threading.Thread):
    """Posts a few events at a time, each post until it is acknowledged, until it is told to stop."""

    def __init__(self, target: EngineProcess, token: str, name: str) -> None:
        super().__init__()
        self._target, self._token, self._called = target, token, name
        self._chance = Random(name)
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.stopping = threading.Event()

    def run(self) -> None:
        keys: list[str] = []
        while not self.stopping.wait(0.02):
            keys = keys or self._next()
            if self._post(keys):
                self.acknowledged |= set(keys)
                keys = []

    def _next(self) -> list[str]:
        first = len(self.sent)
        keys = [f"{self._called}{first + number}" for number in range(self._chance.randint(1, MOST_AT_ONCE))]
        self.sent |= set(keys)
        return keys

    def _post(self, keys: list[str]) -> bool:
        named = {"campaign": {"orchestration": {"eventID": _EVENT_ID}}}
        lines = "\n".join(json.dumps({"_id": f"e-{key}", "id": key, "_experience": named}) for key in keys)
        try:
            status, answer = self._target.post("/collection/main", lines.encode(), self._token, "application/x-ndjson")
        except (OSError, http.client.HTTPException, ValueError):
            return False
        return status == 202 and len(answer["accepted"]) == len(keys)
