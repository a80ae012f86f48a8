"""Transactional messages of Adobe Campaign Standard: the events it takes, its templates, its instance's URL.

The instance's API stands in the settings: ``campaign_standard_url`` is ``https://mc.adobe.io/<organization>/campaign``
or the instance's own address, ``campaign_standard_organization`` the name of its transactional API (``mc`` and the
organization). Pure: these functions describe calls and read answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import httpx
import orjson

from engine.catalogue import Phrase
from engine.effects.auth import Authenticator, Send, Subject
from engine.effects.gateways import PROVIDER, GatewayCall, ReadSetting, adobe_auth, json_headers
from engine.effects.http import HttpReply, HttpRequest
from engine.effects.policy import AttemptResult
from engine.effects.requests import ResponseFormatError, action_url, read_json, with_query
from engine.ports import RemoteTemplate

PROVIDER_NAME = "campaign_standard"
CAP = (4_000, 5 * 60 * 1_000)
"""Calls, and the milliseconds in which they may be made."""

INSTANCE_HOSTS = (
    *(".campaign.adobe.com", ".campaign-sandbox.adobe.com", ".campaign-demo.adobe.com"),
    *(".ats.adobe.com", ".adls.adobe.com"),
)
API_HOST = "mc.adobe.io"
PAGE = 100
"""Templates requested at a time."""
MAX_PAGES = 20

_ADDRESS_FIELDS = {"email": "email", "sms": "mobilePhone", "push": "registrationToken"}
_OF_THE_EVENT = ("application", "expiration", "pushPlatform", "scheduled")
"""Template variables that belong to the event itself, not to the message's data."""


def campaign_standard_call(
    channel: str, setting: ReadSetting, event: str, address: str, variables: Mapping[str, object], key: str
) -> GatewayCall:
    """Build the call that triggers a transactional event: ``POST …/<transactional API>/<event>``."""
    ours = {name: value for name, value in variables.items() if name in _OF_THE_EVENT and value is not None}
    context = {name: value for name, value in variables.items() if name not in _OF_THE_EVENT}
    body: dict[str, object] = {_ADDRESS_FIELDS[channel]: address, **ours, "ctx": context}
    headers = (*json_headers(key), *_known_as(setting))
    request = HttpRequest("POST", action_url(_api(setting), quote(event, safe="")), headers, orjson.dumps(body))
    return GatewayCall(PROVIDER_NAME, request, adobe_auth(setting, PROVIDER_NAME))


def _api(setting: ReadSetting) -> str:
    return action_url(setting("campaign_standard_url"), quote(setting("campaign_standard_organization"), safe=""))


def _known_as(setting: ReadSetting) -> tuple[tuple[str, str], ...]:
    client = setting("campaign_standard_client_id")
    return (("X-Api-Key", client), ("Cache-Control", "no-cache")) if client else ()


def templates_request(setting: ReadSetting, url: str = "") -> HttpRequest:
    """Build the request for the first page of transactional events, or for the page at ``url``."""
    headers = (("Accept", "application/json"), *_known_as(setting))
    return HttpRequest("GET", url or with_query(_api(setting), [("_lineCount", str(PAGE))]), headers)


def read_templates(reply: HttpReply, asked: str) -> tuple[tuple[RemoteTemplate, ...], str]:
    """Read the templates of a page and the URL of the next one ('' for none); raise ResponseFormatError.

    A next page on another host is not asked for: the call carries a token.
    """
    value = read_json(reply.body)
    content = value.get("content") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(content, list):
        raise ResponseFormatError("campaign_instance.no_list")
    following = value.get("next")
    href = following.get("href") if isinstance(following, dict) else None
    templates = tuple(_template(item) for item in content if isinstance(item, dict) and item.get("name"))
    return templates, _same_origin(href, asked) if isinstance(href, str) else ""


def _template(item: Mapping[str, object]) -> RemoteTemplate:
    name = str(item["name"])
    return RemoteTemplate(name, str(item.get("label") or name), str(item.get("channel") or ""))


def _same_origin(href: str, asked: str) -> str:
    here = httpx.URL(asked)
    try:
        there = here.join(href)
    except httpx.InvalidURL:
        return ""
    return str(there) if (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port) else ""


def check_instance_url(url: str) -> Phrase | None:
    """Return what is wrong with an instance's URL, or None: it needs https and a host of Adobe Campaign."""
    parts = urlsplit(url)
    if parts.scheme.lower() != "https":
        return Phrase("campaign_instance.scheme")
    host = (parts.hostname or "").lower()
    if host != API_HOST and not host.endswith(INSTANCE_HOSTS):
        return Phrase("campaign_instance.host", {"hosts": INSTANCE_HOSTS, "api": API_HOST})
    return None


def settings_error(setting: ReadSetting, allow_local: bool) -> Phrase | None:
    """Return what is wrong with the settings, or None. Where local endpoints are allowed the host may be any."""
    url = setting("campaign_standard_url")
    if not url:
        return Phrase("campaign_instance.no_url")
    if not setting("campaign_standard_organization"):
        return Phrase("campaign_instance.no_organization")
    return None if allow_local else check_instance_url(url)


async def fetch_templates(
    authenticator: Authenticator, sandbox: str, setting: ReadSetting, send: Send
) -> tuple[HttpReply, tuple[RemoteTemplate, ...]]:
    """Return the last reply, and all templates if every page was good.

    Raises HttpError, TokenRefusedError or ResponseFormatError.
    """
    found: list[RemoteTemplate] = []
    auth, subject = adobe_auth(setting, PROVIDER_NAME), Subject(sandbox, PROVIDER, PROVIDER_NAME)
    request = templates_request(setting)
    for _ in range(MAX_PAGES):
        reply = await send(await authenticator.apply(auth, subject, request, send))
        if AttemptResult(reply.status).code is not None:
            return reply, ()
        templates, following = read_templates(reply, request.url)
        found += templates
        if not following:
            break
        request = templates_request(setting, following)
    return reply, tuple(found)
