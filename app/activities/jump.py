"""The view and form of a jump."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.activities.action_form import ActionForm
from app.activity_views import ActivityView
from app.translation import mark, tr
from app.widgets.controls import Choice


class JumpForm(ActionForm):
    """The target journey and the values of its entry event."""

    def build_own(self) -> None:
        self._journey = Choice()
        self._journey.offer([(name, name) for name in self.context.journeys])
        self._journey.chosen.connect(lambda _: self._chosen())
        self.add("journey", tr("Journey"), self._journey, required=True)
        self._parameters = self.add_mapper("parameters", tr("What its entry event is told"))

    def _chosen(self) -> None:
        self._ask(self._parameters.values())
        self.changed.emit()

    def _ask(self, values: Mapping[str, str]) -> None:
        entry = self.context.journeys.get(str(self._journey.key()), "")
        event = self.context.definitions.event.get(entry)
        fields = event.fields if event else ()
        wanted = [(f.name, f.name, f.type, f.required) for f in fields]
        self._parameters.ask(wanted, values)
        self.unfold("parameters", bool(wanted))

    def fill_own(self, activity: Any) -> None:
        self._journey.choose(activity.journey)
        self._ask(activity.parameters)

    def own_settings(self) -> dict[str, Any]:
        return {"journey": self._journey.key(), "parameters": self._parameters.values()}


VIEW = ActivityView(
    key="jump",
    title=mark("Jump"),
    icon="arrow-bend-double-up-right",
    form=JumpForm,
    summary=lambda activity: activity.journey or "",
)
