"""People as a transaction sees them: an instance with the row it came from, a key's entry, a profile."""

from __future__ import annotations

import json
from secrets import token_hex
from typing import Any

import msgspec

from engine.core.instance import RUNNING, Instance
from engine.model.profile import Profile
from engine.ports import Connection
from engine.runtime.deployment import DeployedVersion
from engine.store import runtime_queries


class LoadedInstance:
    """One instance of the batch with the row it came from; ``row`` is the instance's number in the database.

    ``activity`` is where the database has the person: '' for one who is on the way no more, or not yet.
    """

    __slots__ = ("activity", "changed", "instance", "is_new", "row", "version")

    def __init__(self, row: int, version: DeployedVersion, instance: Instance, activity: str, *, is_new: bool) -> None:
        self.row = row
        self.version = version
        self.instance = instance
        self.activity = activity
        self.is_new = is_new
        self.changed = is_new


class KeyEntry(msgspec.Struct, gc=False):
    """What is known of a key in a journey; ``instance`` is where the person is now."""

    journey_id: int
    key: str
    person: str
    entrances: int
    last_entered: int
    instance: int | None
    is_new: bool = False
    changed: bool = False


class LoadedProfile:
    """A profile as the batch sees it; its experience events are read when a rule or an expression asks for them."""

    __slots__ = ("_connection", "_events", "changed", "id", "profile", "zone")

    def __init__(self, connection: Connection, row: runtime_queries.ProfileRow) -> None:
        attributes = json.loads(row.attributes)
        self.id = row.id
        self.profile = Profile.model_construct(
            identities=json.loads(row.identities),
            attributes=attributes,
            test_profile=bool(row.test_profile),
            events=(),
        )
        self._connection = connection
        self._events = row.events
        self.zone: str | None = attributes.get("timeZone")
        self.changed = False

    def experienced(self) -> None:
        """One more thing that happened was noted."""
        self._events += 1

    def with_events(self, now: int) -> Profile:
        """The profile with the experience events that count at a time."""
        if not self._events:
            return self.profile
        found = runtime_queries.experience_events(self._connection, self.id, now)
        return self.profile.model_copy(update={"events": tuple(json.loads(event) for event in found)})

    def stored(self, now: int) -> tuple[Any, ...]:
        """The row that its changes make: (attributes, test_profile, changed_at, id)."""
        profile = self.profile
        return json.dumps(profile.attributes, ensure_ascii=False), profile.test_profile, now, self.id


def activity_of(instance: Instance) -> str:
    """Where a person stands: the activity being worked at, or the topmost that is awaited."""
    if instance.step is not None:
        return instance.step.group[0] if instance.step.group else instance.step.node
    return instance.waiting.members[0] if instance.waiting is not None else instance.previous


def due_of(instance: Instance) -> int | None:
    """When the person must be woken: its timer or the global timeout, whichever comes first.

    Whatever else happens at the instant of the global timeout comes before it, an event that is yet to be accepted
    too; so it is due when that instant is over.
    """
    if instance.status != RUNNING:
        return None
    waiting = instance.waiting
    if waiting is not None and waiting.timer and waiting.due <= instance.expires_at:
        return waiting.due
    return instance.expires_at + 1


def is_next_before(instance: Instance, time: int) -> bool:
    """Whether something is sure to come for the person before a time: the answer of a call, or the timer."""
    waiting = instance.waiting
    return instance.step is not None or (waiting is not None and waiting.timer != 0 and waiting.due < time)


class InstanceNumbers:
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
