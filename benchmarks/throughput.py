"""Journeys a second through the embedded runner, from a posted document to the committed end, beside the limit.

The limit is a bare loop that only writes: the very rows of the run, by the same statements in the same transactions, to
an empty workspace on the same disk. Durable commits everywhere (``synchronous=FULL``). What the processor was busy for
is given too: it is the figure to compare on a machine that others use. Python is set as ``serve`` sets it, and does not
look for cycles in the documents, which are the sender's, or in the recorded rows. Where DBOS Transact is installed, it
does the same journeys in the same run (``bench dbos_transact``). Run with ``python main.py bench throughput``.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks import dbos_transact
from engine.host import WorkspaceHost, host_workspace
from engine.ingress.event_documents import DocumentBatch, EventDocument
from engine.json_types import JsonObject
from engine.model import journey_file
from engine.runtime.wall_clock import freeze_gc
from engine.services.views import Caller, VersionRow
from engine.store import report_queries
from engine.store.database import Database
from engine.store.statements import Statement

PEOPLE = 100_000
"""So many that the second which the last ones wait, with nothing to do, weighs little."""

POST = 500
AHEAD = 20
CALLER = Caller()
_EVENT = "11111111-0000-4000-8000-000000000001"

Tape = list[list[tuple[Statement, Any]]]
"""Each transaction's statements with their rows."""

DEFINITIONS: dict[str, Any] = {
    "format": "sojourn/1",
    "events": [
        {
            "name": "Bought",
            "type": "system",
            "event_id": _EVENT,
            "fields": {"id": {"type": "string", "required": True}, "total": "decimal", "email": "string"},
            "key": "@{Bought.id}",
        }
    ],
    "templates": [
        {
            "name": "Thanks",
            "channel": "email",
            "subject": "Thank you, {{ id }}",
            "body": "For {{ id }}",
            "variables": {"id": "string"},
        }
    ],
}
JOURNEYS: dict[str, dict[str, Any]] = {
    "event, condition, email, end": {
        "activities": [
            {"id": "bought", "type": "event", "event": "Bought"},
            {
                "id": "much",
                "type": "condition",
                "kind": "data_source",
                "paths": [{"id": "yes", "expression": "@{Bought.total} > 10"}],
            },
            {
                "id": "thanks",
                "type": "email",
                "template": "Thanks",
                "address": "@{Bought.email}",
                "parameters": {"id": "@{Bought.id}"},
            },
            {"id": "end", "type": "end"},
        ],
        "edges": [
            {"from": "bought", "to": "much"},
            {"from": "much", "path": "yes", "to": "thanks"},
            {"from": "thanks", "to": "end"},
        ],
    },
    "event, wait, end": {
        "activities": [
            {"id": "bought", "type": "event", "event": "Bought"},
            {"id": "wait", "type": "wait", "kind": "duration", "duration": "PT1S"},
            {"id": "end", "type": "end"},
        ],
        "edges": [{"from": "bought", "to": "wait"}, {"from": "wait", "to": "end"}],
    },
}


def main() -> dict[str, Any]:
    """Journeys a second by journey, the limit for the same rows, and how many times DBOS's figure that is."""
    figures: dict[str, Any] = {"people": PEOPLE, "synchronous": "FULL"}
    for name, body in JOURNEYS.items():
        with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
            run = _run(Path(folder, "run"), name, body)
            with recorded() as tape:
                _run(Path(folder, "recorded"), name, body)
            limit = _bare_loop(Path(folder, "bare"), tape)
            figures[name] = {
                "journeys_per_second": run.rate,
                "bare_loop": limit.rate,
                "share": round(run.rate / limit.rate, 2),
                "processor_microseconds": run.processor,
                "processor_microseconds_bare_loop": limit.processor,
                "processor_share": round(limit.processor / run.processor, 2),
                "transactions": len(tape),
                "rows": sum(len(rows) for transaction in tape for _, rows in transaction),
            }
    others = dbos_transact.main()
    figures["dbos_transact"] = others
    for name in JOURNEYS:
        figures[name]["times_dbos_transact"] = {
            store: round(figures[name]["journeys_per_second"] / others[store][name]["journeys_per_second"], 1)
            for store in dbos_transact.STORES
            if store in others
        }
    return figures


class Timing:
    """Wall-clock and processor time of a run, for each journey."""

    def __init__(self) -> None:
        self._started = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """Stop the clock."""
        wall, processor = time.perf_counter() - self._started[0], time.process_time() - self._started[1]
        self.rate = round(PEOPLE / wall)
        self.processor = round(processor / PEOPLE * 1e6, 1)


@contextmanager
def recorded() -> Iterator[Tape]:
    """Record what the writer writes meanwhile; this takes time, so it is a separate run."""
    tape: Tape = []
    many, write = Statement.many, Database.write

    def recording_many(self: Statement, connection: Any, rows: Any) -> None:
        many(self, connection, rows)
        if rows:
            tape[-1].append((self, rows))

    @contextmanager
    def recording_write(self: Database) -> Iterator[Any]:
        tape.append([])
        with write(self) as connection:
            yield connection

    with patch.object(Statement, "many", recording_many), patch.object(Database, "write", recording_write):
        yield tape


def _run(folder: Path, name: str, body: dict[str, object]) -> Timing:
    owner = host_workspace(folder)
    assert owner is not None
    try:
        return _measure(owner, name, body)
    finally:
        owner.close()


def _measure(owner: WorkspaceHost, name: str, body: dict[str, object]) -> Timing:
    version = publish(owner, {"name": name, **body})
    owner.start()
    documents = [document(number) for number in range(PEOPLE)]
    freeze_gc()
    timing = Timing()
    post(owner, documents)
    while completed(owner, int(version.id)) < PEOPLE:
        time.sleep(0.02)
    timing.stop()
    return timing


def publish(owner: WorkspaceHost, journey: JsonObject, **definitions: object) -> VersionRow:
    """Publish a journey with the definitions of the benchmarks, some of them replaced."""
    body = {"properties": {"time_zone": "UTC"}, **journey}
    file = journey_file.read(json.dumps({**DEFINITIONS, **definitions, "journey": body}))
    return owner.engine.journeys.import_file(CALLER, journey_file.write(file), publish=True).version


def completed(owner: WorkspaceHost, version_id: int) -> int:
    with owner.database.read() as connection:
        return report_queries.main_counts(connection, [version_id]).get(version_id, {}).get("completed", 0)


def document(number: int) -> EventDocument:
    entity = {
        "id": f"person-{number}",
        "total": 42.5,
        "email": f"person-{number}@example.com",
        "_experience": {"campaign": {"orchestration": {"eventID": _EVENT}}},
    }
    return EventDocument(number % POST, f"event-{number}", entity)


def post(owner: WorkspaceHost, documents: list[EventDocument]) -> None:
    """Post in hundreds, waiting for the acknowledgement of what was posted some posts ago."""
    waiting: list[Future[tuple[bool, ...]]] = []
    for start in range(0, len(documents), POST):
        judged = owner.engine.events.match_batch(CALLER.sandbox, DocumentBatch(tuple(documents[start : start + POST])))
        waiting.append(owner.writer.submit(judged.arriving))
        if len(waiting) >= AHEAD:
            waiting.pop(0).result()
    for future in waiting:
        future.result()


def _bare_loop(folder: Path, tape: Tape) -> Timing:
    """Write the recorded rows and nothing else."""
    folder.mkdir()
    target = Database(str(folder))
    target.prepare()
    freeze_gc()
    timing = Timing()
    for transaction in tape:
        with target.write() as connection:
            for statement, rows in transaction:
                statement.many(connection, rows)
    timing.stop()
    target.close()
    return timing


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
