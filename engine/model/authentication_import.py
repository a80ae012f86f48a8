"""Custom authentication as the original product's payload has it, so that one known there can be pasted here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engine.errors import SojournError
from engine.model.authentication import CustomAuthentication, TokenBody

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
_KEYS = frozenset(
    {
        *("type", "authorizationType", "tokenTarget", "endpoint", "method", "headers", "body", "tokenInResponse"),
        "cacheDuration",
    }
)
_JSON = "json://"


def read_authentication_payload(text: str) -> CustomAuthentication:
    """Read the authentication in a payload, also under ``authentication``; raise SojournError with its place."""
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        raise _fault("json", "") from None
    if isinstance(payload, dict) and isinstance(payload.get("authentication"), dict):
        payload = payload["authentication"]
    if not isinstance(payload, dict) or payload.get("type") != "customAuthorization":
        raise _fault("type", "type")
    strange = sorted(set(payload) - _KEYS)
    if strange:
        raise _fault("unknown_key", strange[0], key=strange[0])
    place = _PLACES.get(str(payload.get("authorizationType", "")).lower())
    if place is None:
        raise _fault("authorization_type", "authorizationType")
    method = str(payload.get("method", "POST")).upper()
    if method not in ("GET", "POST"):
        raise _fault("method", "method")
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


def _fault(variant: str, where: str, **arguments: str) -> SojournError:
    return SojournError(f"authentication_payload.{variant}", where, **arguments)


def _text(payload: Mapping[str, Any], key: str, *, needed: bool) -> str:
    value = payload.get(key, "")
    if not isinstance(value, str) or (needed and not value):
        raise _fault("text", key, key=key)
    return value


def _texts(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _fault("object", where, key=where)
    return {name: one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for name, one in value.items()}


def _body(value: Any, *, needed: bool) -> TokenBody | None:
    if value is None:
        if needed:
            raise _fault("body", "body")
        return None
    kind = value.get("bodyType") if isinstance(value, dict) else None
    if kind not in ("form", "json"):
        raise _fault("body_type", "body.bodyType")
    return TokenBody(type=kind, parameters=_texts(value.get("bodyParams", {}), "body.bodyParams"))


def _selector(text: str) -> str:
    selector = "".join(text.split())
    if selector != "response" and (not selector.startswith(_JSON) or selector == _JSON):
        raise _fault("token_in_response", "tokenInResponse")
    return selector


def _cache(value: Any) -> timedelta:
    unit = UNITS.get(str(value.get("timeUnit", "")).lower()) if isinstance(value, dict) else None
    number = value.get("duration") if isinstance(value, dict) else None
    if unit is None or not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise _fault(
            f"cacheDuration has a whole duration and a timeUnit, one of {', '.join(UNITS)}; write both", "cacheDuration"
        )
    try:
        return number * unit
    except OverflowError:
        raise _fault("long_duration", "cacheDuration") from None
