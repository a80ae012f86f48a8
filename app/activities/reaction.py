"""The view and form of a reaction."""

from __future__ import annotations

from typing import Any

from app.activities.activity_form import ActivityForm
from app.activities.timeout_input import TimeoutInput
from app.activity_views import ActivityView, reaction_title
from app.translation import mark, tr
from app.widgets.controls import Choice
from engine.activities.event import ReactionActivity
from engine.model.channel import CHANNELS


class ReactionForm(ActivityForm):
    """A message before, the feedback that is awaited, and for how long."""

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
        channel = CHANNELS[channels.get(str(self._to.key()), "email")]
        self._on.offer([(kind, reaction_title(kind)) for kind in channel.reactions])

    def fill(self, activity: Any) -> None:
        self._to.choose(activity.to)
        self._offer_reactions()
        self._on.choose(activity.on)
        self._timeout.show_settings(activity)

    def settings(self) -> dict[str, Any]:
        return {"to": self._to.key(), "on": self._on.key(), **self._timeout.settings()}


def _summary(activity: ReactionActivity) -> str:
    return reaction_title(activity.on) if activity.on else ""


VIEW = ActivityView(key="reaction", title=mark("Reaction"), icon="cursor", form=ReactionForm, summary=_summary)
