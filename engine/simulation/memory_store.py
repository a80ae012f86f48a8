"""What a simulation remembers: journeys, people, instances and profiles, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from engine.core.entry import CLOSED, LIVE, STOPPED, TEST, EntryRecord
from engine.core.instance import Instance, instance_id
from engine.core.metrics import Metrics
from engine.core.profiles import set_attribute
from engine.core.program import Program
from engine.core.step_event import StepEvent
from engine.core.stimulus import Stimulus
from engine.model.profile import Profile


@dataclass(slots=True, eq=False)
class SimulatedInstance:
    """One instance with its record."""

    program: Program
    instance: Instance
    entry: EntryRecord
    stimuli: list[tuple[int, Stimulus]] = field(default_factory=list)
    """What happened to the instance, and when: the entrance first. Replayed, it gives the same steps."""
    steps: list[StepEvent] = field(default_factory=list)
    messages: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The activity and address of each message sent, by message id."""


@dataclass(slots=True, eq=False)
class KeyRecord:
    """What is known of a key in a journey."""

    present: SimulatedInstance | None = None
    last: int | None = None
    count: int = 0
    people: list[SimulatedInstance] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class SimulatedJourney:
    """A journey with all its versions. ``newest`` takes entrances in the given ``state``."""

    name: str
    versions: dict[int, Program]
    newest: Program
    state: str = LIVE
    starts_at: int | None = None
    ends_at: int | None = None
    keys: dict[str, KeyRecord] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)

    def of(self, key: str) -> KeyRecord:
        """The entrances of a key."""
        return self.keys.setdefault(key, KeyRecord())

    def is_open(self, now: int) -> bool:
        """Whether people may be handed over to it: a version closes at its end date too, but not in test mode."""
        ended = self.state == LIVE and self.ends_at is not None and now >= self.ends_at
        return self.state not in (CLOSED, STOPPED) and not ended


class FeedbackLog:
    """What became of messages, each thing once, and the addresses that want no more of them in their channel."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()
        self._unsubscribed: set[tuple[str, str]] = set()

    def add(self, message: str, kind: str, channel: str, address: str) -> bool:
        """Note feedback on a message that went there; False if it is known already."""
        if (message, kind) in self._told:
            return False
        self._told.add((message, kind))
        if kind == "unsubscribed":
            self._unsubscribed.add((channel, address))
        return True

    def is_suppressed(self, channel: str, address: str) -> bool:
        """Whether this address wants no messages."""
        return (channel, address) in self._unsubscribed


class MemoryProfiles:
    """Profiles by identity."""

    def __init__(self, profiles: tuple[Profile, ...]) -> None:
        self.profiles = list(profiles)
        self._by_identity = {
            (code, identity): index
            for index, profile in reversed(list(enumerate(profiles)))
            for code, identity in profile.identities.items()
        }

    def index_of(self, namespace: str | None, key: str) -> int | None:
        """Which profile has this identity."""
        return self._by_identity.get((namespace or "", key))

    def anyone(self, key: str) -> int | None:
        """The first profile with this identity in any namespace."""
        found = (index for (_, identity), index in self._by_identity.items() if identity == key)
        return min(found, default=None)

    def find(self, namespace: str | None, key: str) -> Profile | None:
        """The profile with this identity."""
        index = self.index_of(namespace, key)
        return None if index is None else self.profiles[index]

    def update(self, index: int, path: str, value: Any) -> None:
        """Set an attribute of a profile."""
        self.profiles[index] = set_attribute(self.profiles[index], path, value)


def entry_record(run: SimulatedJourney, key: str, store: MemoryProfiles, seed: int, test_wait_ms: int) -> EntryRecord:
    """What entering must know of a key; ids are derived, so that every run gives the same."""
    known = run.of(key)
    program = run.newest
    profile = store.find(program.namespace, key)
    identifier = instance_id(seed, program.journey, program.version, key, known.count + 1)
    zone = profile.attributes.get("timeZone") if profile is not None else None
    return EntryRecord(
        instance=identifier,
        person=blake2b(f"person {identifier}".encode(), digest_size=16).hexdigest(),
        key=key,
        state=run.state,
        starts_at=None if run.state == TEST else run.starts_at,
        ends_at=None if run.state == TEST else run.ends_at,
        present=known.present is not None,
        last_entrance=known.last,
        entrances=known.count,
        test_profile=profile is not None and profile.test_profile,
        session_profiles=_others_in(run, key) if run.state == TEST else 0,
        test_wait_ms=test_wait_ms,
        profile=_profile_id(profile),
        time_zone=zone if isinstance(zone, str) else None,
    )


def _others_in(run: SimulatedJourney, key: str) -> int:
    return sum(other.count > 0 for name, other in run.keys.items() if name != key)


def _profile_id(profile: Profile | None) -> str:
    """A stable id for a profile of a scenario."""
    if profile is None:
        return ""
    identities: Mapping[str, str] = profile.identities
    text = "\n".join(f"{code}\t{identities[code]}" for code in sorted(identities))
    return blake2b(text.encode(), digest_size=16).hexdigest()
