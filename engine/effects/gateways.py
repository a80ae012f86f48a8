"""Calls to providers: HTTP gateways that take SMS and push messages, and the authentication of Adobe's systems.

A gateway is given as settings: its URL, the header that carries its key, and optionally the JSON it expects. Pure:
these functions only describe the call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from engine.effects.http import HttpRequest, RequestError
from engine.effects.requests import IDEMPOTENCY_KEY
from engine.model.authentication import (
    SECRET_PLACEHOLDER,
    ApiKeyAuthentication,
    Authentication,
    CustomAuthentication,
    NoAuthentication,
    TokenBody,
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

    Raises RequestError when the setting for the body is not JSON.
    """
    text = setting(f"{channel}_gateway_body") or ""
    try:
        body = _filled(orjson.loads(text), message) if text else dict(message)
    except orjson.JSONDecodeError:
        raise RequestError("call_gateway_body", setting=f"{channel}_gateway_body") from None
    request = HttpRequest("POST", setting(f"{channel}_gateway_url"), json_headers(key), orjson.dumps(body))
    header = setting(f"{channel}_gateway_header") or "Authorization"
    auth: Authentication = NoAuthentication()
    if has_key:
        auth = ApiKeyAuthentication.model_validate({"type": "api_key", "name": header, "value": SECRET_PLACEHOLDER})
    return GatewayCall(channel, request, auth)


def json_headers(key: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of every call to a provider."""
    return (("Content-Type", "application/json; charset=utf-8"), ("Accept", "application/json"), (IDEMPOTENCY_KEY, key))


def _filled(template: object, message: Mapping[str, str]) -> object:
    """Replace the placeholders in the texts of a JSON value."""
    if isinstance(template, str):
        return PLACEHOLDER.sub(lambda match: message.get(match[1], ""), template)
    if isinstance(template, list):
        return [_filled(item, message) for item in template]
    if isinstance(template, dict):
        return {name: _filled(item, message) for name, item in template.items()}
    return template


ReadSetting = Callable[[str], Any]
"""Gives a setting of the sandbox by name."""

_TOKENS = "https://ims-na1.adobelogin.com/ims/token/v3"
_SCOPE = "openid,AdobeID,campaign_sdk,campaign_config_server_general,deliverability_service_general"


def adobe_auth(setting: ReadSetting, provider: str) -> Authentication:
    """Return the authentication of Adobe's API, cached for an hour; none if the settings name no client."""
    client = setting(f"{provider}_client_id")
    if not client:
        return NoAuthentication()
    parameters = {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_secret": SECRET_PLACEHOLDER,
        "scope": _SCOPE,
    }
    return CustomAuthentication(
        type="custom",
        authorization_type="bearer",
        endpoint=setting(f"{provider}_token_url") or _TOKENS,
        body=TokenBody(type="form", parameters=parameters),
        token_in_response="json://access_token",
        cache=timedelta(hours=1),
    )
