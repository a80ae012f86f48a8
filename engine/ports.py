"""The protocols by which effects, services and runners reach one another, the store and the secrets.

Packages on one level do not import each other: the runtime sees a :class:`Performer`, not httpx; the performer sees
:class:`Secrets` and :class:`Sandboxes`, not a database. ``engine.host`` connects them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import msgspec

from engine.catalogue import Phrase
from engine.core.effect import CallAction, Fetch, SendMessage
from engine.core.stimulus import ActionDone, Arrival, FetchDone, Stimulus
from engine.errors import SojournError
from engine.json_types import JsonObject
from engine.model.definitions import Definitions

Answer = TypeVar("Answer")
Connection_co = TypeVar("Connection_co", covariant=True)
"""A database connection of the store; only the store's functions look inside."""


class Clock(Protocol):
    """The only source of time outside the pure core."""

    def now(self) -> int:
        """Epoch milliseconds UTC; never less than what it gave before."""
        ...


UNTIL_PAUSED = -1
"""``VirtualClock.moments`` of a clock that runs until it is paused."""


class VirtualClock(msgspec.Struct, frozen=True, omit_defaults=True):
    """The clock of a test session: time goes only as far as its user lets it (runtime.md, Test mode).

    ``now`` is epoch ms and stands still between two moments. ``moments`` counts the points of time at which something
    may still happen before the clock is paused; ``until`` is where it stops at the latest, and goes to. Between two
    points at least ``pace_ms`` of real time pass.
    """

    now: int
    moments: int = 0
    until: int | None = None
    pace_ms: int = 0

    def dump(self) -> str:
        """Return the stored form."""
        return msgspec.json.encode(self).decode()


def read_clock(stored: str | None) -> VirtualClock | None:
    """Read the form of :meth:`VirtualClock.dump`; None where the real clock holds."""
    return None if stored is None else msgspec.json.decode(stored, type=VirtualClock)


class NotNowError(SojournError):
    """The engine itself lacks something now; what needs it is tried again later and is no error of another system."""


class VaultLockedError(NotNowError):
    """No key opens the vault now."""


class DescriptorsUsedError(NotNowError):
    """The process may open no more files and connections now."""


class Secrets(Protocol):
    """The vault: names to secret texts. Names come from :func:`secret_name`; nothing here reaches a log."""

    def get(self, name: str) -> str | None:
        """Return the secret, or None when there is none of that name; raises VaultLockedError."""
        ...

    def set(self, name: str, value: str) -> None:
        """Store a secret under a name, replacing the one before."""
        ...

    def delete(self, name: str) -> None:
        """Delete a secret; nothing happens when there is none."""
        ...

    def names(self) -> tuple[str, ...]:
        """Return the names of all secrets, sorted."""
        ...


def secret_name(sandbox: str, kind: str, name: str, field: str) -> str:
    """Name a definition's secret in the vault.

    ``kind`` is ``data_source`` or ``action``; ``field`` is the path inside ``auth``: ``password``, ``value``,
    ``headers.X-Client`` or ``body.parameters.client_secret``; or :func:`constant_field`.
    """
    return f"{sandbox}/{kind}/{name}/{field}"


CONSTANT = "constant."


def constant_field(place: str, name: str) -> str:
    """Name the field of a constant header or query parameter that is a secret: ``constant.headers.X-Api-Key``."""
    return f"{CONSTANT}{place}.{name}"


class Sandboxes(Protocol):
    """What the performer reads about a sandbox; answers are cheap (kept in memory, replaced on change)."""

    address: str
    """Where this engine listens, '' while it does not."""

    def definitions(self, sandbox: str, version_id: int) -> Definitions:
        """Return the definitions that a version was published with, with today's URLs and authentication."""
        ...

    def setting(self, sandbox: str, name: str) -> Any:
        """Return a workspace setting (``allow_local_endpoints`` …) or its default."""
        ...

    def guardrails(self, sandbox: str) -> tuple[JsonObject, ...]:
        """Return the deployed capping and throttling rules, in the form of the original's configuration documents."""
        ...


class Call(msgspec.Struct, frozen=True, gc=False):
    """One effect to perform. ``key`` is the idempotency key, fixed before the call; ``created`` is epoch ms.

    ``version`` is the version's number, ``version_id`` its id. ``deadline`` is the epoch ms at which the journey's
    timeout for this call ends, when it started before a restart a new one is given.
    """

    sandbox: str
    instance: str
    journey: str
    version: int
    key: str
    created: int
    in_test: bool
    effect: Fetch | CallAction | SendMessage
    version_id: int = 0


class Performer(Protocol):
    """Performs effects outside the process. Always answers with a result; never raises for what the world does."""

    async def perform(self, call: Call) -> FetchDone | ActionDone:
        """Perform one call, with capping, throttling, retries and the timeout, and return the result."""
        ...

    async def close(self) -> None:
        """Close connections; calls under way are cancelled (and performed again after a restart)."""
        ...


class OutboxMessage(msgspec.Struct, frozen=True, gc=False):
    """A message for the local outbox. ``id`` is the same over retries and restarts of its call."""

    id: str
    channel: str
    address: str
    subject: str
    body: str
    html: str


class Outbox(Protocol):
    """Takes messages without a provider, and knows the addresses that have opted out."""

    async def keep(self, call: Call, message: OutboxMessage) -> None:
        """Store a message, at the latest with the call's answer; the same id again changes nothing."""
        ...

    async def is_suppressed(self, sandbox: str, channel: str, address: str) -> bool:
        """Whether this address has unsubscribed or opted out."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectionOutcome:
    """The outcome of a test call: status, headers and the beginning of the body, without secrets.

    ``error`` is the code the call would end with in a journey, or None; ``message`` is a sentence for people.
    """

    error: str | None
    message: Phrase
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    elapsed_ms: int = 0


@dataclass(frozen=True, slots=True)
class RemoteTemplate:
    """A message that a provider keeps: ``name`` is what a template here must be called, ``label`` what people read."""

    name: str
    label: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class TemplateListResult:
    """What asking a provider for its templates brought; none when ``result`` has an error."""

    result: ConnectionOutcome
    templates: tuple[RemoteTemplate, ...] = ()


class ConnectionTester(Protocol):
    """Makes one call for the "test" buttons: no retries, no rules, the host rules as always."""

    def authentication(self, sandbox: str, kind: str, body: JsonObject) -> ConnectionOutcome:
        """Fetch a token with a definition's authentication; for the other kinds, describe what a call would carry."""
        ...

    def call(self, sandbox: str, kind: str, body: JsonObject, values: JsonObject) -> ConnectionOutcome:
        """Call a data source or an action once; see ``services.connections`` for ``values``."""
        ...

    def campaign_standard(self, sandbox: str, url: str) -> TemplateListResult:
        """Try an instance URL of Adobe Campaign Standard ('' for the setting's) and list its transactional events."""
        ...


@dataclass(frozen=True, slots=True)
class Suspension:
    """A part of a sandbox that is suspended by itself, while the others go on.

    ``kind`` is ``segment``, with the segment's name, or ``journey``, with ``NAME@VERSION``.
    """

    sandbox: str
    kind: str
    name: str
    reason: Phrase


class IncomingEvent(msgspec.Struct, frozen=True, gc=False):
    """One accepted arrival: what it is, whose, and the document it came in. ``id`` makes it idempotent for 7 days."""

    sandbox: str
    id: str
    at: int
    arrivals: tuple[tuple[Arrival, str, str | None], ...]
    """Each matched definition's arrival with the person's key and its namespace."""
    document: str
    no_match: str = ""
    """The name to list as discarded when nothing matched, or ''."""


class Runner(Protocol[Connection_co]):
    """What the services need of the one process that runs the workspace."""

    @property
    def clock(self) -> Clock:
        """The time of all rows."""
        ...

    def read(self) -> AbstractContextManager[Connection_co]:
        """Open a read transaction on its own connection; the writer never blocks it."""
        ...

    def write(self, work: Callable[[Connection_co], Answer]) -> Answer:
        """Do ``work`` in the writer's next transaction and answer when it is durable.

        What is kept in memory of definitions, journeys and settings is read anew before anything else runs.
        """
        ...

    def accept(self, arrivals: Sequence[IncomingEvent]) -> tuple[bool, ...]:
        """Make arrivals durable and route them; False for one whose id was seen before. Raises when too much waits."""
        ...

    def retry(self, ids: Sequence[int]) -> int:
        """Process dead letters again and return their number."""
        ...

    @property
    def suspensions(self) -> tuple[Suspension, ...]:
        """What is suspended, by sandbox, kind and name."""
        ...

    def resume_suspended(self, sandbox: str, kind: str, name: str) -> None:
        """Run a suspended part again; raises SojournError if there is none of that name or it still cannot run."""
        ...

    def release_timers(self) -> int:
        """Let the timers fire that were overdue at the start and are held; return how many."""
        ...

    def accept_clock(self) -> int:
        """Follow the machine's clock after a jump; return its milliseconds, 0 if none is held."""
        ...

    def command(self, instances: Sequence[int], stimulus: Stimulus) -> None:
        """Give a stimulus to instances, after what was accepted before."""
        ...
