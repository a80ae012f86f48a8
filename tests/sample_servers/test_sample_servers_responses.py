"""The reservation system and the push gateway, answer by answer, without sockets."""

from __future__ import annotations

import base64
import json
from http import HTTPStatus

import pytest

from engine.sample_servers.responses import KEY, MAX_REQUESTS, PASSWORD, USERNAME, Request, Response, SampleSystems

AT = "2026-03-10T18:00:00.000Z"
RIGHT = {"authorization": "Basic " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()}
MESSAGE = {"kind": "push", "to": "phone", "title": "Welcome", "text": "Welcome back, 서준"}


@pytest.fixture
def systems() -> SampleSystems:
    return SampleSystems({"mina"})


def push(systems: SampleSystems, message: object, key: str = KEY, idempotency: str = "") -> Response:
    headers = {"x-key": key, "idempotency-key": idempotency}
    return systems.answer(Request("POST", "/v1/messages", headers, json.dumps(message).encode()), AT)


@pytest.mark.parametrize(("guest", "booked"), [("mina", True), ("aicha", False), ("%20", False)])
def test_guest_has_reservation_or_not(systems: SampleSystems, guest: str, booked: bool) -> None:
    answer = systems.answer(Request("GET", f"/reservation?id={guest}", RIGHT), AT)
    assert (answer.status, answer.body) == (HTTPStatus.OK, {"reservation": booked})


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic bm9wZTpub3Bl"}, {"authorization": "Bearer é"}])
def test_reservation_system_requires_password(systems: SampleSystems, headers: dict[str, str]) -> None:
    answer = systems.answer(Request("GET", "/reservation?id=mina", headers), AT)
    assert answer.status == HTTPStatus.UNAUTHORIZED
    assert "WWW-Authenticate" in answer.headers
    assert USERNAME in answer.body["error"]


def test_question_without_guest_is_refused(systems: SampleSystems) -> None:
    answer = systems.answer(Request("GET", "/reservation", RIGHT), AT)
    assert answer.status == HTTPStatus.BAD_REQUEST
    assert "?id=" in answer.body["error"]


def test_push_is_delivered_and_printed(systems: SampleSystems) -> None:
    assert push(systems, MESSAGE, idempotency="a").status == HTTPStatus.OK
    (call,) = systems.received()
    assert call["line"] == "push to phone: Welcome | Welcome back, 서준"
    assert (call["at"], call["body"], call["key"], call["repeated"]) == (AT, MESSAGE, "a", False)


def test_same_idempotency_key_is_repetition(systems: SampleSystems) -> None:
    for key in ("a", "a", "b", ""):
        push(systems, MESSAGE, idempotency=key)
    push(systems, MESSAGE)
    assert [call["repeated"] for call in systems.received()] == [False, True, False, False, False]


def test_refused_call_does_not_consume_key(systems: SampleSystems) -> None:
    push(systems, MESSAGE, key="wrong", idempotency="a")
    push(systems, MESSAGE, idempotency="a")
    assert [(call["status"], call["repeated"]) for call in systems.received()] == [(401, False), (200, False)]


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ([1], "JSON object"),
        ({"text": "hello"}, "no to"),
        ({"to": "phone", "text": 7}, "no text"),
        ({}, "no to and no text"),
    ],
)
def test_malformed_message_is_refused_with_reason(systems: SampleSystems, message: object, says: str) -> None:
    answer = push(systems, message)
    assert answer.status == HTTPStatus.BAD_REQUEST
    assert says in answer.body["error"]


def test_invalid_json_is_refused_and_recorded(systems: SampleSystems) -> None:
    answer = systems.answer(Request("POST", "/v1/messages", {"x-key": KEY}, b"\xff{"), AT)
    assert answer.status == HTTPStatus.BAD_REQUEST
    assert systems.received()[0]["body"] is None


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("GET", "/nowhere", 404), ("POST", "/reservation", 405), ("GET", "/v1/messages", 405)],
)
def test_wrong_address_or_method_is_answered_clearly(
    systems: SampleSystems, method: str, target: str, status: int
) -> None:
    answer = systems.answer(Request(method, target), AT)
    assert answer.status == status
    assert answer.body["error"].endswith(".")


def test_looking_is_not_call(systems: SampleSystems) -> None:
    push(systems, MESSAGE | {"text": "<b>hi</b>"})
    received = systems.answer(Request("GET", "/received"), AT)
    page = systems.answer(Request("GET", "/"), AT)
    assert len(received.body["calls"]) == 1
    assert "&lt;b&gt;hi" in page.body
    assert "<b>hi" not in page.body
    assert page.content_type.startswith("text/html")
    assert len(systems.received()) == 1


def test_only_latest_calls_are_retained(systems: SampleSystems) -> None:
    for number in range(MAX_REQUESTS + 1):
        systems.answer(Request("GET", f"/{number}"), AT)
    assert len(systems.received()) == MAX_REQUESTS
    assert systems.received()[0]["target"] == "/1"
