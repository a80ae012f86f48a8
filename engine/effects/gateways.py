"""HTTP gateways that take SMS and push messages, and what a call to a provider is.

A gateway is given as settings: its URL, the header that carries its key, and optionally the JSON it expects. Pure:
these functions only describe the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.effects.adobe import ReadSetting
from engine.effects.http import HttpRequest
from engine.effects.requests import IDEMPOTENCY_KEY
from engine.model.authentication import (
    SECRET_PLACEHOLDER,
    ApiKeyAuthentication,
    Authentication,
    NoAuthentication,
)
from engine.model.channel import PLACEHOLDER

PROVIDER = "provider"
"""The kind of a provider's secrets in the vault: ``provider/smtp/password``, ``provider/sms/value``."""


@dataclass(frozen=True, slots=True)
class GatewayCall:
    """A call to a provider: ``name`` is the provider's name in the vault and in the rules."""

    name: str
    request: HttpRequest
    auth: Authentication


def gateway_call(
    channel: str, setting: ReadSetting, has_key: bool, message: Mapping[str, str], key: str
) -> GatewayCall:
    """Build the call of an SMS or push gateway for ``message`` (``id``, ``to``, ``text`` and for push ``title``).

    Raises ValueError when the setting for the body is not JSON.
    """
    text = setting(f"{channel}_gateway_body") or ""
    try:
        body = _filled(orjson.loads(text), message) if text else dict(message)
    except orjson.JSONDecodeError:
        raise ValueError(f"The setting {channel}_gateway_body is not valid JSON") from None
    request = HttpRequest("POST", setting(f"{channel}_gateway_url"), json_headers(key), orjson.dumps(body))
    header = setting(f"{channel}_gateway_header") or "Authorization"
    auth: Authentication = NoAuthentication()
    if has_key:
        auth = ApiKeyAuthentication.model_validate({"type": "api_key", "name": header, "value": SECRET_PLACEHOLDER})
    return GatewayCall(channel, request, auth)


def json_headers(key: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of every call to a provider."""
    return (("Content-Type", "application/json; charset=utf-8"), ("Accept", "application/json"), (IDEMPOTENCY_KEY, key))


def _filled(template: object, message: Mapping[str, str]) -> Any:
    """Replace the placeholders in the texts of a JSON value."""
    if isinstance(template, str):
        return PLACEHOLDER.sub(lambda match: message.get(match[1], ""), template)
    if isinstance(template, list):
        return [_filled(item, message) for item in template]
    if isinstance(template, dict):
        return {name: _filled(item, message) for name, item in template.items()}
    return template
