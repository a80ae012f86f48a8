"""The answers of the services: frozen values that cross threads and processes unchanged.

Times are epoch milliseconds UTC. Ids are texts. JSON values stay JSON values. :mod:`engine.services.report_views` has
those of running journeys and reports, :mod:`engine.services.profile_views` those of imports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.catalogue import Phrase
from engine.model.journey import JourneyState


@dataclass(frozen=True, slots=True)
class Caller:
    """The user who makes a call, and the sandbox.

    ``only`` are the permissions of an API token; empty: all that its user has. ``session`` authenticates the user of
    a studio; commands, which run for a user who may open the workspace's files, have none.
    """

    actor: str = "administrator"
    sandbox: str = "prod"
    only: tuple[str, ...] = ()
    session: str = field(default="", repr=False)


SIGN_IN_NEEDED = "sign_in_needed"
"""The code of the error for a studio without a valid session."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """The user who is signed in in a studio, with permissions in its sandbox; or that name and password are ``asked``.

    ``guarded``: the workspace asks for them at all. ``others``: there are other users than this one. ``may_stop``: the
    user may stop the engine for everybody.
    """

    asked: bool
    guarded: bool
    actor: str
    session: str = field(default="", repr=False)
    sandbox: str = "prod"
    permissions: frozenset[str] = frozenset()
    sandboxes: tuple[str, ...] = ()
    has_password: bool = False
    others: bool = False
    may_stop: bool = False


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the audit log; ``refused``: it was attempted only."""

    at: int
    actor: str
    what: str
    about: str
    refused: bool


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user in the list."""

    name: str
    product_profiles: tuple[str, ...]
    has_password: bool


@dataclass(frozen=True, slots=True)
class ProductProfileRow:
    """One product profile in the list; ``built_in`` ones cannot be changed, no sandboxes mean all."""

    name: str
    permissions: tuple[str, ...]
    sandboxes: tuple[str, ...]
    built_in: bool
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApiTokenRow:
    """One API token in the list; no permissions mean all of its user's."""

    name: str
    actor: str
    permissions: tuple[str, ...]
    expires: int
    expired: bool


@dataclass(frozen=True, slots=True)
class InletRow:
    """An inlet: where events are posted."""

    name: str
    sandbox: str
    url: str
    requires_token: bool
    open: bool


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A workspace setting with its value, its default and what it means."""

    name: str
    value: object
    default: object
    meaning: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A stimulus that failed three times; it can be retried."""

    id: int
    at: int
    kind: str
    instance: str | None
    traceback: str


def change_permission(kind: str) -> str:
    """Return the permission to change definitions of a kind."""
    return {"template": "manage_messages", "segment": "manage_audiences"}.get(kind, "manage_definitions")


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One part of the engine: its ``value`` (a count, seconds, bytes), and the reason if it is not in order."""

    name: str
    ok: bool
    value: int
    reason: Phrase | None = None


@dataclass(frozen=True, slots=True)
class HealthState:
    """The state of the engine: the first reason if something is not in order, and every check."""

    status: Literal["ok", "degraded"]
    reason: Phrase | None
    waiting: int
    calls: int
    overdue: int
    checks: tuple[HealthCheck, ...] = ()


@dataclass(frozen=True, slots=True)
class SuspendedRow:
    """A part that is suspended by itself: ``segment`` with its name, or ``journey`` with ``NAME@VERSION``."""

    kind: str
    name: str
    reason: Phrase


@dataclass(frozen=True, slots=True)
class DeadLetterContent:
    """A dead letter with what it holds, as JSON."""

    id: int
    kind: str
    content: str
    traceback: str


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An accepted event; ``document`` only where one event is shown."""

    id: str
    at: int
    document: str = ""


@dataclass(frozen=True, slots=True)
class FailedPerson:
    """A person whose journey ended in an error at an activity."""

    journey: str
    version: int
    instance: str
    key: str
    activity: str
    at: int


@dataclass(frozen=True, slots=True)
class BackupState:
    """A backup into a file, or none yet (''); once it is done its size in bytes and when, or why it failed.

    While it is under way ``size`` is what has been written, and ``of`` about how much it will be; 0 when unknown.
    """

    path: str
    done: bool = False
    size: int = 0
    fault: Phrase | None = None
    of: int = 0
    at: int = 0


DefinitionKind = Literal["namespace", "event", "data_source", "action", "template", "segment"]
UsedKind = Literal[DefinitionKind, "field_group"]
"""What journeys can be searched by; a field group is named with its data source, ``Hotel.Room``."""
EntryType = Literal["event", "segment_qualification", ""]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a journey in lists.

    ``newest``: a new version may continue it. ``entry``: the kind of its first activity, '' while there is none.
    """

    id: str
    journey: str
    name: str
    description: str
    version: int
    state: JourneyState
    newest: bool
    created_by: str
    created_at: int
    changed_by: str
    changed_at: int
    published_by: str | None = None
    published_at: int | None = None
    entered: int = 0
    current: int = 0
    errors: int = 0
    entry: EntryType = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """One definition in lists; ``used_in`` counts the journeys that use it."""

    kind: DefinitionKind
    name: str
    description: str
    used_in: int
    created_by: str
    created_at: int
    changed_by: str
    changed_at: int
    revision: int = 0


@dataclass(frozen=True, slots=True)
class DefinitionUse:
    """A journey version that uses a definition."""

    version_id: str
    journey: str
    version: int
    state: JourneyState


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did: the draft (or live) version and the definitions that were new, kept, replaced or renamed."""

    version: VersionRow
    added: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TestState:
    """Whether a draft is in test mode; ``wait`` is the test wait time in seconds, ``people`` how many profiles entered.

    ``virtual``: the session has a clock of its own: it shows ``time`` (with the real clock: the real time)
    and stands still unless ``running``. ``next_at`` is when, by it, the next timer is due; ``under_way`` counts the
    people with a call under way, during which a virtual clock waits.
    """

    __test__ = False

    on: bool
    wait: float
    started_at: int | None = None
    people: int = 0
    virtual: bool = False
    time: int | None = None
    running: bool = False
    next_at: int | None = None
    under_way: int = 0


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """Why one entity of a post was refused; ``index`` is its place in the post."""

    index: int
    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class AcceptResult:
    """The answer of an inlet: ids of what is durable now, what was refused, and the field that each id is from."""

    accepted: tuple[str, ...]
    errors: tuple[RejectedItem, ...] = ()
    id_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DiscardRow:
    """An event that was refused, altogether (``journey`` None) or by a journey."""

    at: int
    event: str | None
    key: str | None
    journey: str | None
    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A profile in lists."""

    id: str
    identities: Mapping[str, str]
    attributes: Mapping[str, object]
    test_profile: bool
    events: int = 0


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """Some profiles of ``total``."""

    total: int
    rows: tuple[ProfileRow, ...]


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    """An address that gets no messages by a channel, why, and since when."""

    channel: str
    address: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class SuppressionPage:
    """Some addresses of ``total``."""

    total: int
    rows: tuple[SuppressionRow, ...]


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """How a segment is: how many profiles are inside, when it was first computed and is next (None: as data change).

    ``under_way``: it is being computed now.
    """

    name: str
    inside: int
    evaluation: Literal["streaming", "batch"]
    computed_at: int | None = None
    next_at: int | None = None
    under_way: bool = False
    suspended: Phrase | None = None
    """Why it is suspended; None while it is not."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message in the local outbox."""

    id: str
    at: int
    journey: str
    version: int
    activity: str
    channel: str
    to: str
    subject: str
    body: str
    html: str
    feedback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErasureResult:
    """What was erased of a person: ``rows`` by kind, and how many journeys ``ended`` for it.

    ``people`` are the random ids that step events and archives keep. ``files`` are what users exported and ``backups``
    what was kept of the workspace before: they were not touched, nor were the ``archives``, which identify nobody.
    ``truncated``: the write-ahead log was emptied, ``remaining`` in how many places of the database's files
    the identifiers still stand: 0, unless others' data hold the same texts or the files are too large to be written
    anew.
    """

    found: bool
    at: int
    ended: int = 0
    rows: Mapping[str, int] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    backups: tuple[str, ...] = ()
    archives: int = 0
    truncated: bool = False
    remaining: int = 0
