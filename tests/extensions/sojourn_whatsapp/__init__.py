"""A channel for messages to phone numbers, and a provider that sends them through an HTTP interface."""

from __future__ import annotations

import re

import orjson

from engine.effects.gateways import GatewayCall, ReadSetting, json_headers
from engine.effects.http import HttpRequest
from engine.effects.providers import MessageRequest, Provider
from engine.model.authentication import SECRET_PLACEHOLDER, ApiKeyAuthentication, NoAuthentication
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
