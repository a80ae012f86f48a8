"""Work that had been set aside, to be tried again."""

from __future__ import annotations

import msgspec

from engine.runner.segment_rounds import KIND, LookAgain, StoredLook
from engine.runner.work import Again, Answered, Given, StoredAnswer, StoredArrival, StoredStimulus, Wake, Work
from engine.store.run_rows import AsideRow


def restored(row: AsideRow) -> Work:
    """The work of a row of ``set_aside``; the row goes in the transaction in which it is done."""
    work = _restored(row.kind, row.instance, row.stimulus)
    work.aside = row.id
    return work


def _restored(kind: str, instance: int | None, stored: bytes) -> Work:
    if kind == Again.kind:
        return Again(msgspec.msgpack.decode(stored, type=list[StoredArrival]))
    if kind == Wake.kind:
        return Wake(instance or 0)
    if kind == KIND:
        return LookAgain(msgspec.msgpack.decode(stored, type=StoredLook))
    if kind == Answered.kind:
        answer = msgspec.msgpack.decode(stored, type=StoredAnswer)
        return Answered(answer.instance, answer.stimulus, answer.message)
    given = msgspec.msgpack.decode(stored, type=StoredStimulus)
    return Given(given.instance, given.stimulus)
