"""The view and form of a call with callback in the studio."""

from __future__ import annotations

from typing import Any

from app.activities.actions import CustomActionForm
from app.activities.activity_form import TimeoutInput
from app.activity_views import ActivityView
from app.translation import tr
from app.widgets.controls import Choice


class CallbackForm(CustomActionForm):
    """The action that is called, its variables, and how long its callback is awaited."""

    def build_own(self) -> None:
        self._action = Choice()
        self._action.offer([(action.name, action.name) for action in self.context.definitions.actions])
        self._action.chosen.connect(lambda _: self._switch())
        self.add("action", tr("Action"), self._action, required=True)
        super().build_own()
        self._timeout = TimeoutInput(self)

    def _switch(self) -> None:
        self.fill(self.activity())
        self.changed.emit()

    def fill_own(self, activity: Any) -> None:
        self._action.choose(activity.action)
        super().fill_own(activity)
        self._timeout.show_settings(activity)

    def own_settings(self) -> dict[str, Any]:
        return {**super().own_settings(), "action": self._action.key(), **self._timeout.settings()}


VIEW = ActivityView(
    key="callback",
    title="Call with callback",
    titles={"ko": "콜백을 기다리는 호출"},
    icon="phone-incoming",
    form=CallbackForm,
    summary=lambda activity: activity.action or "",
)
