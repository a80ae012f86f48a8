"""Journeys a second through the embedded runner, from a posted document to the committed end, beside the limit.

The limit is a bare loop that only writes the same rows in the same batches, with the same statements, on the same disk.
Durable commits everywhere (``synchronous=FULL``). Run with ``python main.py bench throughput``.
"""

from __future__ import annotations

import json
import tempfile
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from engine.engine import Owner, own
from engine.ingress.inlet import Document, Post
from engine.model import journey_file
from engine.services.views import Caller
from engine.store import report_rows
from engine.store.database import Database
from engine.store.tables import metadata

PEOPLE = 20_000
POST = 500
AHEAD = 20
CALLER = Caller()
_EVENT = "11111111-0000-4000-8000-000000000001"
_TABLES = ("events", "entries", "instances", "step_events", "outbox", "messages")

_DEFINITIONS: dict[str, Any] = {
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
    """Journeys a second by journey, and the limit for the same rows."""
    figures: dict[str, Any] = {"people": PEOPLE, "synchronous": "FULL"}
    for name, body in JOURNEYS.items():
        with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
            owner = own(Path(folder))
            assert owner is not None
            try:
                rate, rows = _measure(owner, name, body)
            finally:
                owner.close()
            limit = _bare_loop(Path(folder))
            figures[name] = {
                "journeys_per_second": rate,
                "bare_loop": limit,
                "share": round(rate / limit, 2),
                "rows": rows,
            }
    return figures


def _measure(owner: Owner, name: str, body: dict[str, Any]) -> tuple[int, dict[str, int]]:
    text = json.dumps({**_DEFINITIONS, "journey": {"name": name, "properties": {"time_zone": "UTC"}, **body}})
    version = owner.engine.journeys.import_file(
        CALLER, journey_file.write(journey_file.read(text)), publish=True
    ).version
    owner.start()
    documents = [_document(number) for number in range(PEOPLE)]
    started = time.perf_counter()
    _post(owner, documents)
    while _completed(owner, int(version.id)) < PEOPLE:
        time.sleep(0.02)
    elapsed = time.perf_counter() - started
    with owner.database.read() as connection:
        rows = {table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() or 0 for table in _TABLES}
    return round(PEOPLE / elapsed), rows


def _completed(owner: Owner, version_id: int) -> int:
    with owner.database.read() as connection:
        return report_rows.main_counts(connection, [version_id]).get(version_id, {}).get("completed", 0)


def _document(number: int) -> Document:
    entity = {
        "id": f"person-{number}",
        "total": 42.5,
        "email": f"person-{number}@example.com",
        "_experience": {"campaign": {"orchestration": {"eventID": _EVENT}}},
    }
    return Document(number % POST, f"event-{number}", entity)


def _post(owner: Owner, documents: list[Document]) -> None:
    """Post in hundreds, waiting for the acknowledgement of what was posted some posts ago."""
    waiting: list[Future[tuple[bool, ...]]] = []
    for start in range(0, len(documents), POST):
        judged = owner.engine.events.judge(CALLER.sandbox, Post(tuple(documents[start : start + POST])))
        waiting.append(owner.writer.submit(judged.arriving))
        if len(waiting) >= AHEAD:
            waiting.pop(0).result()
    for future in waiting:
        future.result()


def _bare_loop(folder: Path) -> int:
    """Journeys a second when the rows of the run are only written, in batches of a thousand journeys."""
    source = Database(str(folder))
    with source.read() as connection:
        kept = {
            table: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")] for table in _TABLES
        }
    source.close()
    target_folder = folder / "bare"
    target_folder.mkdir()
    target = Database(str(target_folder))
    target.prepare()
    inserts = {
        table: f"INSERT INTO {table} VALUES ({', '.join('?' * len(metadata.tables[table].columns))})"
        for table in _TABLES
    }
    batches = PEOPLE // 1_000
    started = time.perf_counter()
    for batch in range(batches):
        with target.write() as connection:
            for table, every in kept.items():
                share = every[len(every) * batch // batches : len(every) * (batch + 1) // batches]
                if share:
                    connection.exec_driver_sql(inserts[table], share)
    elapsed = time.perf_counter() - started
    target.close()
    return round(PEOPLE / elapsed)


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
