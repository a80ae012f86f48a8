"""Has what waited for a suspended version handled when it runs again, before anything that comes later."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from engine.ports import Call
from engine.runtime.deployment import Deployment
from engine.runtime.jobs import HeldJob, StimulusJob, WriterJob
from engine.runtime.staged_records import unanswered_calls
from engine.runtime.stored_stimuli import Held, HeldStimulus
from engine.store import held_queries
from engine.store.database import Database
from engine.store.held_queries import HeldRow


class HeldStimuli:
    """See the module; used in the writer's thread between batches."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: object = None
        """The deployment for which nothing is left that could be handled."""
        self._unperformed: frozenset[int] = frozenset()

    def begin(self, suspended: frozenset[int]) -> None:
        """Note the versions that are suspended at the start: the calls of the last process are not performed yet."""
        self._unperformed = suspended

    def perform_calls(self, deployment: Deployment, perform: Callable[[Sequence[Call]], None]) -> None:
        """Perform the calls of the last process whose version runs again."""
        ready = self._unperformed - deployment.suspended_ids
        if ready:
            for calls in unanswered_calls(self._database, deployment, versions=ready):
                perform(calls)
            self._unperformed -= ready

    def next(self, deployment: Deployment, limit: int) -> list[WriterJob]:
        """Return the next jobs; none once nothing is left that could be handled."""
        if self._seen is deployment:
            return []
        with self._database.read() as connection:
            rows = held_queries.load_ready(connection, deployment.suspended_ids, limit)
        if not rows:
            self._seen = deployment
        return [_job(row) for row in rows]


def _job(row: HeldRow) -> WriterJob:
    stored = msgspec.msgpack.decode(row.stimulus, type=Held)
    job = StimulusJob(stored.instance, stored.stimulus) if isinstance(stored, HeldStimulus) else HeldJob(stored)
    job.held = row.id
    return job
