"""Activities on the system clipboard as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.document.naming import fresh_id
from app.document.patches import LISTS, line, read_json
from engine.model.activity import ACTIVITY_KINDS, Activity, kind_of
from engine.model.journey import Edge, JourneyVersion, Note

FORMAT = "sojourn/clip-1"


@dataclass(frozen=True, slots=True)
class ClipboardContent:
    """Copied activities with the edges between them, and notes."""

    activities: tuple[Activity, ...]
    edges: tuple[Edge, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def roots(self) -> tuple[Activity, ...]:
        """The copied activities without an incoming edge."""
        reached = {edge.target for edge in self.edges}
        return tuple(activity for activity in self.activities if activity.id not in reached)


def copy(journey: JourneyVersion, names: Collection[str], notes: Collection[int] = ()) -> ClipboardContent:
    """Copy these activities and notes (by index)."""
    return ClipboardContent(
        tuple(activity for activity in journey.activities if activity.id in names),
        tuple(edge for edge in journey.edges if edge.source in names and edge.target in names),
        tuple(note for index, note in enumerate(journey.notes) if index in notes),
    )


def to_text(clip: ClipboardContent) -> str:
    """Return the content as clipboard text."""
    parts: dict[str, Any] = {"format": FORMAT}
    for part in ("activities", "edges", "notes"):
        if items := getattr(clip, part):
            parts[part] = LISTS[part].dump_python(items, mode="json", exclude_defaults=True)
    return json.dumps(parts, indent=2, ensure_ascii=False)


def from_text(text: str) -> ClipboardContent | None:
    """Read the content from clipboard text; return None for any other text."""
    if FORMAT not in text:
        return None
    try:
        parts = json.loads(text)
        if not isinstance(parts, dict) or parts.get("format") != FORMAT:
            return None
        read = {part: read_json(LISTS[part], parts.get(part, [])) for part in ("activities", "edges", "notes")}
    except (ValueError, ValidationError):
        return None
    return ClipboardContent(read["activities"], read["edges"], read["notes"])


def renamed(clip: ClipboardContent, taken: Collection[str]) -> ClipboardContent:
    """Return the content with ids that are free in the target journey; references within follow."""
    names: dict[str, str] = {}
    for activity in clip.activities:
        names[activity.id] = fresh_id(activity.id, {*taken, *names.values()})
    return ClipboardContent(
        tuple(_renamed(activity, names) for activity in clip.activities),
        tuple(
            line(names[edge.source], edge.path, names[edge.target])
            for edge in clip.edges
            if edge.source in names and edge.target in names
        ),
        clip.notes,
    )


def _renamed(activity: Activity, names: Mapping[str, str]) -> Activity:
    changes: dict[str, Any] = {"id": names[activity.id]}
    for setting in ACTIVITY_KINDS[kind_of(activity)].activity_settings:
        target = vars(activity)[setting]
        changes[setting] = names.get(target, target)
    return activity.model_copy(update=changes)


def moved(clip: ClipboardContent, dx: float, dy: float) -> ClipboardContent:
    """Return the content shifted on the canvas, in whole pixels."""
    return ClipboardContent(
        tuple(
            activity.model_copy(update={"position": _shifted(activity.position or (0, 0), dx, dy)})
            for activity in clip.activities
        ),
        clip.edges,
        tuple(note.model_copy(update={"position": _shifted(note.position, dx, dy)}) for note in clip.notes),
    )


def _shifted(position: tuple[float, float], dx: float, dy: float) -> tuple[int, int]:
    return round(position[0] + dx), round(position[1] + dy)
