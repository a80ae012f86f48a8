"""Forms of what waits: events, reactions, segment qualifications, waits; and of the end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.activities.activity_form import ActivityForm
from app.expression import ExpressionField
from app.translation import mark, tr
from app.widgets.controls import Choice, Segmented, Toggle, wrapped
from app.widgets.duration_input import DurationInput
from engine.activities.event import EventActivity
from engine.activities.reaction import ReactionActivity
from engine.activities.wait import CustomWait, DurationWait
from engine.expression.types import DATE_TIME_ONLY

_REACTIONS = {
    "email": ("sent", "opened", "clicked", "failed"),
    "push": ("sent", "clicked", "failed"),
    "sms": ("sent", "failed"),
}
_REACTION_WORDS = {
    "sent": mark("Sent"),
    "opened": mark("Opened"),
    "clicked": mark("Clicked"),
    "failed": mark("Failed"),
}
_DEFAULT_TIMEOUT = timedelta(days=1)


class TimeoutInput(QWidget):
    """How long is waited at most, and whether giving up has a path of its own."""

    def __init__(self, form: ActivityForm) -> None:
        super().__init__()
        self._form = form
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.on = Toggle(form.look, tr("Stop waiting after a time"))
        self.length = DurationInput()
        self.path = Toggle(form.look, tr("Path for timeout"))
        for part in (self.on, self.length, self.path):
            column.addWidget(part)
        self.on.toggled.connect(self._switch)
        self.length.changed.connect(form.changed)
        self.path.toggled.connect(lambda _: form.changed.emit())

    def show_settings(self, activity: EventActivity | ReactionActivity) -> None:
        """Show the timeout of an activity."""
        self.on.setChecked(activity.timeout is not None)
        self.length.show_length(activity.timeout)
        self.path.setChecked(activity.timeout_path)
        self._unfold()

    def settings(self) -> dict[str, Any]:
        """``timeout`` and ``timeout_path`` as the user left them."""
        on = self.on.isChecked()
        return {"timeout": self.length.length() if on else None, "timeout_path": on and self.path.isChecked()}

    def _switch(self, on: bool) -> None:
        if on and self.length.length() is None:
            self.length.show_length(_DEFAULT_TIMEOUT)
        self._unfold()
        self._form.changed.emit()

    def _unfold(self) -> None:
        self.length.setVisible(self.on.isChecked())
        self.path.setVisible(self.on.isChecked())


class EventForm(ActivityForm):
    """Which event is waited for, and for how long."""

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


class ReactionForm(ActivityForm):
    """What a person is hoped to do with a message."""

    def build(self) -> None:
        self._to, self._on = Choice(), Choice()
        self._to.offer([(name, words) for name, words, _ in self.context.messages])
        self._to.chosen.connect(lambda _: self._messaged())
        self._on.chosen.connect(lambda _: self.changed.emit())
        self.add("to", tr("Message"), self._to, tr("A message activity that comes before on this path."), required=True)
        self.add("on", tr("What the person does"), self._on, required=True)
        self._timeout = TimeoutInput(self)
        self.add("timeout", tr("Timeout"), self._timeout)

    def _messaged(self) -> None:
        self._offer_reactions()
        self.changed.emit()

    def _offer_reactions(self) -> None:
        channels = {name: channel for name, _, channel in self.context.messages}
        offered = _REACTIONS.get(channels.get(str(self._to.key()), "email"), _REACTIONS["email"])
        self._on.offer([(kind, tr(_REACTION_WORDS[kind])) for kind in offered])

    def fill(self, activity: Any) -> None:
        self._to.choose(activity.to)
        self._offer_reactions()
        self._on.choose(activity.on)
        self._timeout.show_settings(activity)

    def settings(self) -> dict[str, Any]:
        return {"to": self._to.key(), "on": self._on.key(), **self._timeout.settings()}


class QualificationForm(ActivityForm):
    """Which segment is entered or left; where the journey begins so, also how people are known in it."""

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
        """What is wrong with the activity as a whole, while no namespace is chosen, is that."""
        lacks = self.context.begins and self._namespace.key() is None
        super().show_faults({**faults, "namespace": faults.get("", "")} if lacks else faults)


class WaitForm(ActivityForm):
    """How long, or until when."""

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


class EndForm(ActivityForm):
    """A name for how this path ends."""

    def build(self) -> None:
        self.column.addWidget(wrapped(tr("The label says how the journey ended for people who come here."), "hint"))
