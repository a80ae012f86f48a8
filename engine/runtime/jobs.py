"""What the writer works off: arrivals, results, wake-ups and commands, each known how to be done and set aside."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, ClassVar

import msgspec

from engine.core.advance import awaited_callback
from engine.core.stimulus import (
    ActionDone,
    CallbackArrived,
    EventArrived,
    FetchDone,
    ReactionArrived,
    SegmentChanged,
    Stimulus,
)
from engine.effects.messages import reaction_of
from engine.ports import Call, Connection, IncomingEvent, OutboxMessage
from engine.runtime.batch_processor import BatchProcessor
from engine.runtime.experiences import experience
from engine.runtime.loaded import row_of
from engine.runtime.unit_of_work import UnitOfWork
from engine.store import runtime_queries

_SUPPRESSING = ("unsubscribed",)


class StoredArrival(msgspec.Struct, array_like=True):
    """An arrival as it is set aside."""

    sandbox: str
    key: str
    namespace: str | None
    arrival: EventArrived | SegmentChanged


class StoredStimulus(msgspec.Struct, array_like=True):
    """A stimulus as it is set aside."""

    instance: int
    stimulus: Stimulus


class StoredCallResult(msgspec.Struct, array_like=True):
    """What came of a call as it is set aside."""

    instance: int
    stimulus: FetchDone | ActionDone
    message: tuple[str, OutboxMessage] | None = None


@dataclass(slots=True)
class WriterJob:
    """One piece of work. ``tries`` counts failures of its own, ``aside`` is the row of one that was set aside."""

    tries: int = field(default=0, init=False)
    aside: int = field(default=0, init=False)
    kind: ClassVar[str] = "work"

    @property
    def instance(self) -> int | None:
        """The instance it is for, if one is known beforehand."""
        return None

    @property
    def size(self) -> int:
        """How many stimuli it is."""
        return 1

    @property
    def done_something(self) -> bool:
        """Whether it counts among what was done, once it was."""
        return True

    def expect(self, work: UnitOfWork) -> None:
        """Say what will be read, so that it is read together with what others need."""

    def do(self, walk: BatchProcessor, work: UnitOfWork) -> None:
        """Do it; an exception means that it failed and nothing is written."""
        raise NotImplementedError

    def done(self) -> None:
        """It is durable: tell who waits."""

    def failed(self, error: BaseException) -> None:
        """It was given up: tell who waits."""

    def stored(self) -> bytes | None:
        """What to set aside after three tries; None if the one who waits is told instead."""
        return None

    def skip(self, connection: Connection) -> None:
        """It is set aside, in the same transaction: see that it does not come again by itself."""


@dataclass(slots=True)
class ArrivalJob(WriterJob):
    """What an inlet accepted, to be made durable and routed. ``fresh`` says of each whether its id was new."""

    arriving: Sequence[IncomingEvent]
    future: Future[tuple[bool, ...]]
    fresh: tuple[bool, ...] = ()
    kind: ClassVar[str] = "arrival"

    @property
    def size(self) -> int:
        """How many arrivals."""
        return len(self.arriving)

    def expect(self, work: UnitOfWork) -> None:
        """Keys and profiles of all arrivals, journey by journey."""
        for one in self.arriving:
            work.expected.arrival(one)

    def do(self, walk: BatchProcessor, work: UnitOfWork) -> None:
        """Record and route those whose ids are new."""
        fresh = []
        for one in self.arriving:
            is_new = work.is_new(one.sandbox, one.id)
            fresh.append(is_new)
            if is_new:
                self._route(one, walk, work)
        self.fresh = tuple(fresh)

    def record(self, work: UnitOfWork) -> None:
        """Record the ids alone: the arrivals are set aside."""
        for one in self.arriving:
            work.expected.id(one.sandbox, one.id)
        work.gather()
        self.fresh = tuple(work.is_new(one.sandbox, one.id) for one in self.arriving)
        for one, is_new in zip(self.arriving, self.fresh, strict=True):
            if is_new:
                work.accepted(one.sandbox, one.id, one.at, one.document)

    def _route(self, one: IncomingEvent, walk: BatchProcessor, work: UnitOfWork) -> None:
        work.accepted(one.sandbox, one.id, one.at, one.document)
        if one.no_match:
            work.discard(one.sandbox, None, None, None, one.no_match)
        found = work.deployment.sandboxes.get(one.sandbox)
        if found is not None and found.settings["profiles_from_events"]:
            experience(work, one)
        for arrival, key, namespace in one.arrivals:
            walk.arrive(one.sandbox, arrival, key, namespace)

    def done(self) -> None:
        """Acknowledge."""
        if not self.future.done():
            self.future.set_result(self.fresh)

    def failed(self, error: BaseException) -> None:
        """The sender is told that nothing was accepted."""
        if not self.future.done():
            self.future.set_exception(error)

    def stored(self) -> bytes | None:
        """All the arrivals of this post."""
        routed = [
            StoredArrival(one.sandbox, key, namespace, arrival)
            for one in self.arriving
            for arrival, key, namespace in one.arrivals
        ]
        return msgspec.msgpack.encode(routed)


@dataclass(slots=True)
class RedeliveryJob(WriterJob):
    """Arrivals that were set aside, tried again."""

    arrivals: list[StoredArrival]
    kind: ClassVar[str] = "arrival"

    def do(self, walk: BatchProcessor, work: UnitOfWork) -> None:
        """Route them; they were made durable before."""
        for one in self.arrivals:
            walk.arrive(one.sandbox, one.arrival, one.key, one.namespace)

    def stored(self) -> bytes | None:
        """The arrivals."""
        return msgspec.msgpack.encode(self.arrivals)


@dataclass(slots=True)
class StimulusJob(WriterJob):
    """A stimulus for one instance: a command, feedback or anything tried again."""

    row: int
    stimulus: Stimulus
    kind: ClassVar[str] = "stimulus"

    @property
    def instance(self) -> int | None:
        """The instance it is for."""
        return self.row

    def expect(self, work: UnitOfWork) -> None:
        """The instance."""
        work.expected.people.add(self.row)

    def do(self, walk: BatchProcessor, work: UnitOfWork) -> None:
        """Give it."""
        walk.give(self.row, self.stimulus)

    def stored(self) -> bytes | None:
        """The stimulus."""
        return msgspec.msgpack.encode(StoredStimulus(self.row, self.stimulus))


@dataclass(slots=True)
class CallResultJob(StimulusJob):
    """What came of a call outside; with the message that landed in the local outbox, if it was one."""

    stimulus: FetchDone | ActionDone
    message: tuple[str, OutboxMessage] | None = None
    kind: ClassVar[str] = "result"

    def do(self, walk: BatchProcessor, work: UnitOfWork) -> None:
        """Take the call out of the outbox, keep the message, go on."""
        work.answered(self.row, self.stimulus.call)
        person = work.person(self.row)
        if person is not None and self.message is not None and isinstance(self.stimulus, ActionDone):
            work.message(person, *self.message)
        walk.give(self.row, self.stimulus)

    def stored(self) -> bytes | None:
        """The answer, with its message."""
        return msgspec.msgpack.encode(StoredCallResult(self.row, self.stimulus, self.message))

    def skip(self, connection: Connection) -> None:
        """The call was answered: the next process does not make it again."""
        runtime_queries.delete_call(connection, self.row, self.stimulus.call)


@dataclass(slots=True)
class TimerJob(WriterJob):
    """An instance's timer fell due, or its global timeout is over."""

    row: int
    kind: ClassVar[str] = "timer"

    @property
    def instance(self) -> int | None:
        """The instance to wake."""
        return self.row

    def expect(self, work: UnitOfWork) -> None:
        """The instance."""
        work.expected.people.add(self.row)

    def do(self, walk: BatchProcessor, work: UnitOfWork) -> None:
        """Wake it."""
        walk.wake(self.row)

    def stored(self) -> bytes | None:
        """Nothing but the instance is needed."""
        return b""

    def skip(self, connection: Connection) -> None:
        """The timer that cannot fire is due no more."""
        runtime_queries.clear_due(connection, self.row)


@dataclass(slots=True)
class FailedCallJob(WriterJob):
    """A call that failed by a fault of the program: kept in the outbox, and listed with its traceback."""

    call: Call
    error: Exception
    kind: ClassVar[str] = "call"

    def do(self, walk: BatchProcessor, work: UnitOfWork) -> None:
        """List it."""
        trace = "".join(traceback.format_exception(self.error))
        row = row_of(self.call.instance)
        stored = msgspec.msgpack.encode(self.call.effect.call)
        runtime_queries.insert_dead_letter(work.connection, self.kind, row, stored, trace, work.now)


@dataclass(slots=True)
class FeedbackJob(WriterJob):
    """What became of a message. ``known`` says whether there is such a message."""

    sandbox: str
    message: str
    feedback: str
    at: int
    future: Future[bool]
    known: bool = False
    kind: ClassVar[str] = "feedback"

    def do(self, walk: BatchProcessor, work: UnitOfWork) -> None:
        """Count it, stop writing to who unsubscribed, and tell the person's journey."""
        work.write_messages()
        owner = runtime_queries.message_origin(work.connection, self.sandbox, self.message)
        self.known = owner is not None
        if owner is None or not runtime_queries.add_feedback(work.connection, self.message, self.feedback, self.at):
            return
        row, version_id, in_test, address = owner
        version = work.deployment.versions.get(version_id)
        if version is not None:
            work.count(version, in_test, "feedback", self.feedback)
        channel, _, to = address.partition("\t")
        if self.feedback in _SUPPRESSING:
            runtime_queries.suppress(work.connection, self.sandbox, channel, to, self.feedback, self.at)
        reaction = reaction_of(channel, self.feedback)
        if reaction is not None:
            walk.give(row, ReactionArrived(self.message, reaction, self.at))

    def done(self) -> None:
        """Say whether there is such a message."""
        if not self.future.done():
            self.future.set_result(self.known)

    def failed(self, error: BaseException) -> None:
        """The sender is told."""
        if not self.future.done():
            self.future.set_exception(error)


@dataclass(slots=True)
class CallbackJob(WriterJob):
    """The callback of a call. ``known`` says whether the instance awaited it."""

    row: int
    callback: CallbackArrived
    future: Future[bool]
    known: bool = False
    kind: ClassVar[str] = "callback"

    @property
    def instance(self) -> int | None:
        """The instance that made the call."""
        return self.row

    def expect(self, work: UnitOfWork) -> None:
        """Prefetch the instance."""
        work.expected.people.add(self.row)

    def do(self, walk: BatchProcessor, work: UnitOfWork) -> None:
        """Give the callback to the instance if it is awaited."""
        person = work.person(self.row)
        awaited = awaited_callback(person.version.program, person.instance) if person is not None else None
        self.known = awaited is not None and awaited[1] == self.callback.call
        if self.known:
            walk.give(self.row, self.callback)

    def done(self) -> None:
        """Answer the sender."""
        if not self.future.done():
            self.future.set_result(self.known)

    def failed(self, error: BaseException) -> None:
        """Answer the sender that the engine failed."""
        if not self.future.done():
            self.future.set_exception(error)


@dataclass(slots=True)
class MaintenanceJob(WriterJob):
    """Something that is done to the workspace in the writer's turn, and changes nothing that is kept in memory."""

    work: Callable[[Connection], None]
    kind: ClassVar[str] = "chore"

    def do(self, walk: BatchProcessor, work: UnitOfWork) -> None:
        """Do it."""
        self.work(work.connection)


@dataclass(slots=True)
class ChangeJob(WriterJob):
    """A service's change of the workspace, in the writer's turn; ``work`` answers what the caller waits for."""

    work: Callable[[Connection], Any]
    future: Future[Any]
    answer: Any = None
    kind: ClassVar[str] = "change"

    def do(self, walk: BatchProcessor, work: UnitOfWork) -> None:
        """Make the change."""
        self.answer = self.work(work.connection)

    def done(self) -> None:
        """Give the answer."""
        self.future.set_result(self.answer)

    def failed(self, error: BaseException) -> None:
        """The caller is told."""
        self.future.set_exception(error)


def answered(instance: str, result: FetchDone | ActionDone, message: tuple[str, OutboxMessage] | None) -> CallResultJob:
    """The work that a performed call leaves."""
    return CallResultJob(row_of(instance), result, message)
