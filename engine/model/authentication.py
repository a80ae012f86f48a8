"""Authentication of data sources and custom actions (product.md, Data sources, Authentication).

A secret is written as :data:`SECRET_PLACEHOLDER` in files; in a workspace it lives in the vault, never in the database.
A payload of the original product can be read as custom authentication.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field as Setting

from engine.errors import SojournError
from engine.json_types import JsonObject
from engine.model.base import Duration, Model

SECRET_PLACEHOLDER = "INSERT_SECRET_HERE"

_TELLING = re.compile(
    r"secret|passw|token|credential|(?:api|access|subscription|private).?key|authorization|signature|cookie"
    r"|(?:^|[-_.])(?:auth|pwd|appid)(?:$|[-_.])|^(?:x-)?key$",
    re.IGNORECASE,
)
_PROOF = re.compile(r"(?:basic|bearer|digest|token|apikey|key)\s+\S", re.IGNORECASE)


def looks_secret(name: str, value: str = "") -> bool:
    """Whether a header or parameter of this name, or with such a value, proves who calls."""
    return bool(_TELLING.search(name) or _PROOF.match(value)) or value == SECRET_PLACEHOLDER


class NoAuthentication(Model):
    """Calls carry no credentials."""

    type: Literal["none"] = "none"


class BasicAuthentication(Model):
    """User name and password in the ``Authorization`` header."""

    type: Literal["basic"]
    username: str = ""
    password: str = ""


class ApiKeyAuthentication(Model):
    """A fixed key in a header or a query parameter called ``name``."""

    type: Literal["api_key"]
    name: str = ""
    value: str = ""
    location: Literal["header", "query"] = Setting("header", alias="in")


class TokenBody(Model):
    """The body of the token call: parameters as a form or as JSON. Values may be secrets."""

    type: Literal["form", "json"]
    parameters: Mapping[str, str] = {}


class CustomAuthentication(Model):
    """A token is fetched from ``endpoint``, put into each call and renewed when it expires or a call answers 401.

    ``token_in_response`` is ``response`` (the whole body) or ``json://path.to.token``. ``authorization_type`` says
    where the token goes; ``token_target`` names the header or query parameter for the last two.
    """

    type: Literal["custom"]
    authorization_type: Literal["bearer", "header", "queryParam"]
    token_target: str = ""
    endpoint: str = ""
    method: Literal["GET", "POST"] = "POST"
    headers: Mapping[str, str] = {}
    body: TokenBody | None = None
    token_in_response: str = "response"
    cache: Duration = timedelta(hours=1)


Authentication = Annotated[
    NoAuthentication | BasicAuthentication | ApiKeyAuthentication | CustomAuthentication,
    Setting(discriminator="type"),
]


UNITS: Mapping[str, timedelta] = {
    "milliseconds": timedelta(milliseconds=1),
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "months": timedelta(days=30),
    "years": timedelta(days=365),
}
"""How long each unit of ``cacheDuration`` is; a month counts as 30 days and a year as 365."""

_PLACES = {"bearer": "bearer", "header": "header", "queryparam": "queryParam"}
_PAYLOAD_KEYS = frozenset(
    {
        *("type", "authorizationType", "tokenTarget", "endpoint", "method", "headers", "body", "tokenInResponse"),
        "cacheDuration",
    }
)
_SELECTOR_START = "json://"


def read_authentication_payload(text: str) -> CustomAuthentication:
    """Read the authentication in a payload, also under ``authentication``; raise SojournError with its place."""
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        raise _payload_fault("json", "") from None
    if isinstance(payload, dict) and isinstance(payload.get("authentication"), dict):
        payload = payload["authentication"]
    if not isinstance(payload, dict) or payload.get("type") != "customAuthorization":
        raise _payload_fault("type", "type")
    strange = sorted(set(payload) - _PAYLOAD_KEYS)
    if strange:
        raise _payload_fault("unknown_key", strange[0], key=strange[0])
    place = _PLACES.get(str(payload.get("authorizationType", "")).lower())
    if place is None:
        raise _payload_fault("authorization_type", "authorizationType")
    method = str(payload.get("method", "POST")).upper()
    if method not in ("GET", "POST"):
        raise _payload_fault("method", "method")
    target = _text(payload, "tokenTarget", needed=place != "bearer")
    return CustomAuthentication.model_validate(
        {
            "type": "custom",
            "authorization_type": place,
            "token_target": target,
            "endpoint": _text(payload, "endpoint", needed=True),
            "method": method,
            "headers": _texts(payload.get("headers", {}), "headers"),
            "body": _body(payload.get("body"), needed=method == "POST"),
            "token_in_response": _selector(_text(payload, "tokenInResponse", needed=True)),
            "cache": _cache(payload.get("cacheDuration", {"duration": 1, "timeUnit": "hours"})),
        }
    )


def _payload_fault(variant: str, where: str, **arguments: object) -> SojournError:
    return SojournError(f"authentication_payload.{variant}", where, **arguments)


def _text(payload: JsonObject, key: str, *, needed: bool) -> str:
    value = payload.get(key, "")
    if not isinstance(value, str) or (needed and not value):
        raise _payload_fault("text", key, key=key)
    return value


def _texts(value: object, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _payload_fault("object", where, key=where)
    return {name: one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for name, one in value.items()}


def _body(value: object, *, needed: bool) -> TokenBody | None:
    if value is None:
        if needed:
            raise _payload_fault("body", "body")
        return None
    kind = value.get("bodyType") if isinstance(value, dict) else None
    if not isinstance(value, dict) or kind not in ("form", "json"):
        raise _payload_fault("body_type", "body.bodyType")
    return TokenBody(type=kind, parameters=_texts(value.get("bodyParams", {}), "body.bodyParams"))


def _selector(text: str) -> str:
    selector = "".join(text.split())
    if selector != "response" and (not selector.startswith(_SELECTOR_START) or selector == _SELECTOR_START):
        raise _payload_fault("token_in_response", "tokenInResponse")
    return selector


def _cache(value: object) -> timedelta:
    unit = UNITS.get(str(value.get("timeUnit", "")).lower()) if isinstance(value, dict) else None
    number = value.get("duration") if isinstance(value, dict) else None
    if unit is None or not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise _payload_fault("cache_duration", "cacheDuration", names=tuple(UNITS))
    try:
        return number * unit
    except OverflowError:
        raise _payload_fault("long_duration", "cacheDuration") from None
