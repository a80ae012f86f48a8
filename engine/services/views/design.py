"""Journeys and definitions as lists show them, and what imports and previews answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.model.journey import JourneyState

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
