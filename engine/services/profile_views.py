"""The answers of imports and merges of profiles; as in :mod:`engine.services.views` they are frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.catalogue import Phrase


@dataclass(frozen=True, slots=True)
class ProfileRefusal:
    """A row that is no profile: its line or item, where the fault is, why, and its cells or its text."""

    row: int
    where: str
    reason: Phrase
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileFooter:
    """The footer of a report at the end of a table: the line of its first row, and how many rows it has."""

    row: int
    rows: int


@dataclass(frozen=True, slots=True)
class IdentityConflict:
    """An identity of a row that another profile has: it stays there, or is ``moved`` to the profile of the row."""

    row: int
    namespace: str
    moved: bool = False


@dataclass(frozen=True, slots=True)
class ProfileImportResult:
    """How many rows of a file are profiles, and which are none; ``footer`` are those of a report's footer.

    ``conflicts`` are the identities of profiles that were stored without them, or that took them from others.
    """

    profiles: int
    refused: tuple[ProfileRefusal, ...] = ()
    footer: ProfileFooter | None = None
    conflicts: tuple[IdentityConflict, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """A column of a file: its head, and the target that the head suggests, '' for none."""

    head: str
    target: str


@dataclass(frozen=True, slots=True)
class FilePreview:
    """The beginning of a file; ``guessed`` if only its letters speak for the encoding.

    ``targets`` are what a column can be; ``declared`` are those with a declared type.
    """

    form: str
    encoding: str
    guessed: bool
    separator: str
    columns: tuple[ColumnPreview, ...]
    rows: tuple[tuple[str, ...], ...]
    targets: tuple[str, ...]
    declared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MergedProfile:
    """A profile as it was before it was merged; ``events`` is the number of its experience events."""

    identities: Mapping[str, str]
    attributes: Mapping[str, object]
    test_profile: bool
    events: int
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MergeRow:
    """What a statement of identities did, by the namespaces ``by`` which the profiles were found.

    ``before`` are the profiles that became one, the one whose data have precedence first; ``priority`` is the namespace
    of its strongest identity. ``refused`` are the namespaces whose identity stayed with another profile, ``moved``
    those whose identity was taken from one. ``can_undo`` is false without joined profiles, and once it was done.
    """

    number: int
    at: int
    stated: Mapping[str, str]
    by: tuple[str, ...]
    priority: str
    before: tuple[MergedProfile, ...]
    refused: tuple[str, ...]
    moved: tuple[str, ...]
    can_undo: bool
    undone_at: int | None = None


@dataclass(frozen=True, slots=True)
class MergePage:
    """How many merges there are, and some of them, newest first."""

    total: int
    rows: tuple[MergeRow, ...]
