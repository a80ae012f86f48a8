"""The views and forms of the activities that await something of a person: event, reaction, segment qualification."""

from __future__ import annotations

from collections.abc import Mapping

from app.activities.activity_form import ActivityForm, TimeoutInput
from app.activity_views import ActivityView, reaction_title
from app.translation import mark, tr
from app.widgets.controls import Segmented
from engine.activities.event import EventActivity, ReactionActivity, SegmentQualificationActivity
from engine.json_types import JsonDict
from engine.model.channel import CHANNELS


class EventForm(ActivityForm[EventActivity]):
    """The event that is awaited, and for how long."""

    def build(self) -> None:
        namespace = self.context.namespace
        names = [one.name for one in self.context.definitions.events if namespace in (None, one.namespace)]
        self._event = self.add_choice("event", tr("Event"), [(name, name) for name in names])
        self._timeout = TimeoutInput(self)

    def fill(self, activity: EventActivity) -> None:
        self._event.choose(activity.event)
        self._timeout.show_settings(activity)

    def settings(self) -> JsonDict:
        return {"event": self._event.key(), **self._timeout.settings()}


class ReactionForm(ActivityForm[ReactionActivity]):
    """A message before, the feedback that is awaited, and for how long."""

    def build(self) -> None:
        messages = [(name, words) for name, words, _ in self.context.messages]
        hint = tr("A message activity that comes before on this path.")
        self._to = self.add_choice("to", tr("Message"), messages, hint, self._offer_reactions)
        self._on = self.add_choice("on", tr("Reaction"))
        self._timeout = TimeoutInput(self)

    def _offer_reactions(self) -> None:
        channels = {name: channel for name, _, channel in self.context.messages}
        channel = CHANNELS[channels.get(str(self._to.key()), "email")]
        self._on.offer([(kind, reaction_title(kind)) for kind in channel.reactions])

    def fill(self, activity: ReactionActivity) -> None:
        self._to.choose(activity.to)
        self._offer_reactions()
        self._on.choose(activity.on)
        self._timeout.show_settings(activity)

    def settings(self) -> JsonDict:
        return {"to": self._to.key(), "on": self._on.key(), **self._timeout.settings()}


class QualificationForm(ActivityForm[SegmentQualificationActivity]):
    """The segment and its change; where it starts the journey, also the journey's namespace."""

    def build(self) -> None:
        names = [segment.name for segment in self.context.definitions.segments]
        self._segment = self.add_choice("segment", tr("Segment"), [(name, name) for name in names])
        self._behaviour = Segmented([("enter", tr("Enters")), ("exit", tr("Leaves")), ("both", tr("Enters or leaves"))])
        self._behaviour.chosen.connect(lambda _: self.changed.emit())
        self.add("behaviour", tr("Change of membership"), self._behaviour)
        if self.context.begins:
            codes = [(code, code) for code in self.context.definitions.namespace_codes]
            hint = tr("The kind of key that identifies people, for the whole journey.")
            self._namespace = self.add_choice("namespace", tr("Namespace"), codes, hint)

    def fill(self, activity: SegmentQualificationActivity) -> None:
        self._segment.choose(activity.segment)
        self._behaviour.choose(activity.behaviour)
        if self.context.begins:
            self._namespace.choose(self.context.namespace)

    def settings(self) -> JsonDict:
        return {"segment": self._segment.key(), "behaviour": self._behaviour.key()}

    def journey_settings(self) -> JsonDict:
        return {"namespace": self._namespace.key()} if self.context.begins else {}

    def show_faults(self, faults: Mapping[str, str]) -> None:
        """Show an issue of the whole activity at the namespace while none is chosen."""
        lacks = self.context.begins and self._namespace.key() is None
        super().show_faults({**faults, "namespace": faults.get("", "")} if lacks else faults)


EVENT = ActivityView(
    key="event",
    title=mark("Event"),
    icon="broadcast",
    form=EventForm,
    palette_items=lambda definitions: ({"event": event.name} for event in definitions.events),
)
REACTION = ActivityView(
    key="reaction",
    title=mark("Reaction"),
    icon="cursor",
    form=ReactionForm,
    summary=lambda activity: reaction_title(activity.on) if activity.on else "",
)
SEGMENT_QUALIFICATION = ActivityView(
    key="segment_qualification",
    title=mark("Segment qualification"),
    icon="users-three",
    form=QualificationForm,
    summary=lambda activity: activity.segment or "",
)
