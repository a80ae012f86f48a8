"""One person on the way through one journey version: a compact value that is stored as bytes between transitions.

Instances are values: ``advance`` copies the instance and replaces what changes, and never writes into a mapping or list
that an earlier instance holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import msgspec

from engine.core.stimulus import ActionDone, Arrival
from engine.errors import SojournError

FORMAT = 1

RUNNING = "running"
FINISHED = "finished"
FAILED = "error"
TIMED_OUT = "timed_out"
STOPPED = "stopped"


class Step(msgspec.Struct, array_like=True, gc=False):
    """The activity (or group) being worked at, with calls under way."""

    node: str
    arrived: int
    group: tuple[str, ...] = ()
    """The members, if a group is being entered."""
    index: int = 0
    """The condition path, or the group member, that is being evaluated."""
    draws: int = 0
    """The draw counter when that evaluation began."""
    call: int = 0
    """The call whose answer ends the activity; 0 before it is made."""
    fetching: Mapping[int, str] = {}
    """Fetches under way: the call number and the cache key."""
    fetched: Mapping[str, Mapping[str, object]] = {}
    """Fetched field groups of this step, by cache key (source, group and parameters)."""
    fetch_count: int = 0
    fetch_time: int = 0
    askers: Mapping[int, str] = {}
    """The group member that asked for each fetch under way."""


class Waiting(msgspec.Struct, array_like=True, gc=False):
    """The group of events, reactions and waits that is open, topmost first."""

    members: tuple[str, ...]
    arrived: int
    timer: int = 0
    """The one timer of the group, 0 for none: only the wait due first can ever win."""
    due: int = 0
    timed: str = ""
    """The member the timer belongs to."""
    fetch_count: int = 0
    fetch_time: int = 0
    call: int = 0
    """The call whose callback is awaited; 0 for a group."""
    answer: ActionDone | None = None
    """The answer of that call, without its response."""


class Instance(msgspec.Struct, array_like=True, gc=False):
    """See the module. ``draws`` and ``seq`` are counters; ``key`` never leaves the instance's row."""

    format: int
    id: str
    journey: str
    version: int
    key: str
    namespace: str | None
    person: str
    profile: str
    entrance: int
    """The number of this entrance of the key in the journey, from 1."""
    entered_at: int
    expires_at: int
    """The global timeout; the runner sends Expire then."""
    seed: int
    zone: str
    """The IANA zone of all wall-clock rules for this person."""
    in_test: bool = False
    test_wait_ms: int = 0
    status: str = RUNNING
    seq: int = 0
    draws: int = 0
    step: Step | None = None
    waiting: Waiting | None = None
    held: tuple[Arrival, ...] = ()
    events: Mapping[str, Mapping[str, object]] = {}
    """The latest payload of each event received, and ``{"response": …}`` of each action."""
    messages: Mapping[str, str] = {}
    """The id of the message that each activity sent."""
    reactions: Mapping[str, tuple[str, ...]] = {}
    """The feedback on each message id so far."""
    parent: str = ""
    """The id of the latest step event."""
    previous: str = ""
    """The activity left last."""
    failed: Step | None = None
    """The step to resume after an error."""
    error_node: str = ""
    error_code: str = ""
    action_error: str = ""
    fetch_error: str = ""
    action_elapsed: int | None = None
    fetch_elapsed: int | None = None
    enriched: Mapping[str, object] = {}
    """In test: all that was fetched on the way, by cache key."""
    callbacks: Mapping[int, object] = {}
    """Callbacks that arrived before the answer of their call, by the call."""

    def lasting(self, length_ms: int) -> int:
        """Return how long a wait of a length lasts for this person: the test wait time if the test has one."""
        return self.test_wait_ms if self.in_test and self.test_wait_ms else length_ms

    def dump(self) -> bytes:
        """Return the stored form."""
        return _ENCODER.encode(self)

    @staticmethod
    def load(stored: bytes) -> Instance:
        """Return the instance of :meth:`dump`; raises SojournError for a newer format."""
        instance = _DECODER.decode(stored)
        if instance.format > FORMAT:
            raise SojournError("instance_newer")
        return instance

    def idempotency_key(self, call: int) -> str:
        """Return the key of a call: the same over retries and restarts of that step."""
        return f"{self.id}-{self.entrance}-{call}"


def instance_id(seed: int, journey: str, version: int, key: str, entrance: int) -> str:
    """Return an id that is the same whenever the same person enters for the same time; 32 hexadecimal digits."""
    return blake2b(msgspec.msgpack.encode(("id", seed, journey, version, key, entrance)), digest_size=16).hexdigest()


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Instance)
