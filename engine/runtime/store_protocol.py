"""The store and the scheduler as the interpreter of effects needs them.

The unit of work implements the store over SQL for the writer, the memory store of the simulation in dictionaries.
Everything that is read or written belongs to one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from engine.core.effect import Call, Jump, SetTimer
from engine.core.entry import EntryRecord
from engine.core.instance import Instance
from engine.core.segments import Change, Membership
from engine.core.step_event import StepEvent
from engine.ports import OutboxMessage
from engine.runtime.deployment import DeployedJourney, DeployedVersion, Deployment
from engine.runtime.loaded import KeyEntry, LoadedInstance, LoadedProfile


class NewInstance(NamedTuple):
    """The number and the ids of an instance that is about to enter."""

    row: int
    instance: str
    person: str


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


class RuntimeStore(Protocol):
    """The state of one transaction."""

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

    def new_instance(self, version: DeployedVersion, key: str, entry: KeyEntry | None) -> NewInstance:
        """Give a number and ids to an instance that is about to enter."""
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


class Scheduler(Protocol):
    """Timers and deferred arrivals of a runner."""

    @property
    def fires_timers(self) -> bool:
        """Whether each timer fires at its very instant; otherwise overdue ones fire when the instance is next used."""
        ...

    def set_timer(self, loaded: LoadedInstance, effect: SetTimer) -> None:
        """Wake an instance at a time."""
        ...

    def set_expiry(self, loaded: LoadedInstance) -> None:
        """Wake an instance at its global timeout."""
        ...

    def defer(self, arrival: DeferredArrival) -> None:
        """Deliver an arrival behind what is under way."""
        ...

    def take_deferred(self) -> DeferredArrival | None:
        """Take the next arrival to deliver in this transaction."""
        ...
