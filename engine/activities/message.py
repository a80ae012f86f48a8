"""Messages: the built-in channels, and one kind of activity for each channel, which sends a message from a template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import create_model

from engine.activities.parameters import Parameter, Parameters
from engine.core.effect import SendMessage
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.issues import noun
from engine.core.program import JourneyCompiler, ProgramNode
from engine.core.step_context import ActivityError, StepContext
from engine.core.stimulus import ActionDone
from engine.expression.types import STRING
from engine.model.activity import ActivityBase, ActivityKind
from engine.model.address import normal_email, normal_phone
from engine.model.base import Expression
from engine.model.channel import Channel, MessageTemplate, check_text_address

_ADDRESS = re.compile(r"""[^\s\x00-\x1f\x7f@<>()\[\],:;"\\]{1,64}@[^\s\x00-\x1f\x7f@<>()\[\],:;"\\]{1,255}""")


def check_email_address(address: str) -> None:
    """Raise ValueError for what is no email address."""
    if _ADDRESS.fullmatch(address) and "=?" not in address:
        return
    check_text_address(address)
    if not _ADDRESS.fullmatch(address.strip()) or "=?" in address:
        raise ValueError("The address is not an email address")


EMAIL = Channel(
    key="email",
    noun="email",
    description="Sends an email.",
    parts=("subject", "body", "html"),
    feedback={"sent": "sent", "opened": "opened", "clicked": "clicked", "failed": "failed", "bounced": "failed"},
    check_address=check_email_address,
    suppression_key=normal_email,
)


SMS = Channel(
    key="sms",
    noun="SMS",
    description="Sends a text message.",
    suppression_key=normal_phone,
    parts=("", "text", ""),
    feedback={"sent": "sent", "failed": "failed", "bounced": "failed"},
)


PUSH = Channel(
    key="push",
    noun="push",
    description="Sends a push notification.",
    parts=("title", "text", ""),
    feedback={"sent": "sent", "clicked": "clicked", "opened": "clicked", "failed": "failed"},
)


class MessageActivity(ActivityBase):
    """Sends a message from a template to ``address``."""

    template: str | None = None
    address: Expression = ""
    parameters: Mapping[str, Expression] = {}
    on_error: bool = False


@dataclass(frozen=True, slots=True)
class MessageSettings:
    """A message: the template's name, and the address before the ``variables`` in ``parameters``."""

    channel: str
    action: str
    variables: tuple[str, ...]
    parameters: Parameters


def _compile(activity: MessageActivity, compiler: JourneyCompiler) -> MessageSettings:
    template = compiler.definitions.template[activity.template or ""]
    fields = [field for field in template.variables if field.name in activity.parameters]
    names = tuple(field.name for field in fields)
    variables = (
        Parameter(field.name, compiler.formula(activity.parameters[field.name], field.type)) for field in fields
    )
    address = Parameter("", compiler.formula(activity.address, STRING))
    return MessageSettings(template.channel, template.name, names, Parameters((address, *variables)))


def _send(context: StepContext, node: ProgramNode) -> str | None:
    settings: MessageSettings = node.settings
    computed = settings.parameters.compute(context)
    if computed is None:
        return None
    address, *values = computed
    if not isinstance(address, str) or not address:
        raise ActivityError("evaluation")
    call = context.begin_call()
    address = address.strip() or address
    variables = dict(zip(settings.variables, values, strict=True))
    key = context.instance.idempotency_key(call)
    timeout = context.program.timeout_ms
    context.effects.append(
        SendMessage(call, node.id, settings.channel, settings.action, address, variables, timeout, key)
    )
    return None


def _keep_message(context: StepContext, node: ProgramNode, answer: ActionDone) -> str:
    if answer.message_id is not None:
        context.instance.messages = {**context.instance.messages, node.id: answer.message_id}
    return ""


def _check(inspection: Inspection, activity: MessageActivity) -> None:
    """Return a template of the channel, an address, all variables filled."""
    if not activity.address.strip():
        inspection.report("ERR_MESSAGE_003", activity, ".address")
    else:
        inspection.formula(activity, ".address", activity.address, STRING)
    if activity.template is None:
        inspection.report("ERR_MESSAGE_001", activity, ".template")
        return
    template = inspection.definitions.template.get(activity.template)
    if template is None or template.channel != activity.type:
        inspection.report("ERR_MESSAGE_002", activity, ".template", channel=noun(activity.type), name=activity.template)
        return
    inspection.check_template(activity, ".template", template)
    _check_variables(inspection, activity, template)


def _check_variables(inspection: Inspection, activity: MessageActivity, template: MessageTemplate) -> None:
    variables = {field.name: field for field in template.variables}
    for name in activity.parameters:
        if name not in variables:
            inspection.report("ERR_MESSAGE_005", activity, f".parameters.{name}", name=name)
    for name, field in variables.items():
        text = activity.parameters.get(name, "")
        if not text.strip():
            inspection.report("ERR_MESSAGE_004", activity, f".parameters.{name}", name=name)
        else:
            inspection.formula(activity, f".parameters.{name}", text, field.type)


_HANDLER = TaskHandler(run=_send, complete=_keep_message, compile=_compile, check=_check)


def message_kind(channel: Channel) -> ActivityKind:
    """Return the kind of activity of a channel; its settings have the channel's key as ``type``."""
    kind: Any = Literal[channel.key]
    settings = create_model(
        f"{channel.key.title().replace('_', '')}Activity",
        __base__=MessageActivity,
        __doc__=channel.description,
        __module__=__name__,
        type=(kind, ...),
    )
    return ActivityKind(
        key=channel.key,
        settings=settings,
        handler=_HANDLER,
        noun=channel.noun,
        category="action",
        channel=channel.key,
    )
