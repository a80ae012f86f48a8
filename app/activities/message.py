"""The views and the form of messages, one view for each channel."""

from __future__ import annotations

from collections.abc import Mapping

from app import theme
from app.activities.activity_form import ActionForm
from app.activity_views import ActivityView
from app.translation import mark, tr
from app.widgets.controls import Button
from engine.activities.message import MessageActivity
from engine.expression.types import STRING
from engine.json_types import JsonDict
from engine.model.channel import CHANNELS, Channel


class MessageForm(ActionForm[MessageActivity]):
    """The template, where the message goes, and what fills the template's variables."""

    channel = ""

    def build_own(self) -> None:
        templates = [one.name for one in self.context.definitions.templates if one.channel == self.channel]
        hint = "" if templates else tr("There is no template for this channel yet; make one in the list of templates.")
        names = [(name, name) for name in templates]
        self._template = self.add_choice("template", tr("Template"), names, hint, self._chosen)
        self._address = self.add_expression("address", tr("Address"), STRING)
        self._address.setObjectName("address")
        self._parameters = self.add_mapper("parameters", tr("Personalization"))
        self.preview_button = Button(tr("Preview as a person"), icon=theme.icon("eye", "text"))
        self.preview_button.clicked.connect(self.previewed)
        self.column.addWidget(self.preview_button)

    def _chosen(self) -> None:
        self._ask(self._parameters.values())

    def _ask(self, values: Mapping[str, str]) -> None:
        template = self.context.definitions.template.get(str(self._template.key() or ""))
        variables = template.variables if template else ()
        self._parameters.ask([(v.name, v.label or v.name, v.type, True) for v in variables], values)
        self.unfold("parameters", bool(variables))
        self.preview_button.setVisible(template is not None)

    def fill_own(self, activity: MessageActivity) -> None:
        self._template.choose(activity.template)
        self._address.set_text(activity.address)
        self._ask(activity.parameters)

    def own_settings(self) -> JsonDict:
        return {
            "template": self._template.key(),
            "address": self._address.text(),
            "parameters": self._parameters.values(),
        }


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
