"""Work that had been set aside, to be tried again."""

from __future__ import annotations

import msgspec

from engine.runtime.jobs import (
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
from engine.store.runtime_queries import DeadLetterRow


def redelivery_job(row: DeadLetterRow) -> WriterJob:
    """The work of a row of ``dead_letters``; the row goes in the transaction in which it is done."""
    work = _restored(row.kind, row.instance, row.stimulus)
    work.aside = row.id
    return work


def _restored(kind: str, instance: int | None, stored: bytes) -> WriterJob:
    if kind == RedeliveryJob.kind:
        return RedeliveryJob(msgspec.msgpack.decode(stored, type=list[StoredArrival]))
    if kind == TimerJob.kind:
        return TimerJob(instance or 0)
    if kind == KIND:
        return SegmentRetryJob(msgspec.msgpack.decode(stored, type=StoredSegmentJob))
    if kind == CallResultJob.kind:
        answer = msgspec.msgpack.decode(stored, type=StoredCallResult)
        return CallResultJob(answer.instance, answer.stimulus, answer.message)
    given = msgspec.msgpack.decode(stored, type=StoredStimulus)
    return StimulusJob(given.instance, given.stimulus)
