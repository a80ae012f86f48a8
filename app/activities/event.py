"""The view and form of an event."""

from __future__ import annotations

from typing import Any

from app.activities.activity_form import ActivityForm
from app.activities.timeout_input import TimeoutInput
from app.activity_views import ActivityView
from app.translation import mark, tr
from app.widgets.controls import Choice


class EventForm(ActivityForm):
    """The event that is awaited, and for how long."""

    def build(self) -> None:
        self._event = Choice()
        events = [event for event in self.context.definitions.events if self._fits(event.namespace)]
        self._event.offer([(event.name, event.name) for event in events])
        self._event.chosen.connect(lambda _: self.changed.emit())
        self.add("event", tr("Event"), self._event, required=True)
        self._timeout = TimeoutInput(self)
        self.add("timeout", tr("Timeout"), self._timeout)

    def _fits(self, namespace: str | None) -> bool:
        return self.context.namespace is None or namespace == self.context.namespace

    def fill(self, activity: Any) -> None:
        self._event.choose(activity.event)
        self._timeout.show_settings(activity)

    def settings(self) -> dict[str, Any]:
        return {"event": self._event.key(), **self._timeout.settings()}


VIEW = ActivityView(
    key="event",
    title=mark("Event"),
    icon="broadcast",
    form=EventForm,
    palette_items=lambda definitions: ({"event": event.name} for event in definitions.events),
)
