"""People and what reaches them: events that came in, profiles, segments, messages, and what an erasure did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """Why one entity of a post was refused; ``index`` is its place in the post."""

    index: int
    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class AcceptResult:
    """The answer of an inlet: ids of what is durable now, and what was refused."""

    accepted: tuple[str, ...]
    errors: tuple[RejectedItem, ...] = ()


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
    attributes: Mapping[str, Any]
    test_profile: bool
    events: int = 0


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """Some profiles of ``total``."""

    total: int
    rows: tuple[ProfileRow, ...]


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
