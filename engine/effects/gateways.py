"""HTTP providers of messages: gateways for SMS and push, and Adobe Campaign Standard's transactional messages.

A gateway is given as settings: its URL, the header that carries its key, and optionally the JSON it expects. Pure:
these functions only describe the call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import orjson

from engine.effects.http import HttpRequest
from engine.effects.requests import IDEMPOTENCY_KEY, action_url
from engine.effects.templates import PLACEHOLDER
from engine.model.authentication import (
    SECRET_PLACEHOLDER,
    ApiKeyAuthentication,
    Authentication,
    CustomAuthentication,
    NoAuthentication,
    TokenBody,
)
from engine.model.guardrail import CappingRule, read_capping

ReadSetting = Callable[[str], Any]
"""Gives a setting of the sandbox by name."""

CAMPAIGN_STANDARD_HOSTS = (
    *(".campaign.adobe.com", ".campaign-sandbox.adobe.com", ".campaign-demo.adobe.com"),
    *(".ats.adobe.com", ".adls.adobe.com"),
)
CAMPAIGN_STANDARD_CAP = (4_000, 5 * 60 * 1_000)
"""Calls, and the milliseconds in which they may be made."""

CAMPAIGN_CLASSIC_CAP = (50_000, 60 * 60 * 1_000)
_ADOBE_TOKENS = "https://ims-na1.adobelogin.com/ims/token/v3"
_ADOBE_SCOPE = "openid,AdobeID,campaign_sdk,campaign_config_server_general,deliverability_service_general"


@dataclass(frozen=True, slots=True)
class GatewayCall:
    """A call to a provider: ``name`` is the provider's name in the vault and in the rules."""

    name: str
    request: HttpRequest
    auth: Authentication


def gateway_call(
    channel: str, setting: ReadSetting, has_key: bool, message: Mapping[str, str], key: str
) -> GatewayCall:
    """The call of an SMS or push gateway for ``message`` (``id``, ``to``, ``text`` and for push ``title``).

    Raises ValueError when the setting for the body is not JSON.
    """
    text = setting(f"{channel}_gateway_body") or ""
    try:
        body = _filled(orjson.loads(text), message) if text else dict(message)
    except orjson.JSONDecodeError:
        raise ValueError(f"The setting {channel}_gateway_body is not valid JSON") from None
    request = HttpRequest("POST", setting(f"{channel}_gateway_url"), _json_headers(key), orjson.dumps(body))
    header = setting(f"{channel}_gateway_header") or "Authorization"
    auth: Authentication = NoAuthentication()
    if has_key:
        auth = ApiKeyAuthentication.model_validate({"type": "api_key", "name": header, "value": SECRET_PLACEHOLDER})
    return GatewayCall(channel, request, auth)


def _json_headers(key: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Type", "application/json; charset=utf-8"), ("Accept", "application/json"), (IDEMPOTENCY_KEY, key))


def _filled(template: Any, message: Mapping[str, str]) -> Any:
    """A JSON value whose texts have their placeholders replaced."""
    if isinstance(template, str):
        return PLACEHOLDER.sub(lambda match: message.get(match[1], ""), template)
    if isinstance(template, list):
        return [_filled(item, message) for item in template]
    if isinstance(template, dict):
        return {name: _filled(item, message) for name, item in template.items()}
    return template


_ADDRESS_FIELDS = {"email": "email", "sms": "mobilePhone", "push": "registrationToken"}


def campaign_standard_call(
    channel: str, setting: ReadSetting, event: str, address: str, variables: Mapping[str, Any], key: str
) -> GatewayCall:
    """The transactional event of Adobe Campaign Standard: ``POST …/<organization>/<transactionalEvent>``."""
    path = f"{quote(setting('campaign_standard_organization'), safe='')}/{quote(event, safe='')}"
    body: dict[str, Any] = {_ADDRESS_FIELDS[channel]: address, "ctx": dict(variables)}
    headers = _json_headers(key)
    if client := setting("campaign_standard_client_id"):
        headers = (*headers, ("X-Api-Key", client))
    request = HttpRequest("POST", action_url(setting("campaign_standard_url"), path), headers, orjson.dumps(body))
    return GatewayCall("campaign_standard", request, campaign_standard_auth(setting))


def campaign_standard_auth(setting: ReadSetting) -> Authentication:
    """The server-to-server token of Adobe's identity service, cached for an hour."""
    client = setting("campaign_standard_client_id")
    if not client:
        return NoAuthentication()
    parameters = {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_secret": SECRET_PLACEHOLDER,
        "scope": _ADOBE_SCOPE,
    }
    return CustomAuthentication(
        type="custom",
        authorization_type="bearer",
        endpoint=setting("campaign_standard_token_url") or _ADOBE_TOKENS,
        body=TokenBody(type="form", parameters=parameters),
        token_in_response="json://access_token",
        cache=timedelta(hours=1),
    )


def built_in_capping(setting: ReadSetting) -> dict[str, CappingRule]:
    """The caps that come with a provider, by the uid they have in the rules."""
    url = setting("campaign_standard_url")
    if not url:
        return {}
    count, period = CAMPAIGN_STANDARD_CAP
    rating = {"maxCallsCount": count, "periodInMs": period}
    services = {"action": {"rating": rating}}
    rule, _ = read_capping({"url": f"{url.rstrip('/')}/*", "methods": ["POST"], "services": services})
    return {"campaign_standard": rule}


def check_campaign_standard_url(url: str) -> str | None:
    """What is wrong with an instance URL, or None: https, and a host of Adobe Campaign."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].lower()
    if scheme.lower() != "https":
        return "The instance URL must begin with https://"
    if not host.endswith(CAMPAIGN_STANDARD_HOSTS):
        return f"The instance URL's host must end with one of {', '.join(CAMPAIGN_STANDARD_HOSTS)}"
    return None
