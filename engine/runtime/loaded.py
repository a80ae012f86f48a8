"""The state that a store lends to the interpreter: instances, keys and profiles, with what changed in them."""

from __future__ import annotations

import random
from secrets import token_hex

import msgspec

from engine.core.instance import RUNNING, Instance
from engine.model.definitions import Profile
from engine.runtime.deployment import DeployedVersion


class LoadedInstance:
    """An instance with its number, ``row``, in the store.

    ``activity`` is where the store has it: '' for one that is over or new.
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
    """The entrances of a key in a journey; ``instance`` is the number of the running instance, if there is one."""

    journey_id: int
    key: str
    person: str
    entrances: int
    last_entered: int
    instance: int | None
    is_new: bool = False
    changed: bool = False


class LoadedProfile:
    """A profile with its number in the store; ``reference`` names it in instances.

    The experience events may be missing in ``profile``; :meth:`with_events` has them.
    """

    __slots__ = ("changed", "id", "profile", "reference")

    def __init__(self, profile_id: int, profile: Profile, reference: str) -> None:
        self.id = profile_id
        self.profile = profile
        self.reference = reference
        self.changed = False

    @property
    def zone(self) -> str | None:
        """The time zone that the profile names."""
        zone = self.profile.attributes.get("timeZone")
        return zone if isinstance(zone, str) else None

    def with_events(self, now: int) -> Profile:
        """Return the profile with the experience events that count at a time."""
        return self.profile


def activity_of(instance: Instance) -> str:
    """Return the activity where an instance stands: the one under way, or the topmost that is awaited."""
    if instance.step is not None:
        return instance.step.group[0] if instance.step.group else instance.step.node
    return instance.waiting.members[0] if instance.waiting is not None else instance.previous


def due_of(instance: Instance) -> int | None:
    """Return when the instance must be woken: at its timer or the global timeout, whichever comes first.

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
    """Tell whether a stimulus is sure to come before a time: the result of a call, or the timer."""
    waiting = instance.waiting
    return instance.step is not None or (waiting is not None and waiting.timer != 0 and waiting.due < time)


class InstanceNumbers:
    """Numbers new instances, and makes their ids unique over runs and workspaces."""

    def __init__(self, largest: int) -> None:
        self._next = largest + 1
        self.run = token_hex(4)

    def next_row(self) -> int:
        """Return the next instance's number."""
        number = self._next
        self._next += 1
        return number

    def instance_id(self, row: int) -> str:
        """Return the id of an instance: its number behind a random beginning."""
        return f"{self.run}{row:08x}"

    def person_id(self) -> str:
        """Return a random id that stands for a person in step events."""
        return f"{random.getrandbits(96):024x}"


def row_of(instance_id: str) -> int:
    """Return the number of an instance from its id."""
    return int(instance_id[8:], 16)
