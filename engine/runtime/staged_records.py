"""What a unit of work records besides the state: step events, calls, messages, discards and counters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from engine.core.effect import Call as CallEffect
from engine.core.step_event import StepEvent
from engine.ports import Call, OutboxMessage
from engine.runtime.counters import CounterCache, StepCounts
from engine.runtime.deployment import Deployment
from engine.runtime.loaded import InstanceNumbers, LoadedInstance
from engine.runtime.store_protocol import MessageOwner
from engine.runtime.testmode_state import TestModeState
from engine.store import runtime_queries
from engine.store.results import Connection
from engine.store.runtime_lookups import RuntimeLookups
from engine.store.runtime_queries import OutboxRow, RuntimeStatements

_ENCODE = msgspec.json.Encoder().encode
_EFFECTS = msgspec.msgpack.Encoder()
_MINUTE_MS = 60_000

decode_effect = msgspec.msgpack.Decoder(CallEffect).decode
"""Decode the stored form of a call's effect."""


@dataclass(slots=True)
class RunnerCaches:
    """What outlives a transaction. ``instances`` are those whose results or timers come soon."""

    rows: RuntimeStatements
    lookups: RuntimeLookups
    numbers: InstanceNumbers
    counters: CounterCache = field(default_factory=CounterCache)
    instances: dict[int, LoadedInstance] = field(default_factory=dict)


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
        self._steps: list[tuple[Any, ...]] = []
        self._events: list[tuple[Any, ...]] = []
        self._discards: list[tuple[Any, ...]] = []
        self._messages: list[tuple[Any, ...]] = []
        self._step_counts = StepCounts()
        self._counts: Counter[tuple[int, bool, str, str]] = Counter()

    def add_step(self, loaded: LoadedInstance, event: StepEvent) -> None:
        """See ``RuntimeRecords``."""
        version_id = loaded.version.id
        fields = _ENCODE(event).decode()
        self._steps.append((version_id, loaded.row, event.timestamp, event.node, event.status, fields))
        self._step_counts.add(version_id, event)

    def add_discard(
        self, sandbox: str, event: str | None, key: str | None, journey: str | None, reason: str, field: str = ""
    ) -> None:
        """See ``RuntimeRecords``."""
        self._discards.append((sandbox, self._now, event, key, journey, reason, field))

    def add_call(self, loaded: LoadedInstance, effect: CallEffect) -> None:
        """See ``RuntimeRecords``."""
        version, instance, key = loaded.version, loaded.instance, effect.idempotency_key
        where = (version.sandbox, instance.id, version.name, version.number)
        row = OutboxRow(loaded.row, effect.call, version.id, key, self._now, _EFFECTS.encode(effect))
        self._outbox[loaded.row, effect.call] = (row, Call(*where, key, self._now, instance.in_test, effect))

    def answer_call(self, row: int, call: int) -> None:
        """See ``RuntimeRecords``."""
        self._answered.append((row, call))

    def add_message(self, loaded: LoadedInstance, activity: str, message: OutboxMessage) -> None:
        """See ``RuntimeRecords``."""
        version, at = loaded.version, self._testmode.time_of(loaded.version)
        where = (message.id, version.sandbox, at, version.id, loaded.row, loaded.instance.in_test, activity)
        self._messages.append((*where, message.channel, message.address, message.subject, message.body, message.html))

    def is_suppressed(self, sandbox: str, channel: str, address: str) -> bool:
        """See ``RuntimeRecords``."""
        if sandbox not in self._any_suppressed:
            self._any_suppressed[sandbox] = self._lookups.has_suppressed(self._connection, sandbox)
        return self._any_suppressed[sandbox] and runtime_queries.is_suppressed(
            self._connection, sandbox, channel, address
        )

    def suppress(self, sandbox: str, channel: str, address: str, reason: str, at: int) -> None:
        """See ``RuntimeRecords``."""
        self._any_suppressed[sandbox] = True
        runtime_queries.suppress(self._connection, sandbox, channel, address, reason, at)

    def message_owner(self, sandbox: str, message: str) -> MessageOwner | None:
        """See ``RuntimeRecords``."""
        self._write_messages()
        found = runtime_queries.message_origin(self._connection, sandbox, message)
        return None if found is None else MessageOwner(*found[:3], *found[3].split("\t", 1))

    def add_feedback(self, owner: MessageOwner, message: str, kind: str, at: int) -> bool:
        """See ``RuntimeRecords``."""
        if not runtime_queries.add_feedback(self._connection, message, kind, at):
            return False
        if owner.version_id in self._deployment.versions:
            self._counts[owner.version_id, owner.in_test, "feedback", kind] += 1
        return True

    def accept_event(self, sandbox: str, source_id: str, at: int, payload: str) -> None:
        """Record an accepted event."""
        self._events.append((sandbox, source_id, at, payload))

    def _write_messages(self) -> None:
        """Write the messages so far: feedback on one may come in the same transaction."""
        self._rows.insert_messages(self._connection, self._messages)
        self._messages.clear()

    def count(self, version_id: int, in_test: bool, kind: str, name: str, delta: int = 1) -> None:
        """Add to a counter of a version."""
        self._counts[version_id, in_test, kind, name] += delta

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
        self._write_messages()
        self._step_counts.sum(self._counters, self._counts, str(self._now // _MINUTE_MS * _MINUTE_MS))
        write.add_counts(connection, [(*key, delta) for key, delta in self._counts.items() if delta])
