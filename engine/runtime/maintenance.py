"""Maintenance by time: versions close and finish, tests end, old rows are deleted, overdue timers fire at a rate."""

from __future__ import annotations

from collections.abc import Callable

from engine.core.stimulus import Stop
from engine.model.journey import JourneyState
from engine.runtime.retention import Retention
from engine.runtime.writer_protocol import WriterAccess
from engine.store import journey_queries, runtime_queries, testmode_queries
from engine.store.database import Database
from engine.store.results import Connection
from engine.store.runtime_queries import DAY_MS

TEST_IDLE_MS = 7 * DAY_MS
"""A test without an event switches itself off after this long."""

_LOOK_MS = 1_000
_STOPPED_AT_ONCE = 2_000
_HOLD = 0


class Maintenance:
    """Runs in the writer's thread between batches."""

    def __init__(self, database: Database, writer: WriterAccess) -> None:
        self._database = database
        self._clock = clock = writer.clock
        self._writer = writer
        self._looked = 0
        self._retention = Retention(database, writer)
        self._started = clock.now()
        self._fired = 0
        self._fired_since = 0
        with database.read() as connection:
            self._overdue = runtime_queries.count_due(connection, self._started)

    @property
    def overdue(self) -> int:
        """How many timers were overdue at the start and have not fired."""
        return self._overdue

    def allowed(self, limit: int) -> int:
        """Return how many due timers may fire now: overdue ones at the set rate, none while the owner is asked."""
        if self._overdue <= 0:
            return limit
        settings = self._writer.deployment.sandboxes["prod"].settings
        if self._overdue > settings["overdue_timers"]:
            return _HOLD
        now = self._clock.now()
        if now - self._fired_since >= _LOOK_MS:
            self._fired_since, self._fired = now, 0
        allowed: int = min(limit, max(0, settings["overdue_rate"] - self._fired))
        self._fired += allowed
        self._overdue -= allowed
        return allowed

    def look(self) -> None:
        """Do the due maintenance, at most once a second."""
        now = self._clock.now()
        if now - self._looked < _LOOK_MS:
            return
        self._looked = now
        self._stop_people()
        due = self._closing(now)
        if due:
            self._change(lambda connection: journey_queries.set_states(connection, due, now))
        self._retention.look(now)

    def _closing(self, now: int) -> dict[int, JourneyState]:
        """List the versions whose state changes now, with the new state."""
        due: dict[int, JourneyState] = {}
        with self._database.read() as connection:
            for version in self._writer.deployment.versions.values():
                if version.state == "live" and version.ends_at is not None and now >= version.ends_at:
                    due[version.id] = "closed"
                elif version.state == "closed" and not runtime_queries.running_instances(connection, version.id, 1):
                    due[version.id] = "finished"
                elif (
                    version.state == "test"
                    and testmode_queries.last_test_event(connection, version.id) < now - TEST_IDLE_MS
                ):
                    due[version.id] = "draft"
        return due

    def _stop_people(self) -> None:
        stopped = [version for version in self._writer.deployment.versions.values() if version.state == "stopped"]
        with self._database.read() as connection:
            for version in stopped:
                rows = runtime_queries.running_instances(connection, version.id, _STOPPED_AT_ONCE)
                self._writer.command(rows, Stop())

    def close(self) -> None:
        """Wait for the archive that is being written."""
        self._retention.close()

    def _change(self, work: Callable[[Connection], None]) -> None:
        self._writer.write_later(work)
