"""``kill -9`` at random moments under load: nothing acknowledged is lost, and nothing is done under two keys.

``SOJOURN_KILLS`` says how often; ``make soak`` asks for many more than the short form here.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.model import journey_file
from engine.store.database import Database
from engine.store.location import database_of
from engine.store.tables import step_events
from tests.helpers.journey_kit import DEFINITIONS, activity, entry, journey, notify
from tests.helpers.processes import Place, place, until

pytestmark = pytest.mark.end_to_end

KILLS = os.environ.get("SOJOURN_KILLS")
SHORT = {"sqlite": 6, "postgresql": 3}
STEPS = 4
"""Step events of one whole walk: the entry, the call, the wait, the end."""


class Receiver(ThreadingHTTPServer):
    """Counts calls by their idempotency key."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        self.keys: Counter[str] = Counter()
        super().__init__(("127.0.0.1", 0), _Recording)


class _Recording(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.keys[self.headers["Idempotency-Key"]] += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Sender(threading.Thread):
    """Sends events one after the other, each until it is acknowledged, until it is told to stop."""

    def __init__(self, target: Place, token: str) -> None:
        super().__init__()
        self._target, self._token = target, token
        self.acknowledged = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            if self._send(self.acknowledged):
                self.acknowledged += 1
            else:
                self.stopping.wait(0.02)

    def _send(self, number: int) -> bool:
        event_id = DEFINITIONS["events"][0]["event_id"]
        entity = {
            "_id": f"e{number}",
            "id": f"p{number}",
            "_experience": {"campaign": {"orchestration": {"eventID": event_id}}},
        }
        try:
            return self._target.post("/collection/main", json.dumps(entity).encode(), self._token)[0] == 202
        except (OSError, http.client.HTTPException, ValueError):
            return False


def test_killed_again_and_again_nothing_is_lost_and_nothing_is_done_twice(
    workspace: Path, tmp_path: Path, receiver: Receiver
) -> None:
    chance = random.Random(7)
    file = journey(
        [entry(), notify("told"), activity("wait", "wait.duration", duration="PT1S"), activity("end", "end")],
        ["in>told", "told>wait", "wait>end"],
    )
    document = tmp_path / "j.journey.json"
    document.write_text(journey_file.write(file), "utf-8")
    with place(workspace) as target:
        target.start()
        target.do("setting", "set", "allow_local_endpoints", "true")
        target.do("setting", "set", "overdue_timers", "1000000")
        target.do("setting", "set", "overdue_rate", "1000000")
        sink = f"$.actions[0].url=http://127.0.0.1:{receiver.server_address[1]}/"
        target.do("import", str(document), "--publish", "--set", sink)
        sender = Sender(target, target.token())
        sender.start()
        for _ in range(int(KILLS or SHORT["sqlite" if database_of(workspace) is None else "postgresql"])):
            threading.Event().wait(chance.uniform(0.05, 1.5))
            target.kill()
            target.start()
        sender.stopping.set()
        sender.join()
        entered = until(
            lambda: target.metrics("J"), lambda seen: seen["completed"] >= sender.acknowledged > 0, "everyone's end"
        )
        target.stop()
    assert entered["current"] == entered["failed"] == entered["stopped"] == 0
    assert sender.acknowledged <= entered["entered"] <= sender.acknowledged + 1
    assert len(receiver.keys) == entered["entered"], "one key for each person's one call"
    database = Database(str(workspace))
    with database.read() as connection:
        steps = [json.loads(fields)["id"] for fields in connection.execute(select(step_events.c.fields)).scalars()]
    database.close()
    assert len(steps) == len(set(steps)) == STEPS * entered["entered"]
