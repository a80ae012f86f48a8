"""The store of a simulation: instances, keys, profiles and records in memory, with ids that are the same every time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import blake2b

from engine.core.consent import STATED, newly_unwanted
from engine.core.effect import Call, StepEvent
from engine.core.event_time import timed_events
from engine.core.identity import (
    KnownProfile,
    join_known,
    join_memberships,
    kept_identities,
    plan_merge,
    without_identity,
)
from engine.core.instance import Instance, instance_id
from engine.core.metrics import Metrics
from engine.core.profiles import Membership, update_profile
from engine.core.routing import EntryRecord
from engine.core.stimulus import Stimulus
from engine.json_types import JsonDict
from engine.model.address import normal_forms, normal_identity
from engine.model.channel import suppression_key
from engine.model.definitions import Profile
from engine.ports import OutboxMessage
from engine.runtime.deployment import DeployedJourney, DeployedVersion, Deployment
from engine.runtime.store_protocol import KeyEntry, LoadedInstance, LoadedProfile, MessageOwner, SuspendedInbox
from engine.simulation.outcome import discard_json, message_json
from engine.simulation.timeline import Timeline

SANDBOX = "prod"
"""The one sandbox of a simulation."""


class SimulatedInstance(LoadedInstance):
    """An instance with its history: its entry record, its stimuli and its step events.

    The stimuli stand with their times, the arrival that entered first. Replayed, they give the same step events.
    """

    __slots__ = ("entry", "messages", "steps", "stimuli")

    def __init__(self, row: int, version: DeployedVersion, instance: Instance, entry: EntryRecord) -> None:
        super().__init__(row, version, instance, "", is_new=True)
        self.entry = entry
        self.stimuli: list[tuple[int, Stimulus]] = []
        self.steps: list[StepEvent] = []
        self.messages: dict[str, tuple[str, str]] = {}
        """The activity and address of each message sent, by message id."""


PerformCall = Callable[[SimulatedInstance, Call], None]


class MemoryRecords:
    """The ``RuntimeRecords`` of a simulation. ``metrics`` are by journey; ``perform`` starts a call."""

    def __init__(self, deployment: Deployment, timeline: Timeline, perform: PerformCall) -> None:
        self._deployment = deployment
        self._timeline = timeline
        self._perform = perform
        self.metrics = {name: Metrics() for name in deployment.sandboxes[SANDBOX].journeys}
        self.messages: list[JsonDict] = []
        self.discards: list[JsonDict] = []
        self._owners: dict[str, MessageOwner] = {}
        self._feedback: set[tuple[str, str]] = set()
        self._suppressed: set[tuple[str, str]] = set()

    def add_step(self, loaded: LoadedInstance, event: StepEvent) -> None:
        """See ``RuntimeRecords``."""
        assert isinstance(loaded, SimulatedInstance)
        loaded.steps.append(event)
        self.metrics[loaded.version.name].add(event)

    def add_discard(
        self, sandbox: str, event: str | None, key: str | None, journey: str | None, reason: str, field: str = ""
    ) -> None:
        """See ``RuntimeRecords``."""
        self.discards.append(discard_json(self._timeline.now, event, key, journey, reason, field))

    def add_call(self, loaded: LoadedInstance, effect: Call) -> None:
        """See ``RuntimeRecords``."""
        assert isinstance(loaded, SimulatedInstance)
        self._perform(loaded, effect)

    def answer_call(self, row: int, call: int) -> None:
        """See ``RuntimeRecords``."""

    def add_message(self, loaded: LoadedInstance, activity: str, message: OutboxMessage) -> None:
        """See ``RuntimeRecords``."""
        assert isinstance(loaded, SimulatedInstance)
        version, in_test = loaded.version, loaded.instance.in_test
        loaded.messages[message.id] = (activity, message.address)
        self._owners[message.id] = MessageOwner(loaded.row, version.id, in_test, message.channel, message.address)
        template = version.program.nodes[activity].settings.action
        label = {"key": loaded.instance.key, "journey": version.name}
        self.messages.append(message_json(self._timeline.now, activity, template, message) | label)

    def is_suppressed(self, sandbox: str, channel: str, address: str) -> bool:
        """See ``RuntimeRecords``."""
        return (channel, suppression_key(channel, address)) in self._suppressed

    def suppress(self, sandbox: str, channel: str, address: str, reason: str, at: int) -> None:
        """See ``RuntimeRecords``."""
        self._suppressed.add((channel, suppression_key(channel, address)))

    def message_owner(self, sandbox: str, message: str) -> MessageOwner | None:
        """See ``RuntimeRecords``."""
        return self._owners.get(message)

    def add_feedback(self, owner: MessageOwner, message: str, kind: str, at: int) -> bool:
        """See ``RuntimeRecords``."""
        if (message, kind) in self._feedback:
            return False
        self._feedback.add((message, kind))
        self.metrics[self._deployment.versions[owner.version_id].name].count_feedback(kind)
        return True


class MemoryStore:
    """The ``RuntimeStore`` of a simulation, in which no version is suspended."""

    inbox: SuspendedInbox | None = None

    def __init__(
        self,
        deployment: Deployment,
        profiles: Iterable[Profile],
        seed: int,
        timeline: Timeline,
        perform: PerformCall,
    ) -> None:
        self.deployment = deployment
        self.records = MemoryRecords(deployment, timeline, perform)
        self.instances: list[SimulatedInstance] = []
        """All instances, in the order of their entrances; the number of one is its index."""
        self.by_key: dict[str, list[SimulatedInstance]] = {}
        self._seed = seed
        self._timeline = timeline
        self._entries: dict[tuple[int, str], KeyEntry] = {}
        self._entered: dict[int, set[str]] = {}
        self._passages: dict[tuple[int, str], tuple[int, int]] = {}
        self.profiles: dict[int, LoadedProfile] = {}
        self._by_identity: dict[tuple[str, str], int] = {}
        self._memberships: dict[int, dict[str, Membership]] = {}
        self._changed: dict[int, int] = {}
        self._last_profile = 0
        for profile in profiles:
            self.add_profile(profile)

    @property
    def now(self) -> int:
        """See ``RuntimeStore``."""
        return self._timeline.now

    def time_of(self, version: DeployedVersion) -> int:
        """See ``RuntimeStore``."""
        return self._timeline.now

    # Instances and keys

    def instance(self, row: int) -> SimulatedInstance | None:
        """See ``RuntimeStore``."""
        return self.instances[row]

    def entry(self, journey_id: int, key: str) -> KeyEntry | None:
        """See ``RuntimeStore``."""
        return self._entries.get((journey_id, key))

    def new_instance(self, version: DeployedVersion, key: str, entry: KeyEntry | None) -> tuple[int, str, str]:
        """See ``RuntimeStore``."""
        entrance = entry.entrances + 1 if entry is not None else 1
        name = instance_id(self._seed, version.name, version.number, key, entrance)
        return len(self.instances), name, _digest(f"person {name}")

    def enter(
        self, journey: DeployedJourney, version: DeployedVersion, record: EntryRecord, instance: Instance, row: int
    ) -> SimulatedInstance:
        """See ``RuntimeStore``."""
        where = (journey.journey_id, record.key)
        entry = self._entries.get(where)
        if entry is None:
            entry = self._entries[where] = KeyEntry(*where, record.person, 0, 0, None)
        entry.entrances += 1
        entry.last_entered, entry.instance = instance.entered_at, row
        self._entered.setdefault(version.id, set()).add(record.key)
        loaded = SimulatedInstance(row, version, instance, record)
        self.instances.append(loaded)
        self.by_key.setdefault(record.key, []).append(loaded)
        return loaded

    def save(self, loaded: LoadedInstance, instance: Instance) -> None:
        """See ``RuntimeStore``."""
        loaded.instance = instance

    def leave(self, loaded: LoadedInstance) -> None:
        """See ``RuntimeStore``."""
        entry = self._entries[loaded.version.journey_id, loaded.instance.key]
        if entry.instance == loaded.row:
            entry.instance = None

    def resume(self, loaded: LoadedInstance) -> None:
        """See ``RuntimeStore``."""
        self._entries[loaded.version.journey_id, loaded.instance.key].instance = loaded.row

    def touch_session(self, version: DeployedVersion) -> None:
        """See ``RuntimeStore``."""

    def other_test_profiles(self, version: DeployedVersion, key: str) -> int:
        """See ``RuntimeStore``."""
        return len(self._entered.get(version.id, set()) - {key})

    # Profiles and segments

    def add_profile(self, profile: Profile) -> LoadedProfile:
        """Add a profile, or change the one with one of its identities; profiles that it connects become one."""
        if profile.events:
            profile = profile.model_copy(update={"events": timed_events(profile.events, self.now)})
        named = {code: (code, normal_identity(code, value)) for code, value in profile.identities.items()}
        owners = {code: self._by_identity[name] for code, name in named.items() if name in self._by_identity}
        before = {owner: KnownProfile(self.profiles[owner].profile, self._changed[owner]) for owner in owners.values()}
        plan = plan_merge(profile.identities, owners, before)
        profile = kept_identities(profile, plan)
        if plan.joined:
            known, *others = plan.joined
            self.profiles[known].profile = update_profile(join_known(before, plan), profile)
            for other in others:
                self._move(known, other)
        else:
            known = self._new_profile(profile)
        for code in plan.moved:
            loser = self.profiles[owners[code]]
            loser.profile = without_identity(loser.profile, code, profile.identities[code])
        free = {name for code, name in named.items() if code not in plan.refused or code in plan.moved}
        self._by_identity |= dict.fromkeys(free, known)
        self._changed[known] = self.now
        loaded = self.profiles[known]
        self._memberships[known] |= {name: Membership(True, True) for name in profile.segments}
        former = (one.profile for owner, one in before.items() if owner in plan.joined)
        for channel, address in newly_unwanted(profile.attributes, former, loaded.profile):
            self.records.suppress(SANDBOX, channel, address, STATED, self.now)
        return loaded

    def _move(self, known: int, other: int) -> None:
        """Give a profile what belongs to another, and forget the other."""
        del self.profiles[other], self._changed[other]
        mine = self._memberships[known]
        for name, one in self._memberships.pop(other).items():
            mine[name] = join_memberships(mine.get(name, Membership()), one)
        self._by_identity |= {name: known for name, owner in self._by_identity.items() if owner == other}

    def _new_profile(self, profile: Profile) -> int:
        number = self._last_profile = self._last_profile + 1
        identities: Mapping[str, str] = profile.identities
        reference = _digest("\n".join(f"{code}\t{identities[code]}" for code in sorted(identities)))
        self.profiles[number] = LoadedProfile(number, profile, reference)
        self._memberships[number] = {}
        return number

    def profile(self, sandbox: str, namespace: str | None, key: str) -> LoadedProfile | None:
        """See ``RuntimeStore``."""
        number = self._by_identity.get((namespace or "", normal_identity(namespace, key)))
        return None if number is None else self.profiles[number]

    def first_profile(self, key: str) -> LoadedProfile | None:
        """Find the first profile with this identity in any namespace."""
        forms = {(code, normal_identity(code, key)) for code, _ in self._by_identity}
        found = (number for name, number in self._by_identity.items() if name in forms)
        number = min(found, default=None)
        return None if number is None else self.profiles[number]

    def instances_of(self, key: str) -> list[SimulatedInstance]:
        """List the instances of a key, in whatever spelling of an address it is given."""
        return next((self.by_key[form] for form in normal_forms(key) if form in self.by_key), [])

    def memberships(self, profile_id: int) -> Mapping[str, Membership]:
        """See ``RuntimeStore``."""
        return self._memberships[profile_id]

    def put_membership(self, profile_id: int, segment: str, membership: Membership) -> None:
        """See ``RuntimeStore``."""
        self._memberships[profile_id][segment] = membership

    def ready_segments(self, sandbox: str, profile_id: int) -> Collection[str]:
        """See ``RuntimeStore``."""
        return self.deployment.sandboxes[sandbox].segments.streaming

    # Profile caps

    def passages(self, version: DeployedVersion, activity: str, *, in_test: bool) -> tuple[int, int]:
        """See ``RuntimeStore``."""
        return self._passages.get((version.id, activity), (0, 0))

    def put_passages(
        self, version: DeployedVersion, activity: str, passages: tuple[int, int], *, in_test: bool
    ) -> None:
        """See ``RuntimeStore``."""
        self._passages[version.id, activity] = passages


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
