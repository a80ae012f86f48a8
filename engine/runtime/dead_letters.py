"""Dead letters: jobs that cannot be processed, kept with their traceback until somebody has them tried again."""

from __future__ import annotations

import msgspec

from engine.runtime.jobs import (
    ArrivalJob,
    CallResultJob,
    RedeliveryJob,
    StimulusJob,
    StoredArrival,
    StoredCallResult,
    StoredStimulus,
    TimerJob,
    WriterJob,
)
from engine.runtime.segment_jobs import KIND, SegmentRetryJob, StoredSegmentJob
from engine.runtime.unit_of_work import UnitOfWork
from engine.store import runtime_queries
from engine.store.runtime_queries import DeadLetterRow


def store_dead_letter(unit: UnitOfWork, job: WriterJob, stored: bytes, trace: str) -> None:
    """Store a job with its traceback. Events are accepted all the same; a timer wakes its instance no more."""
    if isinstance(job, ArrivalJob):
        job.record(unit)
        unit.flush()
    job.discard(unit.connection)
    runtime_queries.delete_dead_letters(unit.connection, (job.dead_letter,))
    runtime_queries.insert_dead_letter(unit.connection, job.kind, job.instance, stored, trace, unit.now)


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
    if kind == KIND:
        return SegmentRetryJob(msgspec.msgpack.decode(stored, type=StoredSegmentJob))
    if kind == CallResultJob.kind:
        result = msgspec.msgpack.decode(stored, type=StoredCallResult)
        return CallResultJob(result.instance, result.stimulus, result.message)
    found = msgspec.msgpack.decode(stored, type=StoredStimulus)
    return StimulusJob(found.instance, found.stimulus)
