"""The unit of work over SQL: what one transaction of the writer reads and will write.

Everything is staged in memory and written at the end in few statements of many rows, so a stimulus that fails has
written nothing. Only what changed is written.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from random import getrandbits

from engine.core.instance import RUNNING, Instance
from engine.core.profiles import Membership
from engine.core.routing import EntryRecord
from engine.core.stimulus import EventArrived
from engine.model.address import normal_identity
from engine.model.definitions import Profile
from engine.ports import Call, IncomingEvent
from engine.runtime.deployment import DeployedJourney, DeployedVersion, Deployment
from engine.runtime.staged_records import RunnerCaches, StagedRecords, TestModeState
from engine.runtime.store_protocol import (
    KeyEntry,
    LoadedInstance,
    LoadedProfile,
    activity_of,
    due_of,
    is_next_before,
)
from engine.runtime.suspended_inbox import SuspendedInbox
from engine.store import runtime_queries, segment_queries
from engine.store.results import Connection
from engine.store.runtime_queries import EntryRow, InstanceRow, ProfileStateRow
from engine.store.segment_queries import SegmentRound
from engine.store.tables import STATUS_NAMES

_STATUS = {name: number for number, name in enumerate(STATUS_NAMES)}
_SOON_MS = 10_000
"""An instance that waits no longer than this stays in memory: reading it costs more than the step itself."""
_MAX_IN_SESSION = 1_000
"""More than can be running in a test session."""


class StoredProfile(LoadedProfile):
    """A profile whose experience events are read when a rule or an expression asks for them."""

    __slots__ = ("_connection", "_events")

    def __init__(self, connection: Connection, row: ProfileStateRow) -> None:
        profile = Profile.model_construct(
            identities=json.loads(row.identities),
            attributes=json.loads(row.attributes),
            test_profile=bool(row.test_profile),
            events=(),
        )
        super().__init__(row.id, profile, str(row.id))
        self._connection = connection
        self._events = row.events

    def add_event(self) -> None:
        """Count one more experience event."""
        self._events += 1

    def with_events(self, now: int) -> Profile:
        """Return the profile with the experience events that count at a time."""
        if not self._events:
            return self.profile
        found = runtime_queries.experience_events(self._connection, self.id, now)
        return self.profile.model_copy(update={"events": tuple(json.loads(event) for event in found)})

    def changes(self, now: int) -> tuple[object, ...]:
        """Return the row of its changes: (attributes, test_profile, changed_at, id)."""
        profile = self.profile
        return json.dumps(profile.attributes, ensure_ascii=False), profile.test_profile, now, self.id


class UnitOfWork:
    """See the module; a ``RuntimeStore``."""

    def __init__(self, connection: Connection, caches: RunnerCaches, deployment: Deployment, now: int) -> None:
        self.connection = connection
        self.deployment = deployment
        self.now = now
        self._caches = caches
        self._rows = caches.rows
        self._lookups = caches.lookups
        self._instances: dict[int, LoadedInstance] = {}
        self.prefetch = Prefetch(deployment)
        self._known_events: dict[str, set[str]] = {}
        self._entries: dict[tuple[int, str], KeyEntry | None] = {}
        self._left: dict[tuple[int, str], int] = {}
        self._profiles: dict[tuple[str, str, str], StoredProfile | None] = {}
        self._by_id: dict[int, StoredProfile] = {}
        self._memberships: dict[int, dict[str, Membership]] = {}
        self._rounds: dict[str, dict[str, SegmentRound]] = {}
        self._changed_memberships: dict[tuple[int, str], tuple[int, bool, bool | None]] = {}
        self.testmode = TestModeState(connection, deployment, now)
        self.records = StagedRecords(connection, caches, deployment, self.testmode)
        self.earliest_due: int | None = None
        inbox = SuspendedInbox(connection, deployment, self.records, self.entry, now)
        self.inbox: SuspendedInbox | None = inbox if deployment.suspended_ids else None

    # Reading many rows together --------------------------------------------------------------------------------------

    def load_instances(self, rows: Iterable[int]) -> None:
        """Read these instances together."""
        wanted = {row for row in rows if row not in self._instances}
        kept = self._caches.instances
        for row in [row for row in wanted if row in kept]:
            self._instances[row] = kept[row]
            wanted.discard(row)
        for row, version_id, state, activity in self._lookups.states(self.connection, wanted):
            version = self.deployment.versions.get(version_id)
            if version is not None:
                loaded = LoadedInstance(row, version, Instance.load(state), activity, is_new=False)
                loaded.size = len(state)
                self._instances[row] = loaded

    def load_entries(self, journey_id: int, keys: Iterable[str]) -> None:
        """Read the entrances of these keys in a journey together, and their instances."""
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
        self.load_instances(present)

    def load_profiles(self, sandbox: str, namespace: str, keys: Iterable[str]) -> None:
        """Read the profiles of these identities together."""
        wanted = {key for key in keys if (sandbox, namespace, key) not in self._profiles}
        found = self._lookups.profiles(self.connection, sandbox, namespace, wanted)
        for key in wanted:
            row = found.get(key)
            known = None if row is None else self._by_id.setdefault(row.id, StoredProfile(self.connection, row))
            self._profiles[sandbox, namespace, key] = known

    def load_memberships(self, profile_ids: Iterable[int]) -> None:
        """Read the memberships of these profiles together."""
        wanted = [profile_id for profile_id in profile_ids if profile_id not in self._memberships]
        if wanted:
            self._memberships |= segment_queries.load_standings(self.connection, wanted)

    def load_prefetched(self) -> None:
        """Read what the jobs of the batch have announced."""
        self.load_instances(self.prefetch.instances)
        for sandbox, ids in self.prefetch.ids.items():
            self._known_events[sandbox] = self._lookups.known_events(self.connection, sandbox, ids, self.now)
        for (journey_id, sandbox, namespace), wanted in self.prefetch.keys.items():
            self.load_entries(journey_id, wanted)
            if namespace is not None:
                self.load_profiles(sandbox, namespace, wanted)

    # The store of the interpreter ------------------------------------------------------------------------------------

    def time_of(self, version: DeployedVersion) -> int:
        return self.now if version.clock is None else self.testmode.time_of(version)

    def instance(self, row: int) -> LoadedInstance | None:
        if row not in self._instances:
            self.load_instances((row,))
        return self._instances.get(row)

    def running_instances(self, version: DeployedVersion) -> list[LoadedInstance]:
        """List the running instances of a test session in the order of their entrances."""
        self.load_instances(runtime_queries.running_instances(self.connection, version.id, _MAX_IN_SESSION))
        found = [one for one in self._instances.values() if one.version.id == version.id]
        return sorted((one for one in found if one.instance.status == RUNNING), key=lambda loaded: loaded.row)

    def entry(self, journey_id: int, key: str) -> KeyEntry | None:
        where = (journey_id, key)
        if where not in self._entries:
            self.load_entries(journey_id, (key,))
        return self._entries[where]

    def new_instance(self, version: DeployedVersion, key: str, entry: KeyEntry | None) -> tuple[int, str, str]:
        row, instance = self._caches.numbers.next()
        return row, instance, entry.person if entry is not None else f"{getrandbits(96):024x}"

    def enter(
        self, journey: DeployedJourney, version: DeployedVersion, record: EntryRecord, instance: Instance, row: int
    ) -> LoadedInstance:
        where = (journey.journey_id, record.key)
        entry = self._entries.get(where)
        if entry is None:
            self._entries[where] = KeyEntry(*where, record.person, 1, instance.entered_at, row, is_new=True)
        else:
            entry.entrances += 1
            entry.last_entered, entry.instance, entry.changed = instance.entered_at, row, True
        loaded = self._instances[row] = LoadedInstance(row, version, instance, "", is_new=True)
        if instance.in_test:
            self.testmode.keys(version).add(record.key)
        return loaded

    def save(self, loaded: LoadedInstance, instance: Instance) -> None:
        loaded.instance = instance
        loaded.changed = True

    def leave(self, loaded: LoadedInstance) -> None:
        where = (loaded.version.journey_id, loaded.instance.key)
        entry = self._entries.get(where)
        if entry is None:
            self._left[where] = loaded.row
        elif entry.instance == loaded.row:
            entry.instance, entry.changed = None, True

    def resume(self, loaded: LoadedInstance) -> None:
        entry = self.entry(loaded.version.journey_id, loaded.instance.key)
        if entry is not None:
            entry.instance, entry.changed = loaded.row, True

    def touch_session(self, version: DeployedVersion) -> None:
        self.testmode.keys(version)

    def other_test_profiles(self, version: DeployedVersion, key: str) -> int:
        return len(self.testmode.keys(version) - {key})

    def profile(self, sandbox: str, namespace: str | None, key: str) -> StoredProfile | None:
        if namespace is None:
            return None
        if (sandbox, namespace, key) not in self._profiles:
            self.load_profiles(sandbox, namespace, (key,))
        return self._profiles[sandbox, namespace, key]

    def memberships(self, profile_id: int) -> Mapping[str, Membership]:
        self.load_memberships((profile_id,))
        return self._memberships[profile_id]

    def put_membership(self, profile_id: int, segment: str, membership: Membership) -> None:
        self._memberships[profile_id][segment] = membership
        self._changed_memberships[profile_id, segment] = (self.now, membership.inside, membership.given)

    def ready_segments(self, sandbox: str, profile_id: int) -> Collection[str]:
        if sandbox not in self._rounds:
            self._rounds[sandbox] = segment_queries.load_rounds(self.connection, sandbox)
        rounds = self._rounds[sandbox]
        streaming = self.deployment.sandboxes[sandbox].segments.streaming
        return {name for name in streaming if name in rounds and _has_passed(rounds[name], profile_id)}

    def passages(self, version: DeployedVersion, activity: str, *, in_test: bool) -> tuple[int, int]:
        return runtime_queries.cap_count(self.connection, version.id, in_test, activity)

    def put_passages(
        self, version: DeployedVersion, activity: str, passages: tuple[int, int], *, in_test: bool
    ) -> None:
        runtime_queries.put_cap_count(self.connection, version.id, in_test, activity, *passages)

    # Accepted events -------------------------------------------------------------------------------------------------

    def is_new_event(self, sandbox: str, source_id: str) -> bool:
        """Tell whether an event id was not seen within the last seven days; it is from now on."""
        known = self._known_events.setdefault(sandbox, set())
        if source_id in known:
            return False
        known.add(source_id)
        return True

    def note_experience(self, sandbox: str, namespace: str, key: str) -> None:
        """Follow an experience event that was added to a profile, or to a profile made for it."""
        known = self._profiles.get((sandbox, namespace, key))
        if known is not None:
            known.add_event()
        else:
            self._profiles.pop((sandbox, namespace, key), None)

    # Writing ---------------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write everything that was staged."""
        self._flush_instances()
        self._flush_entries()
        self.records.flush()
        write, connection = self._rows, self.connection
        changed = [known for known in self._by_id.values() if known.changed]
        write.update_profiles(connection, [known.changes(self.now) for known in changed])
        memberships = self._changed_memberships.items()
        write.put_standings(connection, [(*whose, *membership) for whose, membership in memberships])
        self.testmode.flush()

    def _flush_instances(self) -> None:
        new: list[InstanceRow | tuple[object, ...]] = []
        changed: list[tuple[object, ...]] = []
        earliest = self.earliest_due
        for loaded in self._instances.values():
            if not loaded.changed:
                continue
            instance = loaded.instance
            virtual = loaded.version.clock is not None
            activity, due = activity_of(instance), None if virtual else due_of(instance)
            due = due if due is None else max(due, self.now)  # what is earlier was overdue at the start
            changed_at = self.time_of(loaded.version)
            status = _STATUS[instance.status]
            self._count_move(loaded, "" if status else activity)
            if due is not None and (earliest is None or due < earliest):
                earliest = due
            row, state = loaded.row, bytearray(instance.dump())
            if loaded.is_new:
                whose = (row, loaded.version.id, instance.key, status, instance.in_test, instance.entered_at)
                new.append((*whose, changed_at, activity, due, state))
            else:
                changed.append((status, changed_at, activity, due, state, row))
            loaded.changed = loaded.is_new = False
            loaded.size = len(state)
        self.earliest_due = earliest
        self._rows.insert_instances(self.connection, new)
        self._rows.update_instances(self.connection, changed)

    def _count_move(self, loaded: LoadedInstance, activity: str) -> None:
        """Count an instance where it stands now, '' for one that is over."""
        before = loaded.activity
        if before != activity:
            counts, version_id, in_test = self.records.counts, loaded.version.id, loaded.instance.in_test
            if before:
                counts[version_id, in_test, "at", before] -= 1
            if activity:
                counts[version_id, in_test, "at", activity] += 1
            loaded.activity = activity

    def _flush_entries(self) -> None:
        new: list[EntryRow | tuple[object, ...]] = []
        changed: list[tuple[object, ...]] = []
        for entry in self._entries.values():
            if entry is None:
                continue
            if entry.is_new:
                whose = (entry.journey_id, entry.key, entry.person)
                new.append((*whose, entry.entrances, entry.last_entered, entry.instance))
            elif entry.changed:
                changed.append((entry.entrances, entry.last_entered, entry.instance, entry.journey_id, entry.key))
        self._rows.insert_entries(self.connection, new)
        self._rows.update_entries(self.connection, changed)
        self._rows.free_entries(self.connection, [(*where, row) for where, row in self._left.items()])

    def commit(self) -> list[Call]:
        """After the transaction: keep the instances that are needed soon; return the calls to perform now."""
        kept, soon = self._caches.instances, self.now + _SOON_MS
        for row, loaded in self._instances.items():
            if loaded.instance.status == RUNNING and is_next_before(loaded.instance, soon):
                kept.keep(loaded)
            else:
                kept.drop(row)
        self.testmode.commit()
        return self.records.open_calls()


def _has_passed(one: SegmentRound, profile_id: int) -> bool:
    return one.computed_at is not None or (one.cursor is not None and profile_id <= one.cursor)


KeySpace = tuple[int, str, str | None]
"""A journey, its sandbox and its namespace."""


class Prefetch:
    """Announced instances, keys by journey, and event ids by sandbox."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._keys_of: dict[tuple[str, type, str], list[tuple[str | None, set[str]]]] = {}
        self.keys: dict[KeySpace, set[str]] = {}
        self.ids: dict[str, set[str]] = {}
        self.instances: set[int] = set()

    def add_event(self, event: IncomingEvent) -> None:
        """Announce an event's id, and its key in every journey that uses it."""
        self.add_id(event.sandbox, event.id)
        for arrival, key, _ in event.arrivals:
            name = arrival.name if isinstance(arrival, EventArrived) else arrival.segment
            what = (event.sandbox, type(arrival), name)
            keys_of = self._keys_of.get(what)
            if keys_of is None:
                found = self._deployment.sandboxes.get(event.sandbox)
                keys_of = self._keys_of[what] = [
                    (namespace, self.keys.setdefault((journey.journey_id, event.sandbox, namespace), set()))
                    for journey in (found.journeys_for(arrival) if found is not None else ())
                    for namespace in (journey.newest.program.namespace,)
                ]
            for namespace, keys in keys_of:
                keys.add(normal_identity(namespace, key))

    def add_id(self, sandbox: str, source_id: str) -> None:
        """Announce an event's id."""
        ids = self.ids.get(sandbox)
        if ids is None:
            ids = self.ids[sandbox] = set()
        ids.add(source_id)
