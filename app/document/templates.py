"""Palette items as activity templates, and their drag format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from app.document.naming import TITLES, category
from app.translation import tr
from engine.model.activity import ACTIVITY_KINDS, Activity
from engine.model.definitions import Definitions

MIME_TYPE = "application/x-sojourn-activity"
"""The drag format of a palette item: the template as JSON."""

_ACTIVITY: TypeAdapter[Activity] = TypeAdapter(Activity)

PALETTE_KINDS = (
    "reaction",
    "segment_qualification",
    "condition.data_source",
    "wait.duration",
    "end",
    "email",
    "sms",
    "push",
    "update_profile",
    "jump",
)
"""Kinds the palette always offers; events and custom actions are added around them."""

_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "condition.data_source": {"paths": ({"id": "path_1"},)},
    "condition.time": {"paths": ({"id": "path_1"},)},
    "condition.date": {"paths": ({"id": "path_1"},)},
    "condition.percentage": {"paths": ({"id": "path_1", "weight": 50}, {"id": "path_2", "weight": 50})},
    "condition.profile_cap": {"paths": ({"id": "path_1"},), "others": True},
}


@dataclass(frozen=True, slots=True)
class ActivityTemplate:
    """A kind of activity (a key of ``ACTIVITY_KINDS``) with its initial settings."""

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The palette label: the event's or action's name, else the kind."""
        named = self.settings.get("event") or self.settings.get("action")
        return str(named) if named else tr(TITLES[self.kind.partition(".")[0]])

    @property
    def category(self) -> str:
        """``event``, ``orchestration`` or ``action``."""
        return category(self.kind)

    def activity(self, name: str, position: tuple[float, float] | None) -> Activity:
        """Create an activity from the template; raise ValidationError for invalid settings."""
        kind, _, sort = self.kind.partition(".")
        settings = {**_DEFAULTS.get(self.kind, {}), **self.settings, "id": name, "type": kind, "position": position}
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
    """Return all palette items of a sandbox in order: events, orchestration, actions."""
    events = tuple(ActivityTemplate("event", {"event": event.name}) for event in definitions.events)
    customs = tuple(ActivityTemplate("action", {"action": action.name}) for action in definitions.actions)
    others = tuple(ActivityTemplate(kind) for kind in PALETTE_KINDS)
    first_action = PALETTE_KINDS.index("update_profile")
    return events + others[:first_action] + customs + others[first_action:]
