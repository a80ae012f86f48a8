"""What can be put on the canvas: one template for each palette item, and its form on the clipboard of a drag."""

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
"""What a palette always offers; events and custom actions come before and among them."""

_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "condition.data_source": {"paths": ({"id": "path_1"},)},
    "condition.time": {"paths": ({"id": "path_1"},)},
    "condition.date": {"paths": ({"id": "path_1"},)},
    "condition.percentage": {"paths": ({"id": "path_1", "weight": 50}, {"id": "path_2", "weight": 50})},
    "condition.profile_cap": {"paths": ({"id": "path_1"},), "others": True},
}


@dataclass(frozen=True, slots=True)
class ActivityTemplate:
    """A kind of activity (a key of ``ACTIVITY_KINDS``) with the settings it starts with."""

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the palette calls it: the event's or action's own name, else the kind."""
        named = self.settings.get("event") or self.settings.get("action")
        return str(named) if named else tr(TITLES[self.kind.partition(".")[0]])

    @property
    def category(self) -> str:
        """``event``, ``orchestration`` or ``action``."""
        return category(self.kind)

    def activity(self, name: str, position: tuple[float, float] | None) -> Activity:
        """A new activity made from the template; raises pydantic's ValidationError for settings that do not fit."""
        kind, _, sort = self.kind.partition(".")
        settings = {**_DEFAULTS.get(self.kind, {}), **self.settings, "id": name, "type": kind, "position": position}
        return _ACTIVITY.validate_python(settings | ({"kind": sort} if sort else {}))

    def to_mime(self) -> bytes:
        """The template as a drag carries it."""
        return json.dumps({"kind": self.kind, "settings": dict(self.settings)}).encode()

    @classmethod
    def from_mime(cls, data: bytes) -> ActivityTemplate | None:
        """The template a drag carries; None for anything else."""
        try:
            read = json.loads(data)
        except ValueError:
            return None
        if not isinstance(read, dict) or read.get("kind") not in ACTIVITY_KINDS:
            return None
        settings = read.get("settings", {})
        return cls(read["kind"], settings) if isinstance(settings, dict) else None


def palette(definitions: Definitions) -> tuple[ActivityTemplate, ...]:
    """All that the palette shows for a sandbox, in its order: events, orchestration, actions."""
    events = tuple(ActivityTemplate("event", {"event": event.name}) for event in definitions.events)
    customs = tuple(ActivityTemplate("action", {"action": action.name}) for action in definitions.actions)
    others = tuple(ActivityTemplate(kind) for kind in PALETTE_KINDS)
    first_action = PALETTE_KINDS.index("update_profile")
    return events + others[:first_action] + customs + others[first_action:]
