"""The views and the form of waits."""

from __future__ import annotations

from typing import Any

from app.activities.activity_form import ActivityForm
from app.activity_views import ActivityView, duration_text, no_items
from app.expression import ExpressionField
from app.translation import mark, tr
from app.widgets.controls import Segmented
from app.widgets.duration_input import DurationInput
from engine.activities.wait import CustomWait, DurationWait
from engine.expression.types import DATE_TIME_ONLY


class WaitForm(ActivityForm):
    """A length of time, or an expression for the end."""

    def build(self) -> None:
        self._kind = Segmented([("duration", tr("Length of time")), ("custom", tr("Until a time"))])
        self._kind.chosen.connect(lambda kind: self.kind_changed.emit(f"wait.{kind}"))
        self.add("kind", tr("Wait"), self._kind)
        self._length = DurationInput()
        self._length.changed.connect(self.changed)
        self.add("duration", tr("How long"), self._length, tr("At least a second, at most 30 days."), required=True)
        self._until = ExpressionField("", self.context.scope, DATE_TIME_ONLY)
        self._until.changed.connect(self.changed)
        hint = tr("A date and time on the wall clock, in the journey's time zone. If it is past, the person goes on.")
        self.add("until", tr("Until"), self._until, hint, required=True)

    def fill(self, activity: DurationWait | CustomWait) -> None:
        self._kind.choose(activity.kind)
        self.fields["duration"].setVisible(activity.kind == "duration")
        self.fields["until"].setVisible(activity.kind == "custom")
        if isinstance(activity, DurationWait):
            self._length.show_length(activity.duration)
        else:
            self._until.set_text(activity.until)

    def settings(self) -> dict[str, Any]:
        if self._kind.key() == "duration":
            return {"duration": self._length.length()}
        return {"until": self._until.text()}


def _summary(activity: DurationWait) -> str:
    return duration_text(activity.duration) if activity.duration else ""


DURATION = ActivityView(key="wait.duration", title=mark("Wait"), icon="clock", form=WaitForm, summary=_summary)
CUSTOM = ActivityView(key="wait.custom", title=mark("Wait"), icon="clock", form=WaitForm, palette_items=no_items)
