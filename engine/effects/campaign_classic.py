"""Transactional events of Adobe Campaign Classic (v7) and v8, as its Message Center takes them.

Campaign's published interface is the SOAP method ``PushEvent`` of ``nms:rtEvent``: the payload's ``eventType``,
``channel`` and addresses become the event's attributes, its ``ctx`` the message's data. A setting that names another
path than the SOAP router's gets the payload as JSON instead, for a bridge of one's own. Pure: nothing is called here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

import orjson

from engine.effects.gateways import GatewayCall, ReadSetting, adobe_auth, json_headers
from engine.effects.http import HttpReply, HttpRequest, RequestError
from engine.effects.requests import IDEMPOTENCY_KEY, ResponseFormatError
from engine.expression.values import to_string
from engine.model.action import CAMPAIGN_CLASSIC_EVENT
from engine.model.authentication import SECRET_PLACEHOLDER, ApiKeyAuthentication, Authentication

PROVIDER_NAME = "campaign_classic"
CAP = (50_000, 60 * 60 * 1_000)
"""Calls, and the milliseconds in which they may be made."""

SOAP_ROUTER = "/nl/jsp/soaprouter.jsp"
SIMULATED_URL = f"https://campaign-classic.invalid{SOAP_ROUTER}"
"""Where a simulation's events go, which has no settings."""

_CHANNELS = {"email": "0", "mobile": "1", "sms": "1", "ios": "41", "android": "42"}
"""The numbers of ``wishedChannel``; other names and numbers go as they are."""

_NOT_ATTRIBUTES = frozenset({CAMPAIGN_CLASSIC_EVENT, "channel", "ctx"})
_XML_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ID = re.compile(rb"<(?:\w+:)?plId\b[^>]*>\s*(\d+)\s*<")
_DETAIL = re.compile(r"<(?:\w+:)?(?:detail|faultstring)\b[^>]*>\s*(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?\s*</", re.DOTALL)
_LONGEST_DETAIL = 200


def event_url(setting: ReadSetting) -> str:
    """Where events go: the SOAP router of the instance that the settings name, or the path they give."""
    url = str(setting("campaign_classic_url") or "")
    return f"{url.rstrip('/')}{SOAP_ROUTER}" if url and urlsplit(url).path in ("", "/") else url


def campaign_classic_call(
    setting: ReadSetting, session: str | None, payload: object, idempotency_key: str
) -> GatewayCall:
    """Build the call that pushes one event; ``session`` authenticates it, None for a trusted address.

    Raises RequestError for a payload that cannot be an event, or when there is no setting of where it goes.
    """
    url = event_url(setting)
    if not url:
        raise RequestError("campaign_event.no_url")
    auth = adobe_auth(setting, PROVIDER_NAME)
    if not url.endswith(SOAP_ROUTER):
        key = ApiKeyAuthentication.model_validate(
            {"type": "api_key", "name": "Authorization", "value": SECRET_PLACEHOLDER}
        )
        proof: Authentication = key if session is not None and auth.type == "none" else auth
        return GatewayCall(
            PROVIDER_NAME, HttpRequest("POST", url, json_headers(idempotency_key), orjson.dumps(payload)), proof
        )
    headers = (
        ("Content-Type", "text/xml; charset=utf-8"),
        ("SOAPAction", '"nms:rtEvent#PushEvent"'),
        (IDEMPOTENCY_KEY, idempotency_key),
    )
    content = push_event(payload, session or "").encode()
    return GatewayCall(PROVIDER_NAME, HttpRequest("POST", url, headers, content), auth)


def push_event(payload: object, session: str) -> str:
    """Build the SOAP message of one event; raise RequestError."""
    event = payload.get(CAMPAIGN_CLASSIC_EVENT) if isinstance(payload, Mapping) else None
    if not isinstance(payload, Mapping) or not isinstance(event, str) or not event:
        raise RequestError("campaign_event.no_type", field=CAMPAIGN_CLASSIC_EVENT)
    channel = payload.get("channel")
    wished = {} if channel is None else {"wishedChannel": _CHANNELS.get(str(channel).lower(), channel)}
    rest = {name: value for name, value in payload.items() if name not in _NOT_ATTRIBUTES}
    context = payload.get("ctx")
    if context is not None and not isinstance(context, Mapping):
        raise RequestError("campaign_event.context")
    body = "".join(_elements("ctx", context or {}))
    found = _with_attributes("rtEvent", {"type": event, **wished, **rest}, body)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:nms:rtEvent">'
        "<soapenv:Header/><soapenv:Body><urn:PushEvent>"
        f"<urn:sessiontoken>{escape(session)}</urn:sessiontoken>"
        f"<urn:domEvent>{found}</urn:domEvent>"
        "</urn:PushEvent></soapenv:Body></soapenv:Envelope>"
    )


def _with_attributes(name: str, values: Mapping[str, object], body: str = "") -> str:
    """Build an element: scalar values become attributes, objects and lists inner elements."""
    attributes, inside = [], []
    for key, value in values.items():
        if isinstance(value, Mapping):
            inside.append(_with_attributes(_checked_name(key), value))
        elif isinstance(value, list | tuple):
            inside.extend(_elements(key, value))
        elif value is not None:
            attributes.append(f" {_checked_name(key)}={quoteattr(_text(value))}")
    return f"<{name}{''.join(attributes)}>{''.join(inside)}{body}</{name}>"


def _elements(name: str, value: object) -> Iterator[str]:
    """Yield a value as an element, a list as one element for each item."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _elements(name, item)
        return
    if isinstance(value, Mapping):
        content = "".join(part for key, inner in value.items() for part in _elements(key, inner))
    else:
        content = "" if value is None else escape(_text(value))
    yield f"<{_checked_name(name)}>{content}</{name}>"


def _checked_name(name: str) -> str:
    if not _XML_NAME.fullmatch(name):
        raise RequestError("campaign_event.field", field=repr(name))
    return name


def _text(value: object) -> str:
    text = to_string(value)
    if _NO_XML.search(text):
        raise RequestError("campaign_event.characters")
    return text


def read_event_id(reply: HttpReply) -> None:
    """Return when Campaign took the event; raises ResponseFormatError for a fault or an event without an id.

    A bridge's answer in another form than XML counts by its status alone.
    """
    if "xml" not in reply.headers.get("content-type", ""):
        return
    found = _ID.search(reply.body)
    if found is None or int(found[1]) == 0:
        texts = _DETAIL.findall(reply.body.decode("utf-8", "replace"))
        reason = " ".join(unescape(texts[-1]).split())[:_LONGEST_DETAIL] if texts else ""
        if reason:
            raise ResponseFormatError("campaign_event.refused", reason=reason)
        raise ResponseFormatError("campaign_event.not_taken")
