"""What one transaction reads and will write: the people, keys, profiles and sums of a batch of stimuli.

Everything is staged in memory and written at the end in few statements of many rows, so a stimulus that fails has
written nothing. Only what changed is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from engine.core.effect import Call as CallEffect
from engine.core.instance import RUNNING, Instance
from engine.core.segments import Membership
from engine.core.step_event import StepEvent
from engine.ports import Call, Connection, OutboxMessage
from engine.runtime.counters import CounterCache, StepCounts
from engine.runtime.deployment import DeployedJourney, DeployedVersion, Deployment
from engine.runtime.loaded import (
    InstanceNumbers,
    KeyEntry,
    LoadedInstance,
    LoadedProfile,
    activity_of,
    due_of,
    is_next_before,
)
from engine.runtime.prefetch import Prefetch
from engine.runtime.test_session_state import TestSessionState
from engine.store.runtime_lookups import RuntimeLookups
from engine.store.runtime_queries import EntryRow, InstanceRow, OutboxRow, RuntimeStatements
from engine.store.tables import STATUS_NAMES

_STATUS = {name: number for number, name in enumerate(STATUS_NAMES)}
_ENCODE = msgspec.json.Encoder().encode
_EFFECTS = msgspec.msgpack.Encoder()
_MINUTE_MS = 60_000
_SOON_MS = 10_000
"""Who waits no longer than this stays in memory: reading a person costs more than the step itself."""

decode_effect = msgspec.msgpack.Decoder(CallEffect).decode
"""A call's effect from its stored form."""


@dataclass(slots=True)
class RunnerCaches:
    """What outlives a transaction. ``people`` are those whose answers or timers come soon."""

    rows: RuntimeStatements
    lookups: RuntimeLookups
    numbers: InstanceNumbers
    tally: CounterCache = field(default_factory=CounterCache)
    people: dict[int, LoadedInstance] = field(default_factory=dict)


class UnitOfWork:
    """See the module."""

    def __init__(self, connection: Connection, lasting: RunnerCaches, deployment: Deployment, now: int) -> None:
        self.connection = connection
        self.deployment = deployment
        self.now = now
        self.numbers = lasting.numbers
        self._lasting = lasting
        self._rows = lasting.rows
        self._lookups = lasting.lookups
        self.people: dict[int, LoadedInstance] = {}
        self.expected = Prefetch(deployment)
        self._suppressed: dict[str, bool] = {}
        self._known: dict[str, set[str]] = {}
        self._entries: dict[tuple[int, str], KeyEntry | None] = {}
        self._left: dict[tuple[int, str], int] = {}
        self._profiles: dict[tuple[str, str, str], LoadedProfile | None] = {}
        self._by_id: dict[int, LoadedProfile] = {}
        self._outbox: dict[tuple[int, int], tuple[OutboxRow, Call]] = {}
        self._answered: list[tuple[int, int]] = []
        self._steps: list[tuple[Any, ...]] = []
        self._events: list[tuple[Any, ...]] = []
        self._discards: list[tuple[Any, ...]] = []
        self._messages: list[tuple[Any, ...]] = []
        self._standings: dict[tuple[int, str], tuple[int, bool, bool | None]] = {}
        self._batch = StepCounts()
        self._counts: Counter[tuple[int, bool, str, str]] = Counter()
        self.tests = TestSessionState(self)
        self.earliest_due: int | None = None

    # Reading -------------------------------------------------------------------------------------------------------

    def expect(self, ids: Iterable[int]) -> None:
        """Read these instances together."""
        wanted = {row for row in ids if row not in self.people}
        kept = self._lasting.people
        for row in [row for row in wanted if row in kept]:
            self.people[row] = kept[row]
            wanted.discard(row)
        for row, version_id, state, activity in self._lookups.states(self.connection, wanted):
            version = self.deployment.versions.get(version_id)
            if version is not None:
                self.people[row] = LoadedInstance(row, version, Instance.load(state), activity, is_new=False)

    def expect_keys(self, journey_id: int, keys: Iterable[str]) -> None:
        """Read what is known of these keys in a journey together, and their instances."""
        wanted = {key for key in keys if (journey_id, key) not in self._entries}
        for key in wanted:
            self._entries[journey_id, key] = None
        present: list[int] = []
        for row in self._lookups.entries(self.connection, journey_id, wanted):
            entry = self._entries[journey_id, row[1]] = KeyEntry(*row)
            left = self._left.pop((journey_id, entry.key), None)
            if left is not None and left == entry.instance:
                entry.instance, entry.changed = None, True
            if entry.instance is not None:
                present.append(entry.instance)
        self.expect(present)

    def expect_profiles(self, sandbox: str, namespace: str, keys: Iterable[str]) -> None:
        """Read the profiles of these identities together."""
        wanted = {key for key in keys if (sandbox, namespace, key) not in self._profiles}
        found = self._lookups.profiles(self.connection, sandbox, namespace, wanted)
        for key in wanted:
            row = found.get(key)
            known = None if row is None else self._by_id.setdefault(row.id, LoadedProfile(self.connection, row))
            self._profiles[sandbox, namespace, key] = known

    def gather(self) -> None:
        """Read what is expected."""
        self.expect(self.expected.people)
        for sandbox, ids in self.expected.ids.items():
            self._known[sandbox] = self._lookups.known_events(self.connection, sandbox, ids, self.now)
        for (journey_id, sandbox, namespace), wanted in self.expected.keys.items():
            self.expect_keys(journey_id, wanted)
            if namespace is not None:
                self.expect_profiles(sandbox, namespace, wanted)

    def is_new(self, sandbox: str, source_id: str) -> bool:
        """Whether an event id was not seen within the last seven days; it is from now on."""
        known = self._known.setdefault(sandbox, set())
        if source_id in known:
            return False
        known.add(source_id)
        return True

    def has_suppressed(self, sandbox: str) -> bool:
        """Whether anyone of a sandbox wants no messages."""
        if sandbox not in self._suppressed:
            self._suppressed[sandbox] = self._lookups.has_suppressed(self.connection, sandbox)
        return self._suppressed[sandbox]

    def person(self, row: int) -> LoadedInstance | None:
        """The instance of that number, if it exists still."""
        if row not in self.people:
            self.expect((row,))
        return self.people.get(row)

    def entry(self, journey_id: int, key: str) -> KeyEntry | None:
        """What is known of a key in a journey."""
        where = (journey_id, key)
        if where not in self._entries:
            self.expect_keys(journey_id, (key,))
        return self._entries[where]

    def profile(self, sandbox: str, namespace: str | None, key: str) -> LoadedProfile | None:
        """The profile with this identity."""
        if namespace is None:
            return None
        if (sandbox, namespace, key) not in self._profiles:
            self.expect_profiles(sandbox, namespace, (key,))
        return self._profiles[sandbox, namespace, key]

    def experienced(self, sandbox: str, namespace: str, key: str) -> None:
        """Something that happened was noted for who has this identity, and a profile made for whoever had none."""
        known = self._profiles.get((sandbox, namespace, key))
        if known is not None:
            known.experienced()
        else:
            self._profiles.pop((sandbox, namespace, key), None)

    # Staging -------------------------------------------------------------------------------------------------------

    def accepted(self, sandbox: str, source_id: str, at: int, payload: str) -> None:
        """An event is accepted."""
        self._events.append((sandbox, source_id, at, payload))

    def entered(
        self, listener: DeployedJourney, version: DeployedVersion, instance: Instance, row: int
    ) -> LoadedInstance:
        """A person came in."""
        where = (listener.journey_id, instance.key)
        entry = self._entries.get(where)
        if entry is None:
            self._entries[where] = KeyEntry(*where, instance.person, 1, instance.entered_at, row, is_new=True)
        else:
            entry.entrances += 1
            entry.last_entered, entry.instance, entry.changed = instance.entered_at, row, True
        person = self.people[row] = LoadedInstance(row, version, instance, "", is_new=True)
        if instance.in_test:
            self.tests.keys(version).add(instance.key)
        return person

    def put(self, person: LoadedInstance, instance: Instance) -> None:
        """A person moved."""
        person.instance = instance
        person.changed = True

    def left(self, person: LoadedInstance) -> None:
        """A person's journey is over: the key is free."""
        where = (person.version.journey_id, person.instance.key)
        entry = self._entries.get(where)
        if entry is None:
            self._left[where] = person.row
        elif entry.instance == person.row:
            entry.instance, entry.changed = None, True

    def returned(self, person: LoadedInstance) -> None:
        """A person who had failed goes on."""
        entry = self.entry(person.version.journey_id, person.instance.key)
        if entry is not None:
            entry.instance, entry.changed = person.row, True

    def step(self, person: LoadedInstance, event: StepEvent) -> None:
        """A step event happened."""
        version_id = person.version.id
        fields = _ENCODE(event).decode()
        self._steps.append((version_id, person.row, event.timestamp, event.node, event.status, fields))
        self._batch.add(version_id, event)

    def call(self, person: LoadedInstance, effect: CallEffect) -> None:
        """Something is to be done outside."""
        version = person.version
        call = Call(
            version.sandbox,
            person.instance.id,
            version.name,
            version.number,
            effect.idempotency_key,
            self.now,
            person.instance.in_test,
            effect,
        )
        row = OutboxRow(person.row, effect.call, version.id, effect.idempotency_key, self.now, _EFFECTS.encode(effect))
        self._outbox[person.row, effect.call] = (row, call)

    def answered(self, row: int, call: int) -> None:
        """An outside call was answered."""
        self._answered.append((row, call))

    def discard(
        self, sandbox: str, event: str | None, key: str | None, journey: str | None, reason: str, field: str = ""
    ) -> None:
        """An event was refused."""
        self._discards.append((sandbox, self.now, event, key, journey, reason, field))

    def message(self, person: LoadedInstance, activity: str, message: OutboxMessage) -> None:
        """A message landed in the local outbox."""
        version, at = person.version, self.tests.time_of(person.version)
        where = (message.id, version.sandbox, at, version.id, person.row, person.instance.in_test, activity)
        self._messages.append((*where, message.channel, message.address, message.subject, message.body, message.html))

    def stands(self, profile_id: int, segment: str, standing: Membership, now: int) -> None:
        """How a profile stands to a segment changed."""
        self._standings[profile_id, segment] = (now, standing.inside, standing.given)

    def count(self, version: DeployedVersion, in_test: bool, kind: str, name: str, delta: int = 1) -> None:
        """Add to a counter."""
        self._counts[version.id, in_test, kind, name] += delta

    # Writing -------------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write everything that was staged."""
        write, connection = self._rows, self.connection
        self._flush_people()
        self._flush_entries()
        write.insert_events(connection, self._events)
        write.insert_steps(connection, self._steps)
        gone = set(self._answered)
        write.insert_outbox(connection, [row for key, (row, _) in self._outbox.items() if key not in gone])
        write.delete_outbox(connection, [key for key in self._answered if key not in self._outbox])
        write.insert_discards(connection, self._discards)
        self.write_messages()
        changed = [known for known in self._by_id.values() if known.changed]
        write.update_profiles(connection, [known.stored(self.now) for known in changed])
        write.put_standings(connection, [(*who, *stands) for who, stands in self._standings.items()])
        self._batch.sum(self._lasting.tally, self._counts, str(self.now // _MINUTE_MS * _MINUTE_MS))
        write.add_counts(connection, [(*key, delta) for key, delta in self._counts.items() if delta])
        self.tests.flush()

    def write_messages(self) -> None:
        """Write the messages so far: feedback on one may come in the same transaction."""
        self._rows.insert_messages(self.connection, self._messages)
        self._messages.clear()

    def _flush_people(self) -> None:
        new: list[InstanceRow | tuple[Any, ...]] = []
        changed: list[tuple[Any, ...]] = []
        earliest = self.earliest_due
        for person in self.people.values():
            if not person.changed:
                continue
            instance = person.instance
            virtual = person.version.clock is not None
            activity, due = activity_of(instance), None if virtual else due_of(instance)
            changed_at = self.tests.time_of(person.version)
            status = _STATUS[instance.status]
            self._move(person, "" if status else activity)
            if due is not None and (earliest is None or due < earliest):
                earliest = due
            row = person.row
            if person.is_new:
                who = (row, person.version.id, instance.key, status, instance.in_test, instance.entered_at)
                new.append((*who, changed_at, activity, due, bytearray(instance.dump())))
            else:
                changed.append((status, changed_at, activity, due, bytearray(instance.dump()), row))
            person.changed = person.is_new = False
        self.earliest_due = earliest
        self._rows.insert_instances(self.connection, new)
        self._rows.update_instances(self.connection, changed)

    def _move(self, person: LoadedInstance, here: str) -> None:
        before = person.activity
        if before != here:
            version_id, in_test = person.version.id, person.instance.in_test
            if before:
                self._counts[version_id, in_test, "at", before] -= 1
            if here:
                self._counts[version_id, in_test, "at", here] += 1
            person.activity = here

    def _flush_entries(self) -> None:
        new: list[EntryRow | tuple[Any, ...]] = []
        changed: list[tuple[Any, ...]] = []
        for entry in self._entries.values():
            if entry is None:
                continue
            if entry.is_new:
                who = (entry.journey_id, entry.key, entry.person)
                new.append((*who, entry.entrances, entry.last_entered, entry.instance))
            elif entry.changed:
                changed.append((entry.entrances, entry.last_entered, entry.instance, entry.journey_id, entry.key))
        self._rows.insert_entries(self.connection, new)
        self._rows.update_entries(self.connection, changed)
        self._rows.free_entries(self.connection, [(*where, row) for where, row in self._left.items()])

    def settled(self) -> list[Call]:
        """After the commit: the calls to perform now. People whose answers or timers come soon are kept."""
        kept, soon = self._lasting.people, self.now + _SOON_MS
        for row, person in self.people.items():
            if person.instance.status == RUNNING and is_next_before(person.instance, soon):
                kept[row] = person
            elif row in kept:
                del kept[row]
        self.tests.settled()
        gone = set(self._answered)
        return [call for key, (_, call) in self._outbox.items() if key not in gone]
