"""Runs batches of jobs, one transaction a batch (runtime.md, Durability).

When a batch fails its jobs run one by one. A job that fails three times becomes a dead letter, kept with its traceback
until somebody has it tried again. A refusal of the database (a full disk, a lock) is no fault of a job: it waits and is
tried again.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Sequence

import msgspec

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.json_types import JsonObject
from engine.ports import Call, Clock
from engine.runtime.batch_processor import BatchProcessor
from engine.runtime.deployment import Deployment
from engine.runtime.deployment_loader import load_deployment
from engine.runtime.job_queue import JobQueue
from engine.runtime.jobs import (
    ArrivalJob,
    CallResultJob,
    ChangeJob,
    HeldJob,
    RedeliveryJob,
    StimulusJob,
    TimerJob,
    WriterJob,
)
from engine.runtime.segment_jobs import KIND, SegmentRetryJob, StoredSegmentJob
from engine.runtime.staged_records import InstanceNumbers, RunnerCaches
from engine.runtime.stored_stimuli import HeldArrival, HeldJump, StoredArrival, StoredCallResult, StoredStimulus
from engine.runtime.unit_of_work import UnitOfWork
from engine.store import held_queries, runtime_queries, setting_queries
from engine.store.database import Database
from engine.store.database_errors import error_reason, is_database_error
from engine.store.results import Connection
from engine.store.runtime_lookups import RuntimeLookups
from engine.store.runtime_queries import DeadLetterRow, RuntimeStatements

log = logging.getLogger("sojourn.runner")

ATTEMPTS = 3
_MAX_CACHED_INSTANCES = 20_000
RETRY_SECONDS = 0.2


class JobRunner:
    """See the module. ``committed`` is given the calls of each batch and the time of its earliest timer."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        defaults: JsonObject,
        queue: JobQueue,
        committed: Callable[[Sequence[Call], int | None], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._defaults = defaults
        self._queue = queue
        self._on_commit = committed
        self.processed = 0
        self.refusal: Phrase | None = None
        with database.read() as connection:
            self.deployment = load_deployment(connection, defaults)
            numbers = InstanceNumbers(runtime_queries.largest_instance(connection))
            self.seed = int(setting_queries.workspace_fact(connection, "seed") or 0)
        self.lookups = RuntimeLookups(database.dialect)
        self._caches = RunnerCaches(RuntimeStatements(database.dialect), self.lookups, numbers)

    def run(self, batch: list[WriterJob]) -> None:
        """Run a batch; if that fails, its jobs one by one."""
        while True:
            try:
                self._transact(batch)
            except Exception as error:  # noqa: BLE001 - a faulty job must not stop the writer
                self._caches.instances.clear()
                if is_database_error(error):
                    if self._handle_refusal(batch, error):
                        return
                    continue
                if len(batch) > 1:
                    for job in batch:
                        self.run([job])
                    return
                if self._count_failure(batch[0], error):
                    return
                continue
            self.refusal = None
            return

    def _transact(self, batch: list[WriterJob]) -> None:
        with self._database.write() as connection:
            unit = UnitOfWork(connection, self._caches, self.deployment, self._clock.now())
            processor = BatchProcessor(unit, self.seed)
            for job in batch:
                job.announce(unit)
            unit.load_prefetched()
            for job in batch:
                if _is_stored(connection, job):
                    job.run(processor, unit)
            unit.flush()
            changed = any(isinstance(job, ChangeJob) for job in batch)
            deployment = load_deployment(connection, self._defaults, self.deployment) if changed else self.deployment
        self._committed(batch, unit, deployment)

    def _committed(self, batch: list[WriterJob], unit: UnitOfWork, deployment: Deployment) -> None:
        calls = unit.commit()
        if deployment is not self.deployment or len(self._caches.instances) > _MAX_CACHED_INSTANCES:
            self.deployment = deployment
            self._caches.instances.clear()
        self.processed += sum(job.made_progress for job in batch)
        for job in batch:
            self._queue.finished(job)
            job.succeed()
        self._on_commit(calls, unit.earliest_due)

    def _handle_refusal(self, batch: list[WriterJob], error: BaseException) -> bool:
        """Fail the jobs with a waiting caller, since the database refused; True when no other is left to try again."""
        self.note_refusal(error)
        if self._database.damage is not None:
            self._give_up(batch)
            return True
        self._fail_callers(batch)
        if not batch or self._queue.stopping:
            return True
        time.sleep(RETRY_SECONDS)
        self._fail_callers(self._queue.withdraw())
        return False

    def _give_up(self, batch: list[WriterJob]) -> None:
        """Fail every job, since the database is damaged; nobody is set aside, and what is stored stays as it is."""
        damage = self._database.damage
        assert damage is not None
        for job in [*batch, *self._queue.withdraw(everything=True)]:
            self._queue.finished(job)
            job.fail(SojournError.of(damage))

    def _fail_callers(self, batch: list[WriterJob]) -> None:
        """Fail the jobs of a batch that have a waiting caller; the others stay in it."""
        for job in [job for job in batch if isinstance(job, ArrivalJob | ChangeJob)]:
            batch.remove(job)
            self._queue.finished(job)
            job.fail(SojournError("workspace_unwritable.send", reason=self.refusal))

    def note_refusal(self, error: BaseException) -> None:
        """Note that the database refused."""
        self.refusal = error_reason(error)
        log.error("the database refused", extra={"reason": type(error).__name__})

    def _count_failure(self, job: WriterJob, error: BaseException) -> bool:
        """Count a failure of a job, after three make it a dead letter; True when the job is over."""
        if isinstance(job, ChangeJob):
            job.fail(error)
            return True
        job.attempts += 1
        if job.attempts < ATTEMPTS:
            return False
        trace = "".join(traceback.format_exception(error))
        stored = job.dump()
        log.error("set aside after three tries", extra={"kind": job.kind, "instance": job.instance})
        if stored is None:
            self._queue.finished(job)
            job.fail(error)
            return True
        try:
            self._store_dead_letter(job, stored, trace)
        except Exception as refusal:
            if not is_database_error(refusal):
                raise
            self.note_refusal(refusal)
            time.sleep(RETRY_SECONDS)
            return False
        return True

    def _store_dead_letter(self, job: WriterJob, stored: bytes, trace: str) -> None:
        """Store a job with its traceback. Events are accepted all the same; a timer wakes its instance no more."""
        with self._database.write() as connection:
            unit = UnitOfWork(connection, self._caches, self.deployment, self._clock.now())
            if isinstance(job, ArrivalJob):
                job.record(unit)
                unit.flush()
            job.discard(connection)
            _is_stored(connection, job)
            runtime_queries.insert_dead_letter(connection, job.kind, job.instance, stored, trace, unit.now)
        self._queue.finished(job)
        job.succeed()


def _is_stored(connection: Connection, job: WriterJob) -> bool:
    """Take a job out of where it was stored; False if it is there no more: it was deleted meanwhile."""
    if job.dead_letter:
        return runtime_queries.delete_dead_letters(connection, (job.dead_letter,)) > 0
    return not job.held or held_queries.delete_held(connection, job.held) > 0


def redelivery_job(row: DeadLetterRow) -> WriterJob:
    """Restore the job of a dead letter; the row goes in the transaction in which it is done."""
    job = _restore(row.kind, row.instance, row.stimulus)
    job.dead_letter = row.id
    return job


def _restore(kind: str, instance: int | None, stored: bytes) -> WriterJob:
    if kind == RedeliveryJob.kind:
        return RedeliveryJob(msgspec.msgpack.decode(stored, type=list[StoredArrival]))
    if kind == TimerJob.kind:
        return TimerJob(instance or 0)
    if kind == HeldJob.kind:
        return HeldJob(msgspec.msgpack.decode(stored, type=HeldArrival | HeldJump))
    if kind == KIND:
        return SegmentRetryJob(msgspec.msgpack.decode(stored, type=StoredSegmentJob))
    if kind == CallResultJob.kind:
        result = msgspec.msgpack.decode(stored, type=StoredCallResult)
        return CallResultJob(result.instance, result.stimulus, result.message)
    found = msgspec.msgpack.decode(stored, type=StoredStimulus)
    return StimulusJob(found.instance, found.stimulus)
