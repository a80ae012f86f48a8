"""The jobs of the writer: arrivals, results of calls, timers, commands, feedback and changes of the workspace."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import ClassVar, Generic, cast

import msgspec

from engine.core.event_time import timed_event
from engine.core.stimulus import ActionDone, CallbackArrived, EventArrived, FetchDone, Stimulus
from engine.ports import Answer, Call, IncomingEvent, OutboxMessage
from engine.runtime.batch_processor import BatchProcessor
from engine.runtime.store_protocol import row_of
from engine.runtime.stored_stimuli import HeldArrival, HeldJump, StoredArrival, StoredCallResult, StoredStimulus
from engine.runtime.unit_of_work import UnitOfWork
from engine.store import profile_queries, runtime_queries
from engine.store.results import Connection


@dataclass(slots=True)
class WriterJob:
    """A job. ``attempts`` counts its own failures.

    ``dead_letter`` is the row of one that is tried again, ``held`` that of one that waited for a suspended version.
    """

    attempts: int = field(default=0, init=False)
    dead_letter: int = field(default=0, init=False)
    held: int = field(default=0, init=False)
    kind: ClassVar[str] = "work"

    @property
    def instance(self) -> int | None:
        """The instance it is for, if one is known beforehand."""
        return None

    @property
    def size(self) -> int:
        """The number of stimuli in it."""
        return 1

    @property
    def made_progress(self) -> bool:
        """Whether it counts among the processed jobs once it is committed."""
        return True

    def announce(self, unit: UnitOfWork) -> None:
        """Announce what will be read, so that it is read together with what others need: its instance."""
        row = self.instance
        if row is not None:
            unit.prefetch.instances.add(row)

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        """Do the job; an exception means that it failed and nothing is written."""
        raise NotImplementedError

    def succeed(self) -> None:
        """Notify the caller: the job is durable."""

    def fail(self, error: BaseException) -> None:
        """Notify the caller: the job was given up."""

    def dump(self) -> bytes | None:
        """Return the content of its dead letter; None if the caller is notified of the failure instead."""
        return None

    def discard(self, connection: Connection) -> None:
        """Keep it from coming again by itself, in the transaction that stores its dead letter."""


@dataclass(slots=True)
class AnsweredJob(WriterJob, Generic[Answer]):
    """A job with a waiting caller; ``answer`` is what it waits for."""

    future: Future[Answer] = field(default_factory=Future, kw_only=True)
    answer: Answer | None = field(default=None, init=False)

    def succeed(self) -> None:
        """Give the caller the answer."""
        if not self.future.done():
            self.future.set_result(cast("Answer", self.answer))

    def fail(self, error: BaseException) -> None:
        """Give the caller the reason."""
        if not self.future.done():
            self.future.set_exception(error)


@dataclass(slots=True)
class ArrivalJob(AnsweredJob[tuple[bool, ...]]):
    """Events that an inlet accepted, to be made durable and routed; the answer tells of each whether its id was new."""

    events: Sequence[IncomingEvent]
    kind: ClassVar[str] = "arrival"

    @property
    def size(self) -> int:
        return len(self.events)

    def announce(self, unit: UnitOfWork) -> None:
        for event in self.events:
            unit.prefetch.add_event(event)

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        fresh = []
        for event in self.events:
            is_new = unit.is_new_event(event.sandbox, event.id)
            fresh.append(is_new)
            if is_new:
                self._route(event, processor, unit)
        self.answer = tuple(fresh)

    def record(self, unit: UnitOfWork) -> None:
        """Record the ids alone: the events are in a dead letter."""
        for event in self.events:
            unit.prefetch.add_id(event.sandbox, event.id)
        unit.load_prefetched()
        self.answer = tuple(unit.is_new_event(event.sandbox, event.id) for event in self.events)
        for event, is_new in zip(self.events, self.answer, strict=True):
            if is_new:
                unit.records.accept_event(event.sandbox, event.id, event.at, event.document)

    def _route(self, event: IncomingEvent, processor: BatchProcessor, unit: UnitOfWork) -> None:
        unit.records.accept_event(event.sandbox, event.id, event.at, event.document)
        if event.no_match:
            unit.records.add_discard(event.sandbox, None, None, None, event.no_match)
        sandbox = unit.deployment.sandboxes.get(event.sandbox)
        if sandbox is not None and sandbox.settings["profiles_from_events"]:
            _add_experience(unit, event)
        processor.receive(event.sandbox, event.arrivals)

    def dump(self) -> bytes | None:
        routed = [
            StoredArrival(event.sandbox, key, namespace, arrival)
            for event in self.events
            for arrival, key, namespace in event.arrivals
        ]
        return msgspec.msgpack.encode(routed)


def _add_experience(unit: UnitOfWork, event: IncomingEvent) -> None:
    """Add an event to the profiles it is about, before it is routed: rules and expressions that follow see it.

    The event's own ``timestamp`` counts if it can be read and is not later, else the time when it was accepted.
    """
    for arrival, key, namespace in event.arrivals:
        if namespace is None or not isinstance(arrival, EventArrived):
            continue
        _, body = timed_event({"eventType": arrival.name, **arrival.payload}, event.at)
        profile_queries.add_experience_event(unit.connection, event.sandbox, namespace, key, body, unit.now)
        unit.note_experience(event.sandbox, namespace, key)


@dataclass(slots=True)
class RedeliveryJob(WriterJob):
    """Arrivals of a dead letter, tried again; they were made durable before."""

    arrivals: list[StoredArrival]
    kind: ClassVar[str] = "arrival"

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        for one in self.arrivals:
            processor.receive(one.sandbox, [(one.arrival, one.key, one.namespace)])

    def dump(self) -> bytes | None:
        return msgspec.msgpack.encode(self.arrivals)


@dataclass(slots=True)
class HeldJob(WriterJob):
    """An arrival or a jump that waited for a suspended version, for the journey of that version alone."""

    stored: HeldArrival | HeldJump
    kind: ClassVar[str] = "held"

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        processor.receive_held(self.stored)

    def dump(self) -> bytes | None:
        return msgspec.msgpack.encode(self.stored)


@dataclass(slots=True)
class StimulusJob(WriterJob):
    """A stimulus for one instance: a command, or anything tried again."""

    row: int
    stimulus: Stimulus
    kind: ClassVar[str] = "stimulus"

    @property
    def instance(self) -> int | None:
        return self.row

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        processor.stimulate(self.row, self.stimulus)

    def dump(self) -> bytes | None:
        return msgspec.msgpack.encode(StoredStimulus(self.row, self.stimulus))


@dataclass(slots=True)
class CallResultJob(StimulusJob):
    """The result of a call; ``message`` is the activity and the message that it left in the local outbox."""

    stimulus: FetchDone | ActionDone
    message: tuple[str, OutboxMessage] | None = None
    kind: ClassVar[str] = "result"

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        """Take the call out of the outbox, keep the message, and go on."""
        processor.complete_call(self.row, self.stimulus, self.message)

    def dump(self) -> bytes | None:
        return msgspec.msgpack.encode(StoredCallResult(self.row, self.stimulus, self.message))

    def discard(self, connection: Connection) -> None:
        """Take the call out of the outbox: the next process does not make it again."""
        runtime_queries.delete_call(connection, self.row, self.stimulus.call)


@dataclass(slots=True)
class TimerJob(WriterJob):
    """An instance whose timer fell due, or whose global timeout is over."""

    row: int
    kind: ClassVar[str] = "timer"

    @property
    def instance(self) -> int | None:
        return self.row

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        processor.wake(self.row)

    def dump(self) -> bytes | None:
        """Return nothing: the instance is enough."""
        return b""

    def discard(self, connection: Connection) -> None:
        """Clear the timer that cannot fire."""
        runtime_queries.clear_due(connection, self.row)


@dataclass(slots=True)
class FailedCallJob(WriterJob):
    """A call that failed by a fault of the program: kept in the outbox, with a dead letter that has the traceback."""

    call: Call
    error: Exception
    kind: ClassVar[str] = "call"

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        trace = "".join(traceback.format_exception(self.error))
        row = row_of(self.call.instance)
        stored = msgspec.msgpack.encode(self.call.effect.call)
        runtime_queries.insert_dead_letter(unit.connection, self.kind, row, stored, trace, unit.now)


@dataclass(slots=True)
class FeedbackJob(AnsweredJob[bool]):
    """Feedback on a message; the answer tells whether there is such a message."""

    sandbox: str
    message: str
    feedback: str
    at: int
    kind: ClassVar[str] = "feedback"

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        self.answer = processor.add_feedback(self.sandbox, self.message, self.feedback, self.at)


@dataclass(slots=True)
class CallbackJob(AnsweredJob[bool]):
    """The callback of a call; the answer tells whether the instance awaited it."""

    row: int
    callback: CallbackArrived
    kind: ClassVar[str] = "callback"

    @property
    def instance(self) -> int | None:
        return self.row

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        self.answer = processor.receive_callback(self.row, self.callback)


@dataclass(slots=True)
class MaintenanceJob(WriterJob):
    """Work on the database in the writer's turn that changes nothing kept in memory."""

    work: Callable[[Connection], None]
    kind: ClassVar[str] = "chore"

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        self.work(unit.connection)


@dataclass(slots=True)
class ChangeJob(AnsweredJob[Answer]):
    """A service's change of the workspace, in the writer's turn; ``work`` returns what the caller waits for."""

    work: Callable[[Connection], Answer]
    committed: Callable[[], object] | None = None
    """What is done in the writer's thread once the change is durable, before anything else."""
    kind: ClassVar[str] = "change"

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        self.answer = self.work(unit.connection)

    def succeed(self) -> None:
        if self.committed is not None:
            self.committed()
        AnsweredJob.succeed(self)
