"""What people who wait cost: the database's size, memory, the time to start, and the time to fire due timers.

They are written straight into the tables, as the runner leaves people who wait (an event for the entry, a day's wait).
Of each number some are due when the engine starts, so their timers fire; everyone else costs disk alone. Run with
``python main.py bench waiting``; ``python -m benchmarks.waiting 10000000`` does one number.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.throughput import CALLER, JOURNEYS, completed, publish
from engine.core.instance import Instance
from engine.host import WorkspaceHost, host_workspace
from engine.store.database import Database
from engine.store.runtime_queries import RuntimeStatements

NUMBERS = (10_000, 100_000, 1_000_000)
LARGEST = 10_000_000
DUE = 10_000
_AT_ONCE = 10_000
_JOURNEY = "event, wait, end"
_DAY_MS = 86_400_000


def main() -> dict[str, Any]:
    """Return the figures by number of waiting people; each is measured in a separate process."""
    return {str(people): _apart(people) for people in NUMBERS}


def _apart(people: int) -> dict[str, Any]:
    line = [sys.executable, "-m", "benchmarks.waiting", str(people)]
    found: dict[str, Any] = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    return found


def measure(people: int) -> dict[str, Any]:
    """Build, start and fire."""
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as name:
        folder = Path(name)
        version = _prepare(folder)
        line = [sys.executable, "-m", "benchmarks.waiting", "fill", name, str(people), str(version)]
        subprocess.run(line, check=True)
        database = folder / "workspace.sqlite"
        return {"database_bytes_each": round(database.stat().st_size / people), **_start(folder, version)}


def _prepare(folder: Path) -> int:
    """Create a workspace with one waiting person as a pattern for all; return the version's number."""
    owner = host_workspace(folder)
    assert owner is not None
    try:
        journey = {"name": "Waiting", **JOURNEYS[_JOURNEY]}
        journey["activities"][1]["duration"] = "P1D"
        version = publish(owner, journey)
        owner.engine.settings.set(CALLER, "overdue_timers", 10 * DUE)
        owner.engine.settings.set(CALLER, "overdue_rate", 10 * DUE)
        owner.engine.events.accept(CALLER, [{"id": "pattern", "total": 1, "email": "a@example.com"}], "Bought")
        return int(version.id)
    finally:
        owner.close()


def fill(folder: Path, people: int, version: int) -> None:
    """Everyone who waits: the first are due, the others in a day or more."""
    database = Database(str(folder), synchronous="OFF")
    rows = RuntimeStatements(database.dialect)
    now = time.time_ns() // 1_000_000
    with database.read() as connection:
        found = connection.exec_driver_sql("SELECT id, version_id, state, journey_id FROM instances, entries").one()
    first, journey_id, pattern = found[0] + 1, found[3], Instance.load(found[2])
    for start in range(0, people, _AT_ONCE):
        instances, entries = [], []
        for number in range(start, min(start + _AT_ONCE, people)):
            row, key = first + number, f"person-{number:010}"
            due = now - DUE + number if number < DUE else now + _DAY_MS + number
            pattern.id, pattern.key = f"{pattern.id[:8]}{row:08x}", key
            assert pattern.waiting is not None
            pattern.waiting.due = due
            instances.append((row, version, key, 0, False, now, now, "wait", due, bytearray(pattern.dump())))
            entries.append((journey_id, key, pattern.person, 1, now, row))
        with database.write() as connection:
            rows.insert_instances(connection, instances)
            rows.insert_entries(connection, entries)
            rows.add_counts(connection, [(version, False, "metric", "entered", len(instances))])
            rows.add_counts(connection, [(version, False, "at", "wait", len(instances))])
    database.close()


def _start(folder: Path, version: int) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    owner = host_workspace(folder)
    assert owner is not None
    try:
        owner.start()
        ready = time.perf_counter()
        _until_fired(owner, version)
        fired = time.perf_counter()
    finally:
        owner.close()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "start_seconds": round(ready - started, 2),
        "timers_fired": DUE,
        "fire_seconds": round(fired - ready, 2),
        "memory_mebibytes_before": before // 1024,
        "memory_mebibytes": most // 1024,
    }


def _until_fired(owner: WorkspaceHost, version: int) -> None:
    while completed(owner, version) < DUE:
        time.sleep(0.01)


if __name__ == "__main__":
    if sys.argv[1:2] == ["fill"]:
        fill(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        sys.stdout.write(json.dumps(measure(int(sys.argv[1])) if sys.argv[1:] else main(), indent=2) + "\n")
