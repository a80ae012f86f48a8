"""What the services answer: frozen values that cross threads and processes unchanged.

Times are epoch milliseconds UTC. Ids are texts. JSON values stay JSON values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

JourneyState = Literal["draft", "test", "live", "closed", "finished", "stopped"]
DefinitionKind = Literal["namespace", "event", "data_source", "action", "template", "segment"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and in which sandbox. ``only`` are the permissions it keeps to; empty: all that its user has."""

    actor: str = "administrator"
    sandbox: str = "prod"
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the audit log; ``refused`` says that it was attempted only."""

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
class MessagePreview:
    """A message as one person would get it; ``subject`` is a push's title. ``faults`` are sentences by variable."""

    channel: str
    subject: str
    body: str
    html: str
    faults: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ApiTokenRow:
    """One API token in the list; no permissions mean all of its user's."""

    name: str
    actor: str
    permissions: tuple[str, ...]
    expires: int
    expired: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a journey in lists. ``newest`` says whether a new version may come from it."""

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


@dataclass(frozen=True, slots=True)
class Use:
    """A journey version that uses a definition."""

    version_id: str
    journey: str
    version: int
    state: JourneyState


@dataclass(frozen=True, slots=True)
class EventPreview:
    """What a sender posts for an event: the document, and a ``curl`` line for it."""

    document: Mapping[str, Any]
    curl: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: the draft (or live) version and the definitions that were new, kept, replaced or renamed."""

    version: VersionRow
    added: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why one entity of a post was refused; ``index`` is its place in the post."""

    index: int
    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer of an inlet: ids of what is durable now, and what was refused."""

    accepted: tuple[str, ...]
    errors: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A profile in lists."""

    id: str
    identities: Mapping[str, str]
    attributes: Mapping[str, Any]
    test_profile: bool
    events: int = 0


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """How a segment is: how many profiles are inside, when it was first computed and is next (None: as data change).

    ``under_way`` says that everybody is being looked at now.
    """

    name: str
    inside: int
    evaluation: Literal["streaming", "batch"]
    computed_at: int | None = None
    next_at: int | None = None
    under_way: bool = False


@dataclass(frozen=True, slots=True)
class ArchiveRow:
    """A file of step events that left the workspace; ``there`` says whether it is where it was written."""

    name: str
    rows: int
    from_at: int
    until_at: int
    made_at: int
    there: bool


@dataclass(frozen=True, slots=True)
class StepPage:
    """Some step events as files have them; ``cursor`` asks for the next page, None behind the last."""

    rows: tuple[Mapping[str, Any], ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """The answer of a query; ``more`` says that there were other rows behind these."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased of a person: ``rows`` by kind, and how many journeys ``ended`` for it.

    ``people`` are the random ids that step events and archives keep. ``files`` are what users exported and ``backups``
    what was kept of the workspace before: they were not touched, nor were the ``archives``, which name nobody.
    ``truncated`` says that the write-ahead log was emptied, ``remaining`` in how many places of the database's files
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


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """Some profiles of ``total``."""

    total: int
    rows: tuple[ProfileRow, ...]


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
class DiscardRow:
    """An event that was refused, altogether (``journey`` None) or by a journey."""

    at: int
    event: str | None
    key: str | None
    journey: str | None
    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class TestState:
    """Whether a draft is in test mode; ``wait`` is the test wait time in seconds, ``people`` how many profiles entered.

    ``virtual`` says that the session has a clock of its own: it shows ``time`` (with the real clock: the real time)
    and stands still unless ``running``. ``next_at`` is when, by it, somebody is to be woken; ``under_way`` counts the
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
class StepRow:
    """One step event as lists show it; ``fields`` holds every field of the event."""

    at: int
    instance: str
    person: str
    activity: str
    name: str
    status: str
    transition: str | None
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in a journey: where, since when, and what happened last."""

    instance: str
    key: str
    profile: str | None
    status: str
    activity: str
    entered_at: int
    since: int


@dataclass(frozen=True, slots=True)
class ActivityCounts:
    """How many people reached an activity, stand there now, and failed there."""

    entered: int = 0
    current: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class LiveCounts:
    """A version while it runs. ``metrics`` as in ``simulate``; ``edges`` keyed like there (``stay:booked``, ``lobby``).

    ``entrances`` are (minute as epoch ms, people) of the last hour, ``rate`` step events a second over the last ten
    seconds, ``errors`` counts by kind (``503``, ``timedOut`` …).
    """

    version_id: str
    state: JourneyState
    at: int
    metrics: Mapping[str, int]
    activities: Mapping[str, ActivityCounts]
    edges: Mapping[str, int]
    rate: float
    entrances: tuple[tuple[int, int], ...]
    errors: Mapping[str, int]
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True)
class ActivityTotal:
    """What happened at one activity of a journey in a time; ``name`` is the event's, the action's or its label."""

    journey: str
    activity: str
    kind: str
    name: str
    entered: int
    errors: int


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """A time of one or more journeys, all versions together; ``since`` and ``until`` in epoch milliseconds.

    ``metrics`` as in ``simulate``; ``current`` is who entered in that time and has not left in it. ``entrances`` are
    (start of a stretch, people), all stretches ``stretch`` ms long; ``errors`` counts by kind. Without steps in the
    time, everything is zero.
    """

    since: int
    until: int
    journeys: tuple[str, ...]
    metrics: Mapping[str, float]
    stretch: int
    entrances: tuple[tuple[int, int], ...]
    activities: tuple[ActivityTotal, ...]
    errors: Mapping[str, int]


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
    value: Any
    default: Any
    meaning: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """A stimulus that failed three times; it can be retried."""

    id: int
    at: int
    kind: str
    instance: str | None
    traceback: str


@dataclass(frozen=True, slots=True)
class BackupState:
    """A backup into a file, or none yet (''); once it is done its size in bytes, or a sentence why it failed."""

    path: str
    done: bool = False
    size: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """How the engine is: ``waiting`` counts what is accepted but not yet processed."""

    status: Literal["ok", "degraded"]
    version: str
    waiting: int
    calls: int
    set_aside: int
    reason: str = ""
