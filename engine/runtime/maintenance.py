"""Maintenance by time: versions close and finish, tests end, old rows are deleted, a jump of the clock is noted.

Old rows go in slices (runtime.md, Durability), a few thousand at a time in the writer's turn; old step events are
archived first. Archives are written by a thread of their own; a file is whole and on the disk before its step events
go. What a crash leaves between the two is written anew, under the same name.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from engine.core.stimulus import Stop
from engine.errors import SojournError
from engine.files import make_private_folder
from engine.model.journey import JourneyState
from engine.runtime.job_queue import WriterAccess
from engine.runtime.jobs import MaintenanceJob
from engine.runtime.wall_clock import SKEW_MS, WallClock
from engine.store import (
    journey_queries,
    retention_queries,
    runtime_queries,
    setting_queries,
    step_files,
    testmode_queries,
)
from engine.store.database import Database
from engine.store.results import Connection
from engine.store.retention_queries import ArchivableStep, Archive, RetentionLimits
from engine.store.runtime_queries import DAY_MS

log = logging.getLogger("sojourn.runner")

TEST_IDLE_MS = 7 * DAY_MS
"""A test without an event switches itself off after this long."""

_LOOK_MS = 1_000
_STOPPED_AT_ONCE = 2_000
ARCHIVES = "archives"
"""The folder beneath the workspace's in which archives are, unless a setting names another."""
FILE_ROWS = 10_000
"""Step events of one file. Fewer are written when they have been old for a day."""

_RETENTION_MS = 60_000
_JUMP = "clock_jump"


def noted_jump(connection: Connection) -> int:
    """Return by how many ms the machine's clock had jumped when the last process ended; 0 unless that was held."""
    return int(setting_queries.workspace_fact(connection, _JUMP) or 0)


def store_jump(connection: Connection, jump: int) -> None:
    """Store a jump that is held; 0 when it is over."""
    setting_queries.put_workspace_fact(connection, _JUMP, str(jump))


class Maintenance:
    """Runs in the writer's thread between batches."""

    def __init__(self, database: Database, writer: WriterAccess) -> None:
        self._database = database
        self._clock = writer.clock
        self._writer = writer
        self._looked = 0
        self._retention = Retention(database, writer)
        with database.read() as connection:
            self._noted_jump = noted_jump(connection)

    def look(self) -> None:
        """Do the due maintenance, at most once a second."""
        now = self._clock.now()
        if now - self._looked < _LOOK_MS:
            return
        self._looked = now
        self._note_jump()
        self._stop_people()
        due = self._closing(now)
        if due:
            self._change(lambda connection: journey_queries.set_states(connection, due, now))
        self._retention.look(now)

    def _note_jump(self) -> None:
        """Store that a jump of the clock is held, for the next process too, or that it is over."""
        jump = self._clock.jump if isinstance(self._clock, WallClock) else 0
        if bool(jump) is not bool(self._noted_jump):
            self._noted_jump = jump
            self._change(lambda connection: store_jump(connection, jump))
            if jump:
                log.error("the machine's clock jumped", extra={"seconds": jump // 1000})
            else:
                log.info("the machine's clock is followed again")

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


class Retention:
    """See the module; called by the maintenance once a second."""

    def __init__(self, database: Database, writer: WriterAccess) -> None:
        self._database = database
        self._clock = clock = writer.clock
        self._writer = writer
        self._next = clock.now() + _RETENTION_MS
        self._writing: threading.Thread | None = None

    def look(self, now: int) -> None:
        """Delete old rows: some every minute, or every second while there are more; none while the clocks differ."""
        if isinstance(self._clock, WallClock) and abs(self._clock.skew) >= SKEW_MS:
            return
        if now < self._next or (self._writing is not None and self._writing.is_alive()):
            return
        self._next = now + _RETENTION_MS
        settings = self._writer.deployment.sandboxes["prod"].settings
        before = now - settings["retention_step_event_days"] * DAY_MS
        archiving = settings["archive_step_events"]
        limits = RetentionLimits(
            now=now,
            payloads=now - settings["retention_payload_days"] * DAY_MS,
            instances=now - settings["retention_instance_days"] * DAY_MS,
            steps=None if archiving else before,
        )
        with self._database.read() as connection:
            old = retention_queries.has_expired_rows(connection, limits)
            full = archiving and _is_file(retention_queries.oldest_steps(connection, before, FILE_ROWS), before)
        if old:
            self._writer.put(MaintenanceJob(lambda connection: self._prune(connection, limits)))
        if full:
            folder = Path(settings["archive_folder"] or self._database.folder / ARCHIVES)
            self._writing = threading.Thread(
                target=self._archive, args=(folder, before), name="sojourn-archive", daemon=True
            )
            self._writing.start()

    def close(self) -> None:
        """Wait for the archive that is being written."""
        if self._writing is not None:
            self._writing.join()

    def _prune(self, connection: Connection, limits: RetentionLimits) -> None:
        if retention_queries.delete_expired_rows(connection, limits):
            self._next = 0

    def _archive(self, folder: Path, before: int) -> None:
        """Write the next archive and delete its step events."""
        try:
            with self._database.read() as connection:
                steps = retention_queries.oldest_steps(connection, before, FILE_ROWS)
            make_private_folder(folder)
            path = folder / f"steps-{steps[0].at:015}-{steps[0].n}.parquet"
            records = (step_files.without_external_texts(step_files.record_of(step)) for step in steps)
            count = step_files.write_parquet(path, (record for record in records if not record["in_test"]))
            moments = [step.at for step in steps]
            times = (min(moments), max(moments), self._clock.now())
            archive = Archive(str(path), steps[0].n, steps[-1].n, count, *times)
            self._writer.write(lambda connection: retention_queries.put_archive(connection, archive))
            self._next = 0
        except SojournError:
            return  # the engine stops, or its disk is full: the step events are still there
        except (OSError, DBAPIError) as error:
            reason = error.strerror if isinstance(error, OSError) else type(error).__name__
            log.error("archiving failed", extra={"reason": reason})


def _is_file(steps: list[ArchivableStep], before: int) -> bool:
    """Tell whether these are enough for an archive."""
    return bool(steps) and (len(steps) == FILE_ROWS or steps[0].at < before - DAY_MS)
