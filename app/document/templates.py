"""Palette items as activity templates, and their drag format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from app.activity_views import ACTIVITY_VIEWS, type_title
from app.document.naming import category
from engine.model.activity import ACTIVITY_KINDS, Activity
from engine.model.definitions import Definitions

MIME_TYPE = "application/x-sojourn-activity"
"""The drag format of a palette item: the template as JSON."""

_ACTIVITY: TypeAdapter[Activity] = TypeAdapter(Activity)


@dataclass(frozen=True, slots=True)
class ActivityTemplate:
    """A kind of activity (a key of ``ACTIVITY_KINDS``) with its initial settings."""

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The palette label: the event's or action's name, else the kind."""
        named = self.settings.get(ACTIVITY_KINDS[self.kind].definition)
        return str(named) if named else type_title(self.kind)

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
