"""A channel for messages to phone numbers, a provider that sends them, and a condition on the country of a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import orjson

from engine.activities.conditions.base import ConditionBase, check_paths, condition_kind, others_exit
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.program import Formula, JourneyCompiler, ProgramNode
from engine.core.step_context import Need, StepContext
from engine.effects.gateways import GatewayCall, ReadSetting, json_headers
from engine.effects.http import HttpRequest
from engine.effects.providers import MessageRequest, Provider
from engine.expression.types import STRING
from engine.model.activity import ConditionPath
from engine.model.authentication import SECRET_PLACEHOLDER, ApiKeyAuthentication, NoAuthentication
from engine.model.base import Expression
from engine.model.channel import Channel

_PUNCTUATION = re.compile(r"[\s()./-]")
_NUMBER = re.compile(r"\+?[1-9][0-9]{6,14}")


def phone_number(address: str) -> str:
    """Return the digits of a phone number: the form in which consent is remembered."""
    return _PUNCTUATION.sub("", address).removeprefix("+")


def check_phone_number(address: str) -> None:
    """Raise ValueError for an address that is no international phone number."""
    if not _NUMBER.fullmatch(_PUNCTUATION.sub("", address)):
        raise ValueError("The address is not a phone number like +82 10 1234 5678")


CHANNEL = Channel(
    key="whatsapp",
    noun="WhatsApp message",
    description="Sends a WhatsApp message.",
    title="WhatsApp",
    titles={"ko": "왓츠앱"},
    icon="whatsapp-logo",
    parts=("", "text", ""),
    feedback={"sent": "sent", "opened": "opened", "failed": "failed", "bounced": "failed"},
    check_address=check_phone_number,
    suppression_key=phone_number,
)


def _request(message: MessageRequest, setting: ReadSetting) -> GatewayCall:
    body = {
        "messaging_product": "whatsapp",
        "to": phone_number(message.address),
        "type": "text",
        "text": {"body": message.texts.body},
        "biz_opaque_callback_data": message.id,
    }
    request = HttpRequest("POST", setting("whatsapp_cloud_url"), json_headers(message.key), orjson.dumps(body))
    if not message.has_secret:
        return GatewayCall(PROVIDER.key, request, NoAuthentication())
    key = {"type": "api_key", "name": "Authorization", "value": SECRET_PLACEHOLDER}
    return GatewayCall(PROVIDER.key, request, ApiKeyAuthentication.model_validate(key))


PROVIDER = Provider(
    key="whatsapp_cloud",
    channels=("whatsapp",),
    switch="whatsapp_cloud_url",
    request=_request,
    settings={"whatsapp_cloud_url": ("", "where WhatsApp messages are posted, or nothing for the local outbox")},
)


class CountryPath(ConditionPath):
    """Taken for numbers that begin with the calling code ``prefix``."""

    prefix: str = ""


class CountryCondition(ConditionBase):
    """Chooses by the country of the phone number that ``number`` computes."""

    kind: Literal["phone_country"]
    number: Expression = ""
    paths: tuple[CountryPath, ...] = ()
    others: bool = False


@dataclass(frozen=True, slots=True)
class CountrySettings:
    """The number, and the paths with their calling codes."""

    number: Formula
    paths: tuple[tuple[str, str], ...]
    others: str


def _compile(activity: CountryCondition, compiler: JourneyCompiler) -> CountrySettings:
    paths = tuple((path.id, phone_number(path.prefix)) for path in activity.paths)
    return CountrySettings(compiler.formula(activity.number, STRING), paths, others_exit(activity))


def _choose(context: StepContext, node: ProgramNode) -> str | None:
    settings: CountrySettings = node.settings
    needs: list[Need] = []
    number = phone_number(str(context.evaluate(settings.number, needs) or ""))
    if needs:
        context.fetch(needs)
        return None
    return next((path for path, prefix in settings.paths if number.startswith(prefix)), settings.others)


def _check(inspection: Inspection, activity: CountryCondition) -> None:
    """Require paths, and a number."""
    check_paths(inspection, activity, activity.paths)
    inspection.formula(activity, ".number", activity.number, STRING)


COUNTRY = condition_kind("phone_country", CountryCondition, TaskHandler(run=_choose, compile=_compile, check=_check))
