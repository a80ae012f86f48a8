"""Custom authentication pasted from the original: every option read, every fault said with its place."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from engine.errors import SojournError
from engine.model.authentication import UNITS, read_authentication_payload

PAYLOAD: dict[str, Any] = {
    "type": "customAuthorization",
    "authorizationType": "Bearer",
    "endpoint": "https://login.example.com/oauth2/access_token",
    "method": "POST",
    "headers": {"Authorization": "Basic abc"},
    "body": {"bodyType": "form", "bodyParams": {"grant_type": "password", "scope": "cn mail", "level": 3}},
    "tokenInResponse": "json: //access_token",
    "cacheDuration": {"duration": 5, "timeUnit": "seconds"},
}


def test_payload_is_read_with_every_option() -> None:
    for text in (json.dumps(PAYLOAD), json.dumps({"authentication": PAYLOAD})):
        auth = read_authentication_payload(text)
        assert auth.model_dump(mode="json") == {
            "type": "custom",
            "authorization_type": "bearer",
            "token_target": "",
            "endpoint": "https://login.example.com/oauth2/access_token",
            "method": "POST",
            "headers": {"Authorization": "Basic abc"},
            "body": {"type": "form", "parameters": {"grant_type": "password", "scope": "cn mail", "level": "3"}},
            "token_in_response": "json://access_token",
            "cache": "PT5S",
        }


def test_optional_parts_have_original_defaults() -> None:
    bare = {
        "type": "customAuthorization",
        "authorizationType": "queryParam",
        "tokenTarget": "key",
        "endpoint": "https://login.example.com/",
        "method": "get",
        "tokenInResponse": "response",
    }
    auth = read_authentication_payload(json.dumps(bare))
    assert (auth.method, auth.body, auth.cache, auth.headers) == ("GET", None, timedelta(hours=1), {})
    assert (auth.authorization_type, auth.token_target, auth.token_in_response) == ("queryParam", "key", "response")


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_of_time_is_known(unit: str) -> None:
    auth = read_authentication_payload(
        json.dumps({**PAYLOAD, "cacheDuration": {"duration": 2, "timeUnit": unit.upper()}})
    )
    assert auth.cache == 2 * UNITS[unit]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"type": "basic"}, "type"),
        ({"authorizationType": "cookie"}, "authorizationType"),
        ({"authorizationType": "header"}, "tokenTarget"),
        ({"endpoint": ""}, "endpoint"),
        ({"endpoint": 7}, "endpoint"),
        ({"method": "PUT"}, "method"),
        ({"headers": []}, "headers"),
        ({"body": None}, "body"),
        ({"body": {"bodyType": "xml"}}, "body.bodyType"),
        ({"body": {"bodyType": "json", "bodyParams": 1}}, "body.bodyParams"),
        ({"tokenInResponse": "access_token"}, "tokenInResponse"),
        ({"tokenInResponse": "json://"}, "tokenInResponse"),
        ({"cacheDuration": {"duration": 5, "timeUnit": "weeks"}}, "cacheDuration"),
        ({"cacheDuration": {"duration": -1, "timeUnit": "days"}}, "cacheDuration"),
        ({"cacheDuration": {"duration": 10**12, "timeUnit": "years"}}, "cacheDuration"),
        ({"cacheDuration": 5}, "cacheDuration"),
        ({"retries": 3}, "retries"),
    ],
)
def test_invalid_payload_reports_path(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(SojournError) as caught:
        read_authentication_payload(json.dumps({**PAYLOAD, **changed}))
    assert (caught.value.code, caught.value.where) == ("authentication_payload", where)


@pytest.mark.parametrize("text", ["", "{", "[]", "7"])
def test_unknown_payload_is_refused(text: str) -> None:
    with pytest.raises(SojournError):
        read_authentication_payload(text)


@pytest.mark.parametrize("text", ["no JSON", "[" * 100_000])
def test_unreadable_text_is_not_a_payload(text: str) -> None:
    with pytest.raises(SojournError) as caught:
        read_authentication_payload(text)
    assert caught.value.code == "authentication_payload"
