"""The store as the interpreter of effects needs it, and the state that it lends.

The unit of work implements the store over SQL for the writer, the memory store of the simulation in dictionaries.
Everything that is read or written belongs to one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

import msgspec

from engine.core.effect import Call, Jump, SetTimer, StepEvent
from engine.core.instance import RUNNING, Instance
from engine.core.profiles import Change, Membership
from engine.core.routing import EntryRecord
from engine.core.stimulus import Arrival, Stimulus
from engine.model.definitions import Profile
from engine.ports import OutboxMessage
from engine.runtime.deployment import DeployedJourney, DeployedVersion, Deployment


class LoadedInstance:
    """An instance with its number, ``row``, in the store.

    ``activity`` is where the store has it: '' for one that is over or new; ``size`` the bytes of its stored form.
    """

    __slots__ = ("activity", "changed", "instance", "is_new", "row", "size", "version")

    def __init__(self, row: int, version: DeployedVersion, instance: Instance, activity: str, *, is_new: bool) -> None:
        self.row = row
        self.version = version
        self.instance = instance
        self.activity = activity
        self.is_new = is_new
        self.changed = is_new
        self.size = 0


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


def row_of(instance_id: str) -> int:
    """Return the number of an instance from its id."""
    return int(instance_id[8:], 16)


class MessageOwner(NamedTuple):
    """The instance that a message was sent from, and its recipient."""

    row: int
    version_id: int
    in_test: bool
    channel: str
    address: str


class RuntimeRecords(Protocol):
    """Everything a transaction records besides the state."""

    def add_step(self, loaded: LoadedInstance, event: StepEvent) -> None:
        """Record a step event and count it."""
        ...

    def add_discard(
        self, sandbox: str, event: str | None, key: str | None, journey: str | None, reason: str, field: str = ""
    ) -> None:
        """Record an event that was refused."""
        ...

    def add_call(self, loaded: LoadedInstance, effect: Call) -> None:
        """Have an effect performed outside the process once the transaction is durable."""
        ...

    def answer_call(self, row: int, call: int) -> None:
        """Note that a call has its result."""
        ...

    def add_message(self, loaded: LoadedInstance, activity: str, message: OutboxMessage) -> None:
        """Keep a message that was sent."""
        ...

    def is_suppressed(self, sandbox: str, channel: str, address: str) -> bool:
        """Tell whether an address wants no messages."""
        ...

    def suppress(self, sandbox: str, channel: str, address: str, reason: str, at: int) -> None:
        """Send nothing to an address any more."""
        ...

    def message_owner(self, sandbox: str, message: str) -> MessageOwner | None:
        """Find the sender of a message."""
        ...

    def add_feedback(self, owner: MessageOwner, message: str, kind: str, at: int) -> bool:
        """Record and count feedback on a message; False if it is known already."""
        ...


class SuspendedInbox(Protocol):
    """Keeps what comes for suspended versions until they run again."""

    def hold_stimulus(self, row: int, stimulus: Stimulus) -> bool:
        """Keep a stimulus; False if the version of the instance is not suspended."""
        ...

    def hold_timer(self, row: int) -> None:
        """Have the timer of an instance fire once its version runs again."""
        ...

    def add_message(self, row: int, activity: str, message: OutboxMessage) -> None:
        """Keep a message that an instance of a suspended version sent."""
        ...

    def hold_arrivals(self, sandbox: str, arrival: Arrival, keys: str | Mapping[str, str]) -> None:
        """Keep an arrival for the suspended journeys that no deployed version delivers it to.

        ``keys`` is the person's key, or the keys by namespace.
        """
        ...

    def hold_arrival(self, sandbox: str, journey_id: int, arrival: Arrival, key: str) -> bool:
        """Keep an arrival for a person in a suspended version, or for one that takes entrances; False for others."""
        ...

    def hold_jump(self, sandbox: str, origin: Instance, effect: Jump) -> bool:
        """Keep a jump to a journey whose newest version is suspended; False for other journeys."""
        ...


class RuntimeStore(Protocol):
    """The state of one transaction."""

    @property
    def inbox(self) -> SuspendedInbox | None:
        """Where stimuli of suspended versions are kept; None while no version is suspended."""
        ...

    @property
    def records(self) -> RuntimeRecords:
        """The records of the transaction."""
        ...

    @property
    def deployment(self) -> Deployment:
        """The deployed journeys."""
        ...

    @property
    def now(self) -> int:
        """Epoch ms of the transaction."""
        ...

    def time_of(self, version: DeployedVersion) -> int:
        """Return now for the instances of a version: a test session may have a clock of its own."""
        ...

    # Instances and keys

    def instance(self, row: int) -> LoadedInstance | None:
        """Load an instance by its number, None if it is gone."""
        ...

    def entry(self, journey_id: int, key: str) -> KeyEntry | None:
        """Load the entrances of a key in a journey."""
        ...

    def new_instance(self, version: DeployedVersion, key: str, entry: KeyEntry | None) -> tuple[int, str, str]:
        """Return the number, the id and the person's id of an instance that is about to enter."""
        ...

    def enter(
        self, journey: DeployedJourney, version: DeployedVersion, record: EntryRecord, instance: Instance, row: int
    ) -> LoadedInstance:
        """Add an instance that entered, and count the entrance of its key."""
        ...

    def save(self, loaded: LoadedInstance, instance: Instance) -> None:
        """Replace an instance by its next state."""
        ...

    def leave(self, loaded: LoadedInstance) -> None:
        """Free the key of an instance that is over."""
        ...

    def resume(self, loaded: LoadedInstance) -> None:
        """Occupy the key again: a failed instance goes on."""
        ...

    def touch_session(self, version: DeployedVersion) -> None:
        """Note that an event came for a test session."""
        ...

    def other_test_profiles(self, version: DeployedVersion, key: str) -> int:
        """Count the other keys that entered in a test session."""
        ...

    # Profiles and segments

    def profile(self, sandbox: str, namespace: str | None, key: str) -> LoadedProfile | None:
        """Load the profile with an identity."""
        ...

    def memberships(self, profile_id: int) -> Mapping[str, Membership]:
        """Load the memberships of a profile by segment."""
        ...

    def put_membership(self, profile_id: int, segment: str, membership: Membership) -> None:
        """Keep a membership."""
        ...

    def ready_segments(self, sandbox: str, profile_id: int) -> Collection[str]:
        """List the streaming segments whose first round has passed a profile: only these follow its changes."""
        ...

    def passages(self, version: DeployedVersion, activity: str, *, in_test: bool) -> tuple[int, int]:
        """Return the passages through a profile cap and the time since when they are counted."""
        ...

    def put_passages(
        self, version: DeployedVersion, activity: str, passages: tuple[int, int], *, in_test: bool
    ) -> None:
        """Keep the passages through a profile cap."""
        ...


class SegmentArrival(NamedTuple):
    """A change of membership that is to reach the journeys of a sandbox."""

    sandbox: str
    identities: Mapping[str, str]
    change: Change


class JumpArrival(NamedTuple):
    """A jump's event that is to reach its target."""

    target: DeployedJourney
    origin: Instance
    effect: Jump


DeferredArrival = SegmentArrival | JumpArrival
"""An arrival made by an effect: it comes behind everything that is under way at its instant."""


class Timers(Protocol):
    """The clock of a runner at which each timer fires at its very instant."""

    def set_timer(self, loaded: LoadedInstance, effect: SetTimer) -> None:
        """Wake an instance at a time."""
        ...

    def set_expiry(self, loaded: LoadedInstance) -> None:
        """Wake an instance at its global timeout."""
        ...

    def defer(self, arrival: DeferredArrival) -> None:
        """Deliver an arrival behind what is under way at this instant."""
        ...
