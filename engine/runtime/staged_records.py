"""What a unit of work records besides the state: step events, calls, messages, discards, counters and test sessions.

Step events that count alike are counted together, by the one meaning in the core. Calls stay in the outbox until they
are answered; those that a process had under way when it ended are performed by the next (:func:`unanswered_calls`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import msgspec

from engine.core.effect import Call as CallEffect
from engine.core.effect import StepEvent
from engine.core.instance import Instance
from engine.core.metrics import Metrics, metrics_key
from engine.ports import Call, OutboxMessage, VirtualClock
from engine.runtime.deployment import DeployedVersion, Deployment
from engine.runtime.store_protocol import LoadedInstance, MessageOwner
from engine.store import held_queries, runtime_queries, testmode_queries
from engine.store.database import Database
from engine.store.results import Connection
from engine.store.runtime_lookups import RuntimeLookups
from engine.store.runtime_queries import OutboxRow, RuntimeStatements
from engine.store.tables import DISCARD, NO_VERSION

_ENCODE = msgspec.json.Encoder().encode
_EFFECTS = msgspec.msgpack.Encoder()
_MINUTE_MS = 60_000

decode_effect = msgspec.msgpack.Decoder(CallEffect).decode
"""Decode the stored form of a call's effect."""


Count = tuple[str, str, int]
"""(kind, name, number) of a counter."""

_MOST_KNOWN = 10_000
MOST_CACHED = 64 << 20
"""Bytes of stored instances that are kept in memory."""
_PLAIN = tuple(name for name in Metrics.__dataclass_fields__ if name not in ("feedback", "activities", "edges"))


class CounterCache:
    """The counts that each kind of step event adds; kept over the batches, since the kinds are few."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], tuple[Count, ...]] = {}

    def counts(self, kind: tuple[object, ...], event: StepEvent) -> tuple[Count, ...]:
        """Return the counts that one event of this :func:`metrics_key` adds."""
        found = self._known.get(kind)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[kind] = tuple(_count(event))
        return found


class StepCounts:
    """The step events of one transaction, summed."""

    __slots__ = ("_kinds",)

    def __init__(self) -> None:
        self._kinds: dict[tuple[object, ...], list[Any]] = {}

    def add(self, version_id: int, event: StepEvent) -> None:
        """Count one event of a version."""
        kind = metrics_key(version_id, event)
        known = self._kinds.get(kind)
        if known is None:
            self._kinds[kind] = [1, version_id, event]
        else:
            known[0] += 1

    def sum(self, tally: CounterCache, counts: Counter[tuple[int, bool, str, str]], minute: str) -> None:
        """Add all of them to the counters, entrances to those of the ``minute`` too."""
        for kind, (times, version_id, event) in self._kinds.items():
            if event.entrance:
                counts[version_id, event.in_test, "minute", minute] += times
            for what, name, number in tally.counts(kind, event):
                counts[version_id, event.in_test, what, name] += number * times


def _count(event: StepEvent) -> Iterable[Count]:
    metrics = Metrics()
    metrics.add(event)
    yield from flatten(metrics)
    if event.error:
        yield "error", event.error, 1


def flatten(metrics: Metrics) -> Iterable[Count]:
    """Counters as (kind, name, number), zeros left out."""
    for name in _PLAIN:
        number = getattr(metrics, name)
        if number:
            yield "metric", name, number
    for activity, count in metrics.activities.items():
        if count.entered:
            yield "entered", activity, count.entered
        if count.errors:
            yield "errors", activity, count.errors
    edges: Mapping[str, int] = metrics.edges
    for edge, number in edges.items():
        yield "edge", edge, number


class InstanceNumbers:
    """Numbers new instances, and makes their ids unique over runs and workspaces."""

    def __init__(self, largest: int) -> None:
        self._next = largest + 1
        self.run = token_hex(4)

    def next(self) -> tuple[int, str]:
        """Return the next instance's number and its id: the number behind a random beginning."""
        number = self._next
        self._next = number + 1
        return number, f"{self.run}{number:08x}"


class InstanceCache(dict[int, LoadedInstance]):
    """Instances by row, of at most :data:`MOST_CACHED` bytes together: beyond them all are read again."""

    __slots__ = ("_bytes", "_sizes")

    def __init__(self) -> None:
        super().__init__()
        self._sizes: dict[int, int] = {}
        self._bytes = 0

    def keep(self, loaded: LoadedInstance) -> None:
        """Keep an instance as it was stored."""
        row, size = loaded.row, loaded.size
        self._bytes += size - self._sizes.get(row, 0)
        self[row], self._sizes[row] = loaded, size
        if self._bytes > MOST_CACHED:
            self.clear()

    def drop(self, row: int) -> None:
        """Forget an instance."""
        if row in self:
            del self[row]
            self._bytes -= self._sizes.pop(row)

    def clear(self) -> None:
        """Forget all."""
        super().clear()
        self._sizes.clear()
        self._bytes = 0


@dataclass(slots=True)
class RunnerCaches:
    """What outlives a transaction. ``instances`` are those whose results or timers come soon."""

    rows: RuntimeStatements
    lookups: RuntimeLookups
    numbers: InstanceNumbers
    counters: CounterCache = field(default_factory=CounterCache)
    instances: InstanceCache = field(default_factory=InstanceCache)


class StagedRecords:
    """See the module; the ``RuntimeRecords`` of a unit of work."""

    def __init__(
        self, connection: Connection, caches: RunnerCaches, deployment: Deployment, testmode: TestModeState
    ) -> None:
        self._connection = connection
        self._deployment = deployment
        self._testmode = testmode
        self._now = testmode.now
        self._rows = caches.rows
        self._lookups = caches.lookups
        self._counters = caches.counters
        self._any_suppressed: dict[str, bool] = {}
        self._outbox: dict[tuple[int, int], tuple[OutboxRow, Call]] = {}
        self._answered: list[tuple[int, int]] = []
        self._steps: list[tuple[object, ...]] = []
        self._events: list[tuple[object, ...]] = []
        self._discards: list[tuple[object, ...]] = []
        self._messages: list[tuple[object, ...]] = []
        self._held: list[tuple[object, ...]] = []
        self._step_counts = StepCounts()
        self.counts: Counter[tuple[int, bool, str, str]] = Counter()

    def add_step(self, loaded: LoadedInstance, event: StepEvent) -> None:
        version_id = loaded.version.id
        fields = _ENCODE(event).decode()
        self._steps.append((version_id, loaded.row, event.timestamp, event.node, event.status, fields))
        self._step_counts.add(version_id, event)

    def add_discard(
        self, sandbox: str, event: str | None, key: str | None, journey: str | None, reason: str, field: str = ""
    ) -> None:
        self._discards.append((sandbox, self._now, event, key, journey, reason, field))
        self.counts[NO_VERSION, False, DISCARD, reason] += 1

    def add_call(self, loaded: LoadedInstance, effect: CallEffect) -> None:
        version, instance, key = loaded.version, loaded.instance, effect.idempotency_key
        where = (version.sandbox, instance.id, version.name, version.number)
        row = OutboxRow(loaded.row, effect.call, version.id, key, self._now, _EFFECTS.encode(effect))
        self._outbox[loaded.row, effect.call] = (
            row,
            Call(*where, key, self._now, instance.in_test, effect, version.id),
        )

    def answer_call(self, row: int, call: int) -> None:
        self._answered.append((row, call))

    def add_message(self, loaded: LoadedInstance, activity: str, message: OutboxMessage) -> None:
        version, at = loaded.version, self._testmode.time_of(loaded.version)
        self.keep_message(version.sandbox, at, version.id, loaded.row, loaded.instance.in_test, activity, message)

    def keep_message(
        self,
        sandbox: str,
        at: int,
        version_id: int,
        row: int,
        in_test: bool,
        activity: str,
        message: OutboxMessage,
    ) -> None:
        """Keep a message that an instance sent, whether its version is deployed or not."""
        where = (message.id, sandbox, at, version_id, row, in_test, activity)
        self._messages.append((*where, message.channel, message.address, message.subject, message.body, message.html))

    def hold(self, version_id: int, row: int | None, stimulus: bytes) -> None:
        """Keep a stimulus for a suspended version."""
        self._held.append((self._now, version_id, row, stimulus))

    def is_suppressed(self, sandbox: str, channel: str, address: str) -> bool:
        if sandbox not in self._any_suppressed:
            self._any_suppressed[sandbox] = self._lookups.has_suppressed(self._connection, sandbox)
        return self._any_suppressed[sandbox] and runtime_queries.is_suppressed(
            self._connection, sandbox, channel, address
        )

    def suppress(self, sandbox: str, channel: str, address: str, reason: str, at: int) -> None:
        self._any_suppressed[sandbox] = True
        runtime_queries.suppress(self._connection, sandbox, channel, address, reason, at)

    def message_owner(self, sandbox: str, message: str) -> MessageOwner | None:
        self._write_messages()
        found = runtime_queries.message_origin(self._connection, sandbox, message)
        return None if found is None else MessageOwner(*found[:3], *found[3].split("\t", 1))

    def add_feedback(self, owner: MessageOwner, message: str, kind: str, at: int) -> bool:
        if not runtime_queries.add_feedback(self._connection, message, kind, at):
            return False
        deployment = self._deployment
        if owner.version_id in deployment.versions or owner.version_id in deployment.suspended_ids:
            self.counts[owner.version_id, owner.in_test, "feedback", kind] += 1
        return True

    def accept_event(self, sandbox: str, source_id: str, at: int, payload: str) -> None:
        """Record an accepted event."""
        self._events.append((sandbox, source_id, at, payload))

    def _write_messages(self) -> None:
        """Write the messages so far: feedback on one may come in the same transaction."""
        self._rows.insert_messages(self._connection, self._messages)
        self._messages.clear()

    def open_calls(self) -> list[Call]:
        """List the calls that have no result yet."""
        gone = set(self._answered)
        return [call for key, (_, call) in self._outbox.items() if key not in gone]

    def flush(self) -> None:
        """Write the records."""
        write, connection = self._rows, self._connection
        write.insert_events(connection, self._events)
        write.insert_steps(connection, self._steps)
        gone = set(self._answered)
        write.insert_outbox(connection, [row for key, (row, _) in self._outbox.items() if key not in gone])
        write.delete_outbox(connection, [key for key in self._answered if key not in self._outbox])
        write.insert_discards(connection, self._discards)
        held_queries.insert_held(connection, self._held)
        self._write_messages()
        self._step_counts.sum(self._counters, self.counts, str(self._now // _MINUTE_MS * _MINUTE_MS))
        write.add_counts(connection, [(*key, delta) for key, delta in self.counts.items() if delta])


class TestModeState:
    """The part of a unit of work that knows test mode; nothing is read where nobody tests."""

    def __init__(self, connection: Connection, deployment: Deployment, now: int) -> None:
        self._connection = connection
        self._deployment = deployment
        self.now = now
        self._clocks: dict[int, VirtualClock] = {}
        self._keys: dict[int, set[str]] = {}

    def time_of(self, version: DeployedVersion) -> int:
        """Return now by the clock of a version's instances."""
        clock = version.clock
        return self.now if clock is None else self._clocks.get(version.id, clock).now

    def clock_of(self, version: DeployedVersion) -> VirtualClock | None:
        """Return a version's virtual clock, if it has one."""
        return self._clocks.get(version.id, version.clock)

    def move(self, version: DeployedVersion, clock: VirtualClock) -> None:
        """Move a version's virtual clock."""
        self._clocks[version.id] = clock

    def keys(self, version: DeployedVersion) -> set[str]:
        """Return the keys that entered in a version's session, and note that an event came for it."""
        if version.id not in self._keys:
            self._keys[version.id] = testmode_queries.entered_keys(self._connection, version.id)
        return self._keys[version.id]

    def flush(self) -> None:
        """Write the participants and the clocks."""
        for version_id, keys in self._keys.items():
            testmode_queries.record_test_event(self._connection, version_id, len(keys), self.now)
        for version_id, clock in self._clocks.items():
            testmode_queries.put_clock(self._connection, version_id, clock)

    def commit(self) -> None:
        """Set the deployed clocks after the transaction."""
        for version_id, clock in self._clocks.items():
            self._deployment.versions[version_id].clock = clock


AT_ONCE = 1_000


def unanswered_calls(
    database: Database,
    deployment: Deployment,
    instances: Collection[int] | None = None,
    versions: Collection[int] | None = None,
) -> Iterator[list[Call]]:
    """Yield the calls to perform again in portions: all, or those of these instances or versions."""
    after = (-1, -1)
    while True:
        with database.read() as connection:
            rows = runtime_queries.load_outbox(connection, after, AT_ONCE)
            chosen = [
                row
                for row in rows
                if (instances is None or row.instance in instances) and (versions is None or row.version_id in versions)
            ]
            people = {
                row.id: row for row in runtime_queries.load_instances(connection, {row.instance for row in chosen})
            }
        if not rows:
            return
        yield [call for row in chosen for call in _call(deployment, row, people.get(row.instance))]
        after = (rows[-1].instance, rows[-1].call)


def _call(
    deployment: Deployment, row: runtime_queries.OutboxRow, person: runtime_queries.InstanceRow | None
) -> list[Call]:
    version = deployment.versions.get(row.version_id)
    if version is None or person is None:
        return []
    instance = Instance.load(person.state)
    where = (version.sandbox, instance.id, version.name, version.number)
    return [Call(*where, row.key, row.created, instance.in_test, decode_effect(row.effect), version.id)]
