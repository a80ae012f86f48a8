"""The views and the form of messages, one view for each channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import theme
from app.activities.action_form import ActionForm, entry_faults
from app.activity_views import ActivityView
from app.expression import ExpressionField
from app.translation import mark, tr
from app.widgets.controls import Button, Choice
from engine.expression.types import STRING
from engine.model.channel import CHANNELS, Channel


class MessageForm(ActionForm):
    """The template, where the message goes, and what fills the template's variables."""

    channel = ""

    def build_own(self) -> None:
        self._template = Choice()
        templates = [t for t in self.context.definitions.templates if t.channel == self.channel]
        self._template.offer([(template.name, template.name) for template in templates])
        self._template.chosen.connect(lambda _: self._chosen())
        hint = "" if templates else tr("There is no template for this channel yet; make one in the list of templates.")
        self.add("template", tr("Template"), self._template, hint, required=True)
        self._address = ExpressionField("", self.context.scope, STRING)
        self._address.setObjectName("address")
        self._address.changed.connect(self.changed)
        self.add("address", tr("Address"), self._address, required=True)
        self._parameters = self.add_mapper("parameters", tr("What fills the message"))
        self.preview_button = Button(tr("Preview as a person"), icon=theme.icon("eye", "text"))
        self.preview_button.clicked.connect(self.previewed)
        self.column.addWidget(self.preview_button)

    def _chosen(self) -> None:
        self._ask({**self._parameters.values()})
        self.changed.emit()

    def _ask(self, values: Mapping[str, str]) -> None:
        template = self.context.definitions.template.get(str(self._template.key() or ""))
        variables = template.variables if template else ()
        self._parameters.ask([(v.name, v.label or v.name, v.type, True) for v in variables], values)
        self.unfold("parameters", bool(variables))
        self.preview_button.setVisible(template is not None)

    def fill_own(self, activity: Any) -> None:
        self._template.choose(activity.template)
        self._address.set_text(activity.address)
        self._ask(activity.parameters)

    def own_settings(self) -> dict[str, Any]:
        return {
            "template": self._template.key(),
            "address": self._address.text(),
            "parameters": self._parameters.values(),
        }

    def show_faults(self, faults: Mapping[str, str]) -> None:
        super().show_faults(faults)
        self._parameters.show_faults(entry_faults(faults, "parameters"))


def message_view(channel: Channel, title: str, icon: str) -> ActivityView:
    """Return the view of the messages of a channel."""
    return ActivityView(
        key=channel.key,
        title=title,
        titles=channel.titles,
        icon=icon,
        form=type(f"{channel.key}_form", (MessageForm,), {"channel": channel.key}),
        summary=lambda activity: activity.template or "",
    )


_BUILT_IN = {
    "email": (mark("Email"), "envelope-simple"),
    "sms": (mark("SMS"), "chat-circle-text"),
    "push": (mark("Push"), "bell-ringing"),
}


def message_views() -> tuple[ActivityView, ...]:
    """Return a view for every channel, also for those of extensions."""
    return tuple(
        message_view(channel, *_BUILT_IN.get(channel.key, (channel.title, channel.icon)))
        for channel in CHANNELS.values()
    )
