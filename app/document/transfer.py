"""Activities in transit as JSON: palette items while they are dragged, and copies on the system clipboard."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from app.activity_views import ACTIVITY_VIEWS, ConditionView, category, type_title
from app.document.patches import line
from app.translation import tr
from engine.json_types import JsonDict, JsonObject
from engine.model.activity import ACTIVITY_KINDS, Activity, kind_of
from engine.model.definitions import Definitions
from engine.model.journey import Edge, JourneyVersion, Note

MIME_TYPE = "application/x-sojourn-activity"
"""The drag format of a palette item: the template as JSON."""

_ACTIVITY: TypeAdapter[Activity] = TypeAdapter(Activity)


@dataclass(frozen=True, slots=True)
class ActivityTemplate:
    """A kind of activity (a key of ``ACTIVITY_KINDS``) with its initial settings."""

    kind: str
    settings: JsonObject = field(default_factory=dict)

    @property
    def definition(self) -> str:
        """The name of the event or action that it is about, '' for none."""
        return str(self.settings.get(ACTIVITY_KINDS[self.kind].definition) or "")

    @property
    def name(self) -> str:
        """The palette label: the event's or action's name, else the kind."""
        view = ACTIVITY_VIEWS[self.kind]
        if isinstance(view, ConditionView) and self in variants():
            return tr(view.variant)
        return self.definition or type_title(self.kind)

    @property
    def category(self) -> str:
        """``event``, ``orchestration`` or ``action``."""
        return category(self.kind)

    def activity(self, name: str, position: tuple[float, float] | None) -> Activity:
        """Create an activity from the template; raise ValidationError for invalid settings."""
        kind, _, sort = self.kind.partition(".")
        settings = {
            **ACTIVITY_VIEWS[self.kind].defaults,
            **self.settings,
            "id": name,
            "type": kind,
            "position": position,
        }
        return _ACTIVITY.validate_python(settings | ({"kind": sort} if sort else {}))

    def to_mime(self) -> bytes:
        """Return the template as drag data."""
        return json.dumps({"kind": self.kind, "settings": dict(self.settings)}).encode()

    @classmethod
    def from_mime(cls, data: bytes) -> ActivityTemplate | None:
        """Read a template from drag data; return None for anything else."""
        try:
            read = json.loads(data)
        except ValueError:
            return None
        if not isinstance(read, dict) or read.get("kind") not in ACTIVITY_KINDS:
            return None
        settings = read.get("settings", {})
        return cls(read["kind"], settings) if isinstance(settings, dict) else None


def palette(definitions: Definitions) -> tuple[ActivityTemplate, ...]:
    """Return all palette items of a sandbox in the order of the views."""
    views = ACTIVITY_VIEWS.values()
    return tuple(ActivityTemplate(view.key, settings) for view in views for settings in view.palette_items(definitions))


def variants() -> tuple[ActivityTemplate, ...]:
    """Return the kinds of condition that palettes offer only to a search, each under its own name."""
    views = (view for view in ACTIVITY_VIEWS.values() if isinstance(view, ConditionView))
    return tuple(ActivityTemplate(view.key) for view in views if not tuple(view.palette_items(Definitions())))


FORMAT = "sojourn/clip-1"


@dataclass(frozen=True, slots=True)
class ClipboardContent:
    """Copied activities with the edges between them, and notes; with a journey's entry also its namespace."""

    activities: tuple[Activity, ...] = ()
    edges: tuple[Edge, ...] = ()
    notes: tuple[Note, ...] = ()
    namespace: str | None = None

    @property
    def roots(self) -> tuple[Activity, ...]:
        """The copied activities without an incoming edge."""
        reached = {edge.target for edge in self.edges}
        return tuple(activity for activity in self.activities if activity.id not in reached)


def copy(journey: JourneyVersion, names: Collection[str], notes: Collection[int] = ()) -> ClipboardContent:
    """Copy these activities and notes (by index)."""
    copied = tuple(activity for activity in journey.activities if activity.id in names)
    entry = any(ACTIVITY_KINDS[kind_of(one)].starts_journey and one.id not in journey.incoming for one in copied)
    return ClipboardContent(
        copied,
        tuple(edge for edge in journey.edges if edge.source in names and edge.target in names),
        tuple(note for index, note in enumerate(journey.notes) if index in notes),
        journey.namespace if entry else None,
    )


_CONTENT = TypeAdapter(ClipboardContent)


def to_text(clip: ClipboardContent) -> str:
    """Return the content as clipboard text."""
    parts = _CONTENT.dump_python(clip, mode="json", exclude_defaults=True)
    return json.dumps({"format": FORMAT, **parts}, indent=2, ensure_ascii=False)


def from_text(text: str) -> ClipboardContent | None:
    """Read the content from clipboard text; return None for any other text."""
    try:
        parts = json.loads(text) if FORMAT in text else None
        return _CONTENT.validate_json(text) if isinstance(parts, dict) and parts.get("format") == FORMAT else None
    except ValueError:
        return None


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
    changes: JsonDict = {"id": names[activity.id]}
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


def fresh_id(wish: str, taken: Collection[str]) -> str:
    """Return an unused id made from a name: ``LobbyBeacon`` → ``lobby_beacon``, then ``lobby_beacon_2``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", wish)
    base = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_") or "activity"
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}_{number}"
    return found
