"""The view and form of a segment qualification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.activities.activity_form import ActivityForm
from app.activity_views import ActivityView
from app.translation import mark, tr
from app.widgets.controls import Choice, Segmented


class QualificationForm(ActivityForm):
    """The segment and its change; where it starts the journey, also the journey's namespace."""

    def build(self) -> None:
        self._segment = Choice()
        self._segment.offer([(segment.name, segment.name) for segment in self.context.definitions.segments])
        self._segment.chosen.connect(lambda _: self.changed.emit())
        self.add("segment", tr("Segment"), self._segment, required=True)
        self._behaviour = Segmented([("enter", tr("Enters")), ("exit", tr("Leaves")), ("both", tr("Either"))])
        self._behaviour.chosen.connect(lambda _: self.changed.emit())
        self.add("behaviour", tr("When the person"), self._behaviour)
        self._namespace = Choice()
        self._namespace.offer([(code, code) for code in self.context.definitions.namespace_codes])
        self._namespace.chosen.connect(lambda _: self.changed.emit())
        if self.context.begins:
            hint = tr("What kind of key identifies the people. It is that of the whole journey.")
            self.add("namespace", tr("Namespace"), self._namespace, hint, required=True)

    def fill(self, activity: Any) -> None:
        self._segment.choose(activity.segment)
        self._behaviour.choose(activity.behaviour)
        self._namespace.choose(self.context.namespace)

    def settings(self) -> dict[str, Any]:
        return {"segment": self._segment.key(), "behaviour": self._behaviour.key()}

    def journey_settings(self) -> dict[str, Any]:
        return {"namespace": self._namespace.key()} if self.context.begins else {}

    def show_faults(self, faults: Mapping[str, str]) -> None:
        """Show an issue of the whole activity at the namespace while none is chosen."""
        lacks = self.context.begins and self._namespace.key() is None
        super().show_faults({**faults, "namespace": faults.get("", "")} if lacks else faults)


VIEW = ActivityView(
    key="segment_qualification",
    title=mark("Segment qualification"),
    icon="users-three",
    form=QualificationForm,
    summary=lambda activity: activity.segment or "",
)
