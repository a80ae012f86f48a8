"""The same two journeys as ``bench throughput``, written as DBOS Transact workflows: how far apart the two are.

DBOS is general: each step of each workflow is a transaction of its own, and a workflow under way is a thread. It is
installed for this comparison alone (``pip install --group bench``). Its SQLite is measured, and PostgreSQL from the
wheel that the tests use, which does not even wait for the disk.
"""

from __future__ import annotations

import importlib
import json
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.helpers.postgres import running_server

STORES = ("sqlite", "postgresql")
PEOPLE = 300
WAIT_SECONDS = 1.0


def main() -> dict[str, Any]:
    """Journeys a second on each store, or how to install what is missing."""
    try:
        dbos = importlib.import_module("dbos")
    except ImportError:
        return {"missing": "pip install --group bench"}
    figures: dict[str, Any] = {"people": PEOPLE}
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
        figures["sqlite"] = _measure(dbos, f"sqlite:///{folder}/dbos.sqlite", Path(folder))
        with running_server() as server:
            place = server.url(server.new_database()).render_as_string(hide_password=False)
            figures["postgresql"] = _measure(dbos, place, Path(folder))
    return figures


def _measure(dbos: Any, url: str, folder: Path) -> dict[str, Any]:
    """Both journeys in one launch."""
    outbox = folder / "outbox.sqlite"
    outbox.unlink(missing_ok=True)
    with sqlite3.connect(outbox) as database:
        database.execute("CREATE TABLE messages (id TEXT PRIMARY KEY, address TEXT, body TEXT)")
    database.close()
    engine = dbos.DBOS
    engine(config={"name": "bench", "system_database_url": url, "run_admin_server": False, "log_level": "ERROR"})

    def keep(name: str, address: str) -> None:
        connection = sqlite3.connect(outbox, timeout=30)
        with connection:
            connection.execute("INSERT OR IGNORE INTO messages VALUES (?, ?, ?)", (name, address, f"For {name}"))
        connection.close()

    send = engine.step()(keep)

    def mailing(payload: dict[str, Any]) -> None:
        if payload["total"] > 10:
            send(payload["id"], payload["email"])

    def waiting(payload: dict[str, object]) -> None:
        engine.sleep(WAIT_SECONDS)

    workflows = {
        "event, condition, email, end": engine.workflow()(mailing),
        "event, wait, end": engine.workflow()(waiting),
    }
    engine.launch()
    try:
        return {name: _rate(dbos, workflow, name.replace(", ", "-")) for name, workflow in workflows.items()}
    finally:
        engine.destroy(destroy_registry=True)


def _rate(dbos: Any, workflow: Any, mark: str) -> dict[str, float]:
    """Each event is accepted under its id, which makes it idempotent, as an inlet does."""
    started, processor = time.perf_counter(), time.process_time()
    handles = []
    for number in range(PEOPLE):
        payload = {"id": f"person-{number}", "total": 42.5, "email": f"person-{number}@example.com"}
        with dbos.SetWorkflowID(f"{mark}{number}"):
            handles.append(dbos.DBOS.start_workflow(workflow, payload))
    for handle in handles:
        handle.get_result()
    wall, busy = time.perf_counter() - started, time.process_time() - processor
    return {"journeys_per_second": round(PEOPLE / wall, 1), "processor_microseconds": round(busy / PEOPLE * 1e6)}


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
