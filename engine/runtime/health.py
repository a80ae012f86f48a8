"""The health of a running engine: what works, what waits, and what a person must look after.

It is read without the writer: it answers while the writer, the database or the disk do not.
"""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.runtime.dispatch import CallDispatcher
from engine.runtime.wall_clock import SKEW_MS, WallClock
from engine.runtime.writer import Writer
from engine.services.views import HealthCheck, HealthState
from engine.store import report_queries
from engine.store.database_errors import error_reason

STALL_SECONDS = 30
"""Work that waits longer than this for its commit is reported."""
FEW_DESCRIPTORS = 64
LITTLE_DISK = 256 << 20
_DESCRIPTORS = Path("/proc/self/fd")
_DAY_MS = 86_400_000

WRITER = "writer"
COMMITS = "commits"
DISPATCH = "dispatch"
_LOCKED = {
    "vault_locked.wrong": "health.vault.wrong",
    "vault_key_file.mode": "health.vault.mode",
    "vault_key_file.unreadable": "health.vault.unreadable",
}
"""Sentences without a path: anybody may ask for the health."""


class HealthProbe:
    """Looks at the parts of one engine. ``vault`` tells why no key opens the vault, None if one does."""

    def __init__(
        self, writer: Writer, dispatch: CallDispatcher, folder: Path, vault: Callable[[], Phrase | None]
    ) -> None:
        self._writer, self._dispatch, self._folder = writer, dispatch, folder
        self._vault = vault
        self.draining = False
        self.taken_port = 0
        """The port of the workspace, if another program had it at the start."""

    def state(self) -> HealthState:
        """Look at everything."""
        checks = tuple(self._checks())
        faults = [check.reason for check in checks if check.reason is not None]
        writer = self._writer
        return HealthState(
            "degraded" if faults else "ok",
            faults[0] if faults else None,
            writer.waiting,
            self._dispatch.under_way,
            writer.overdue,
            checks,
        )

    def dead_part(self) -> Phrase | None:
        """Say which part ended and does not come back, or that another owner came; None while all run."""
        if self._writer.lost_owner is not None:
            return self._writer.lost_owner
        if not self._writer.is_alive:
            return ended(WRITER, self._writer.died)
        return ended(DISPATCH, self._dispatch.died) if self._dispatch.died else None

    def refusal(self) -> Phrase | None:
        """Return why no events are accepted now; None if they are."""
        return next((check.reason for check in self._accepting() if check.reason is not None), None)

    def _accepting(self) -> Iterator[HealthCheck]:
        writer = self._writer
        yield _check(WRITER, int(writer.is_alive), writer.is_alive, Phrase("health.writer"))
        failure = writer.failure
        yield _check("database", int(not failure), not failure, Phrase("health.database", {"reason": failure}))
        stalled = int(writer.stalled_seconds)
        yield _check(COMMITS, stalled, stalled < STALL_SECONDS, Phrase("health.commits", {"seconds": stalled}))
        yield _check("drain", int(self.draining), not self.draining, Phrase("health.drain"))
        locked = self._vault()
        reason = Phrase(_LOCKED.get(locked.key, "health.vault") if locked is not None else "")
        yield _check("vault", int(locked is not None), locked is None, reason)

    def _checks(self) -> Iterator[HealthCheck]:
        yield from self._accepting()
        died = self._dispatch.died
        yield _check(DISPATCH, int(not died), not died, Phrase("health.dispatch"))
        yield from self._stored()
        held = self._writer.held
        yield _check("timers", held, not held, Phrase("health.timers", {"count": held}))
        suspended = self._writer.suspensions
        names = ", ".join(f"{one.name} ({one.sandbox})" for one in suspended)
        yield _check("suspended", len(suspended), not suspended, Phrase("health.suspended", {"names": names}))
        taken, address = self.taken_port, self._writer.address
        yield _check("address", taken, not taken, Phrase("health.address", {"port": taken, "address": address}))
        clock = self._writer.clock
        jump, skew = (clock.jump, clock.skew) if isinstance(clock, WallClock) else (0, 0)
        key, seconds = ("health.clock.jump", jump // 1000) if jump else ("health.clock", skew // 1000)
        yield _check("clock", skew, abs(skew) < SKEW_MS, Phrase(key, {"seconds": seconds}))
        free = free_descriptors()
        yield _check("descriptors", free, free >= FEW_DESCRIPTORS, Phrase("health.descriptors", {"count": free}))
        space = _free_disk(self._folder)
        yield _check(
            "disk",
            space,
            space >= LITTLE_DISK,
            Phrase("health.disk", {"megabytes": space >> 20, "folder": str(self._folder)}),
        )

    def _stored(self) -> Iterator[HealthCheck]:
        """Count the dead letters; those of the last day are a fault."""
        try:
            with self._writer.read() as connection:
                count = report_queries.count_dead_letters(connection)
                recent = report_queries.count_dead_letters(connection, self._writer.clock.now() - _DAY_MS)
        except SojournError as error:
            yield HealthCheck("dead_letters", False, -1, error.phrase)
        except DBAPIError as error:
            yield HealthCheck("dead_letters", False, -1, error_reason(error))
        else:
            yield _check("dead_letters", count, not recent, Phrase("health.dead_letters", {"count": recent}))


def ended(part: str, name: str) -> Phrase:
    """Say that a part of the engine ended, by an error of this type."""
    return Phrase("engine_part_ended", {"part": part, "name": name or "?"})


def _check(name: str, value: int, ok: bool, reason: Phrase) -> HealthCheck:
    return HealthCheck(name, ok, value, None if ok else reason)


def free_descriptors() -> int:
    """Return how many more files and connections this process may open."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    with suppress(OSError):
        return limit - sum(1 for _ in _DESCRIPTORS.iterdir())
    return limit


def _free_disk(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
