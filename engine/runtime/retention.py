"""Deletes old rows in slices (runtime.md, Durability); old step events are archived first.

Deleting is a piece of the writer's work, a few thousand rows at a time. Files are written by a thread of their own; a
file is whole and on the disk before the step events go. What a crash leaves between the two is written anew, under the
same name.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from engine.errors import SojournError
from engine.runtime.jobs import MaintenanceJob
from engine.runtime.writer_protocol import WriterAccess
from engine.store import retention_queries, step_files
from engine.store.database import Database
from engine.store.results import Connection
from engine.store.retention_queries import ArchivableStep, Archive, RetentionLimits
from engine.store.runtime_queries import DAY_MS

log = logging.getLogger("sojourn.runner")

ARCHIVES = "archives"
"""The folder beneath the workspace's in which archives are, unless a setting names another."""
FILE_ROWS = 10_000
"""Step events of one file. Fewer are written when they have been old for a day."""

_LOOK_MS = 60_000


class Retention:
    """See the module; called by the maintenance once a second."""

    def __init__(self, database: Database, writer: WriterAccess) -> None:
        self._database = database
        self._clock = clock = writer.clock
        self._writer = writer
        self._next = clock.now() + _LOOK_MS
        self._writing: threading.Thread | None = None

    def look(self, now: int) -> None:
        """Delete old rows: some every minute, or every second while there are more."""
        if now < self._next or (self._writing is not None and self._writing.is_alive()):
            return
        self._next = now + _LOOK_MS
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
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
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
