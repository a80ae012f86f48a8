"""What is kept of a stimulus that cannot be processed, in one transaction: the stimulus, why, and that it was here."""

from __future__ import annotations

from engine.runtime.jobs import ArrivalJob, WriterJob
from engine.runtime.unit_of_work import UnitOfWork
from engine.store import runtime_queries


def store_dead_letter(work: UnitOfWork, piece: WriterJob, stored: bytes, trace: str) -> None:
    """List it with its traceback. Arrivals are accepted all the same; a timer wakes nobody any more."""
    if isinstance(piece, ArrivalJob):
        piece.record(work)
        work.flush()
    piece.skip(work.connection)
    runtime_queries.delete_dead_letters(work.connection, (piece.aside,))
    runtime_queries.insert_dead_letter(work.connection, piece.kind, piece.instance, stored, trace, work.now)
