"""The answers of imports of profiles; as in :mod:`engine.services.views` they are frozen values."""

from __future__ import annotations

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
