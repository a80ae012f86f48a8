"""What one transaction reads and will write: the people, keys, profiles and sums of a batch of stimuli.

Everything is staged in memory and written at the end in few statements of many rows, so a stimulus that fails has
written nothing. Only what changed is written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from secrets import token_hex
from typing import Any

import msgspec

from engine.core.effect import Call as CallEffect
from engine.core.instance import RUNNING, Instance
from engine.core.metrics import Metrics
from engine.core.step_event import StepEvent
from engine.core.stimulus import Arrival
from engine.model.profile import Profile
from engine.ports import Call, Connection, OutboxMessage
from engine.runner.catalogue import Catalogue, Listener, Version
from engine.store import run_rows
from engine.store.run_rows import EntryRow, InstanceRow, OutboxRow, RunRows
from engine.store.tables import STATUS_NAMES

_STATUS = {name: number for number, name in enumerate(STATUS_NAMES)}
_ENCODE = msgspec.json.Encoder().encode
_EFFECTS = msgspec.msgpack.Encoder()
_MINUTE_MS = 60_000

decode_effect = msgspec.msgpack.Decoder(CallEffect).decode
"""A call's effect from its stored form."""


class Person:
    """One instance of the batch with the row it came from; ``row`` is the instance's number in the database."""

    __slots__ = ("activity", "changed", "instance", "is_new", "row", "version")

    def __init__(self, row: int, version: Version, instance: Instance, activity: str, *, is_new: bool) -> None:
        self.row = row
        self.version = version
        self.instance = instance
        self.activity = activity
        self.is_new = is_new
        self.changed = is_new


class KnownProfile:
    """A profile as the batch sees it; its experience events are read when an expression asks for them."""

    __slots__ = ("_connection", "changed", "id", "profile", "zone")

    def __init__(self, connection: Connection, row: run_rows.ProfileRow) -> None:
        attributes = json.loads(row.attributes)
        events = run_rows.experience_events(connection, row.id) if row.events else []
        self.id = row.id
        self.profile = Profile.model_construct(
            identities=json.loads(row.identities),
            attributes=attributes,
            test_profile=bool(row.test_profile),
            events=tuple(json.loads(event) for event in events),
        )
        self.zone: str | None = attributes.get("timeZone")
        self.changed = False


def activity_of(instance: Instance) -> str:
    """Where a person stands: the activity being worked at, or the topmost that is awaited."""
    if instance.step is not None:
        return instance.step.group[0] if instance.step.group else instance.step.node
    return instance.waiting.members[0] if instance.waiting is not None else instance.previous


def due_of(instance: Instance) -> int | None:
    """When the person must be woken: its timer or the global timeout, whichever comes first."""
    if instance.status != RUNNING:
        return None
    waiting = instance.waiting
    if waiting is not None and waiting.timer and waiting.due < instance.expires_at:
        return waiting.due
    return instance.expires_at


class Numbers:
    """Gives out instance numbers and the random texts that stand for instances and people."""

    def __init__(self, largest: int) -> None:
        self._next = largest + 1
        self.run = token_hex(4)

    def row(self) -> int:
        """The next instance's number."""
        number = self._next
        self._next += 1
        return number

    def text(self, row: int) -> str:
        """An instance's id: its number, made unique over runs and workspaces by a random beginning."""
        return f"{self.run}{row:08x}"


def row_of(instance_id: str) -> int:
    """The number of an instance, from its id."""
    return int(instance_id[8:], 16)


class WorkingSet:
    """See the module."""

    def __init__(
        self,
        connection: Connection,
        rows: RunRows,
        catalogue: Catalogue,
        numbers: Numbers,
        now: int,
        cache: Mapping[int, Person],
    ) -> None:
        self.connection = connection
        self.catalogue = catalogue
        self.now = now
        self.numbers = numbers
        self._rows = rows
        self._cache = cache
        self.people: dict[int, Person] = {}
        self._expected: list[tuple[str, Arrival, str]] = []
        self._suppressed: dict[str, bool] = {}
        self._wanted: set[int] = set()
        self._asked: dict[str, set[str]] = {}
        self._known: dict[str, set[str]] = {}
        self._entries: dict[tuple[int, str], EntryRow | None] = {}
        self._entries_before: dict[tuple[int, str], EntryRow | None] = {}
        self._profiles: dict[tuple[str, str, str], KnownProfile | None] = {}
        self._outbox: dict[tuple[int, int], tuple[OutboxRow, Call]] = {}
        self._answered: list[tuple[int, int]] = []
        self._steps: list[tuple[Any, ...]] = []
        self._events: list[tuple[Any, ...]] = []
        self._discards: list[tuple[Any, ...]] = []
        self._messages: list[tuple[Any, ...]] = []
        self._metrics: dict[tuple[int, bool], Metrics] = {}
        self._counts: Counter[tuple[int, bool, str, str]] = Counter()
        self.tested: Counter[Version] = Counter()
        """How many people entered the test of each version."""
        self.earliest_due: int | None = None

    # Reading -------------------------------------------------------------------------------------------------------

    def expect(self, ids: Iterable[int]) -> None:
        """Read these instances together."""
        wanted = {row for row in ids if row not in self.people}
        for row in [row for row in wanted if row in self._cache]:
            self.people[row] = self._cache[row]
            wanted.discard(row)
        for found in run_rows.load_instances(self.connection, wanted):
            version = self.catalogue.versions.get(found.version_id)
            if version is not None:
                person = Person(found.id, version, Instance.load(found.state), found.activity, is_new=False)
                self.people[found.id] = person

    def expect_keys(self, journey_id: int, keys: Iterable[str]) -> None:
        """Read what is known of these keys in a journey together, and their instances."""
        wanted = {key for key in keys if (journey_id, key) not in self._entries}
        for key in wanted:
            self._entries[journey_id, key] = self._entries_before[journey_id, key] = None
        found = run_rows.load_entries(self.connection, journey_id, wanted)
        for entry in found:
            self._entries[journey_id, entry.key] = self._entries_before[journey_id, entry.key] = entry
        self.expect(entry.instance for entry in found if entry.instance is not None)

    def expect_profiles(self, sandbox: str, namespace: str, keys: Iterable[str]) -> None:
        """Read the profiles of these identities together."""
        wanted = {key for key in keys if (sandbox, namespace, key) not in self._profiles}
        found = run_rows.load_profiles(self.connection, sandbox, namespace, wanted)
        for key in wanted:
            row = found.get(key)
            self._profiles[sandbox, namespace, key] = None if row is None else KnownProfile(self.connection, row)

    def expect_arrivals(self, sandbox: str, arrivals: Iterable[tuple[Arrival, str, str | None]]) -> None:
        """Remember whose arrivals come, to read them together when the first is routed."""
        self._expected.extend((sandbox, arrival, key) for arrival, key, _ in arrivals)

    def expect_person(self, row: int) -> None:
        """Remember an instance, to read all together, with what is known of their keys."""
        self._wanted.add(row)

    def expect_id(self, sandbox: str, source_id: str) -> None:
        """Remember an event's id, to look all up together whether they are known."""
        self._asked.setdefault(sandbox, set()).add(source_id)

    def gather(self) -> None:
        """Read what was announced by :meth:`expect_arrivals`, :meth:`expect_id` and :meth:`expect_person`."""
        self.expect(self._wanted)
        here: dict[int, set[str]] = {}
        for person in self.people.values():
            here.setdefault(person.version.journey_id, set()).add(person.instance.key)
        for journey_id, names in here.items():
            self.expect_keys(journey_id, names)
        for sandbox, ids in self._asked.items():
            self._known[sandbox] = run_rows.known_events(self.connection, sandbox, ids, self.now)
        keys: dict[tuple[int, str, str | None], set[str]] = {}
        for sandbox, arrival, key in self._expected:
            found = self.catalogue.sandboxes.get(sandbox)
            for listener in found.listeners(arrival) if found is not None else ():
                where = (listener.journey_id, sandbox, listener.newest.program.namespace)
                keys.setdefault(where, set()).add(key)
        for (journey_id, sandbox, namespace), wanted in keys.items():
            self.expect_keys(journey_id, wanted)
            if namespace is not None:
                self.expect_profiles(sandbox, namespace, wanted)
        self._expected.clear()

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
            self._suppressed[sandbox] = run_rows.has_suppressed(self.connection, sandbox)
        return self._suppressed[sandbox]

    def person(self, row: int) -> Person | None:
        """The instance of that number, if it exists still."""
        if row not in self.people:
            self.expect((row,))
        return self.people.get(row)

    def entry(self, journey_id: int, key: str) -> EntryRow | None:
        """What is known of a key in a journey."""
        if (journey_id, key) not in self._entries:
            self.expect_keys(journey_id, (key,))
        return self._entries[journey_id, key]

    def profile(self, sandbox: str, namespace: str | None, key: str) -> KnownProfile | None:
        """The profile with this identity."""
        if namespace is None:
            return None
        if (sandbox, namespace, key) not in self._profiles:
            self.expect_profiles(sandbox, namespace, (key,))
        return self._profiles[sandbox, namespace, key]

    # Staging -------------------------------------------------------------------------------------------------------

    def accepted(self, sandbox: str, source_id: str, at: int, payload: str) -> None:
        """An event is accepted."""
        self._events.append((sandbox, source_id, at, payload))

    def entered(self, listener: Listener, version: Version, instance: Instance, row: int) -> Person:
        """A person came in."""
        before = self._entries.get((listener.journey_id, instance.key))
        entrances = before.entrances + 1 if before is not None else 1
        entry = EntryRow(listener.journey_id, instance.key, instance.person, entrances, self.now, row)
        self._entries[listener.journey_id, instance.key] = entry
        person = self.people[row] = Person(row, version, instance, "", is_new=True)
        if instance.in_test:
            self.tested[version] += 1
        minute = str(self.now // _MINUTE_MS * _MINUTE_MS)
        self._counts[version.id, instance.in_test, "minute", minute] += 1
        return person

    def put(self, person: Person, instance: Instance) -> None:
        """A person moved."""
        person.instance = instance
        person.changed = True

    def left(self, person: Person) -> None:
        """A person's journey is over: the key is free."""
        key = (person.version.journey_id, person.instance.key)
        entry = self.entry(*key)
        if entry is not None and entry.instance == person.row:
            self._entries[key] = entry._replace(instance=None)

    def returned(self, person: Person) -> None:
        """A person who had failed goes on."""
        key = (person.version.journey_id, person.instance.key)
        entry = self.entry(*key)
        if entry is not None:
            self._entries[key] = entry._replace(instance=person.row)

    def step(self, person: Person, event: StepEvent) -> None:
        """A step event happened."""
        fields = _ENCODE(event).decode()
        self._steps.append((person.version.id, person.row, event.timestamp, event.node, event.status, fields))
        key = (person.version.id, event.in_test)
        metrics = self._metrics.get(key)
        if metrics is None:
            metrics = self._metrics[key] = Metrics()
        metrics.add(event)
        if event.error:
            self._counts[*key, "error", event.error] += 1

    def call(self, person: Person, effect: CallEffect) -> None:
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

    def message(self, person: Person, activity: str, message: OutboxMessage) -> None:
        """A message landed in the local outbox."""
        texts = (message.channel, message.address, message.subject, message.body, message.html)
        where = (person.version.id, person.row, person.instance.in_test, activity)
        self._messages.append((message.id, person.version.sandbox, self.now, *where, *texts))

    def count(self, version: Version, in_test: bool, kind: str, name: str, delta: int = 1) -> None:
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
        write.insert_messages(connection, self._messages)
        self._flush_profiles()
        self._flush_counts()
        for version, people in self.tested.items():
            run_rows.count_tested(connection, version.id, version.test_people + people, self.now)

    def _flush_people(self) -> None:
        new: list[InstanceRow] = []
        changed: list[tuple[Any, ...]] = []
        for person in self.people.values():
            if not person.changed:
                continue
            instance = person.instance
            activity, due = activity_of(instance), due_of(instance)
            status = _STATUS[instance.status]
            self._move(person, activity, running=status == 0)
            if due is not None and (self.earliest_due is None or due < self.earliest_due):
                self.earliest_due = due
            if person.is_new:
                who = (person.row, person.version.id, instance.key, status, instance.in_test, instance.entered_at)
                new.append(InstanceRow(*who, self.now, activity, due, instance.dump()))
            else:
                changed.append((status, self.now, activity, due, instance.dump(), person.row))
        self._rows.insert_instances(self.connection, new)
        self._rows.update_instances(self.connection, changed)

    def _move(self, person: Person, activity: str, *, running: bool) -> None:
        here = activity if running else ""
        if person.activity != here:
            key = (person.version.id, person.instance.in_test, "at")
            if person.activity:
                self._counts[*key, person.activity] -= 1
            if here:
                self._counts[*key, here] += 1

    def _flush_entries(self) -> None:
        changed = {key: row for key, row in self._entries.items() if row != self._entries_before.get(key)}
        rows = [(key, row) for key, row in changed.items() if row is not None]
        new = [row for key, row in rows if self._entries_before.get(key) is None]
        self._rows.insert_entries(self.connection, new)
        self._rows.update_entries(
            self.connection, [row for key, row in rows if self._entries_before.get(key) is not None]
        )

    def _flush_profiles(self) -> None:
        changed = {known.id: known for known in self._profiles.values() if known is not None and known.changed}
        rows = [
            (json.dumps(known.profile.attributes, ensure_ascii=False), self.now, known.id) for known in changed.values()
        ]
        self._rows.update_profiles(self.connection, rows)

    def _flush_counts(self) -> None:
        for (version_id, in_test), metrics in self._metrics.items():
            for kind, name, number in flatten(metrics):
                self._counts[version_id, in_test, kind, name] += number
        deltas = [(*key, delta) for key, delta in self._counts.items() if delta]
        self._rows.add_counts(self.connection, deltas)

    def settled(self) -> list[Call]:
        """After the commit: the calls to perform now; people become what the database has."""
        for person in self.people.values():
            running = person.instance.status == RUNNING
            person.activity = activity_of(person.instance) if running else ""
            person.changed = person.is_new = False
        for version, people in self.tested.items():
            version.test_people += people
        gone = set(self._answered)
        return [call for key, (_, call) in self._outbox.items() if key not in gone]


_PLAIN = tuple(name for name in Metrics.__dataclass_fields__ if name not in ("feedback", "activities", "edges"))


def flatten(metrics: Metrics) -> Iterable[tuple[str, str, int]]:
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
    for edge, number in metrics.edges.items():
        yield "edge", edge, number
