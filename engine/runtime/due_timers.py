"""The timers that fall due, and those that were overdue when the engine started.

Overdue timers fire at a rate. More of them than the setting ``overdue_timers`` are held until a person releases them;
timers that fall due later fire meanwhile. When a jump of the machine's clock is accepted, the timers within it are
overdue too. A stored timer is never earlier than the time at which it was stored, so the times tell the two apart.
"""

from __future__ import annotations

from engine.runtime.job_queue import WriterAccess
from engine.runtime.jobs import TimerJob
from engine.runtime.wall_clock import WallClock
from engine.store import runtime_queries, setting_queries
from engine.store.database import Database
from engine.store.results import Connection
from engine.store.runtime_lookups import RuntimeLookups

_RELEASED = "timers_released_until"
_LOOK_MS = 1_000
_COUNT_MS = 5_000


class DueTimers:
    """See the module; used in the writer's thread, the counts from any."""

    def __init__(self, database: Database, writer: WriterAccess, lookups: RuntimeLookups) -> None:
        self._database, self._writer, self._lookups = database, writer, lookups
        self._next: int | None = 0
        self._since = writer.clock.now()
        self._fired = self._fired_since = self._counted_at = 0
        self._recounts = False
        self.overdue = self._unreleased = 0
        """How many timers were overdue at the start and have not fired; how many of them nobody released."""
        with database.read() as connection:
            self._released = int(setting_queries.workspace_fact(connection, _RELEASED) or 0)
            self._count(connection)

    @property
    def held(self) -> int:
        """How many overdue timers wait until somebody releases them."""
        limit: int = self._writer.deployment.sandboxes["prod"].settings["overdue_timers"]
        return self._unreleased if self._unreleased > limit else 0

    @property
    def next_due(self) -> int | None:
        """When timers are to be looked for again, epoch ms."""
        return self._next

    def note(self, earliest: int | None) -> None:
        """Note a timer that was stored."""
        if earliest is not None and (self._next is None or earliest < self._next):
            self._next = earliest

    def look_again(self) -> None:
        """Look for timers at once: those of a suspended version count again."""
        self._next, self._recounts = 0, True

    def accept_clock(self) -> None:
        """Follow the machine's clock after a jump; what falls due by it counts as overdue."""
        if isinstance(self._writer.clock, WallClock):
            self._writer.clock.accept()
        self._since = self._writer.clock.now()
        self.look_again()

    def store_release(self, connection: Connection) -> int:
        """Store that the held timers may fire, after a restart too, and return how many there are."""
        setting_queries.put_workspace_fact(connection, _RELEASED, str(self._since))
        return self.held

    def release(self) -> None:
        """Let the held timers fire, once that is stored."""
        self._released = self._since
        self.look_again()

    def due(self, limit: int) -> list[TimerJob]:
        """Return the jobs of the timers that fire now, overdue ones first."""
        now = self._writer.clock.now()
        if self._next is None or now < self._next:
            return []
        suspended = self._writer.deployment.suspended_ids
        with self._database.read() as connection:
            found = self._overdue_ones(connection, now, limit) if self.overdue or self._recounts else []
            later = self._lookups.due(connection, now, limit, suspended, self._since)
            self._next = now if len(later) == limit else self._lookups.next_due(connection, suspended, self._since)
        if self.overdue:
            self._next = min(now + _LOOK_MS, self._next if self._next is not None else now + _LOOK_MS)
        return [TimerJob(row) for row in (*found, *later)]

    def _overdue_ones(self, connection: Connection, now: int, limit: int) -> list[int]:
        """List overdue timers that may fire now: so many a second, and none that are held."""
        deployment = self._writer.deployment
        if self._recounts or now - self._counted_at >= _COUNT_MS:
            self._count(connection)
        if now - self._fired_since >= _LOOK_MS:
            self._fired_since, self._fired = now, 0
        allowed = min(limit, max(0, deployment.sandboxes["prod"].settings["overdue_rate"] - self._fired))
        until = self._released if self.held else self._since
        found = self._lookups.due(connection, until - 1, allowed, deployment.suspended_ids) if allowed else []
        self._fired += len(found)
        self.overdue = max(0, self.overdue - len(found))
        if len(found) < allowed and not self.held:
            self.overdue = 0
        self._unreleased = min(self._unreleased, self.overdue)
        return found

    def _count(self, connection: Connection) -> None:
        self._counted_at, self._recounts = self._writer.clock.now(), False
        until, suspended = self._since - 1, self._writer.deployment.suspended_ids
        self.overdue = runtime_queries.count_due(connection, until, suspended)
        self._unreleased = runtime_queries.count_due(connection, until, suspended, self._released)
