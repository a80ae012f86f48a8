"""What an action sends and reads, byte by byte: methods, forms, lists with variables, redirects, media types."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.validate import validate
from engine.effects.requests import fill_body
from engine.model import journey_file
from engine.model.action import form_text
from tests.helpers.journey_builders import activity, arrival, entry, journey, run
from tests.helpers.performer_fakes import PerformerFakes
from tests.helpers.raw_server import RawServer, Received, Reply
from tests.helpers.server_faults import answers

FORM = "application/x-www-form-urlencoded"
TWILIO = {"To": {"variable": "To", "type": "string"}, "Body": {"value": "x"}}
SENDGRID = {
    "personalizations": [{"to": [{"email": {"variable": "To", "type": "string"}}]}],
    "from": {"email": {"value": "a@b.cd"}},
    "content": [{"type": {"value": "text/plain"}, "value": {"value": "x"}}],
}
SLACK = {
    "blocks": [
        {
            "type": {"value": "section"},
            "text": {"type": {"value": "mrkdwn"}, "text": {"variable": "To", "type": "string"}},
        },
        {"value": {"type": "divider"}},
    ]
}


def file_of(url: str, body: Any, **action: Any) -> journey_file.JourneyFile:
    call = {"name": "Call", "url": url, "body": body, **action}
    parameters = {"To": "@{Enter.id}"} if "variable" in json.dumps(body) else {}
    step = activity("a", "action", action="Call", parameters=parameters)
    return journey([entry(), step], ["in>a"], definitions={"actions": [call]})


@pytest.mark.parametrize(
    ("body", "action", "content"),
    [
        (TWILIO, {"content_type": FORM}, b"To=%2B49+1&Body=x"),
        (SENDGRID, {}, None),
        (SLACK, {"method": "PATCH"}, None),
        (TWILIO, {"method": "DELETE"}, b'{"To":"+49 1","Body":"x"}'),
    ],
)
def test_body_is_sent_as_declared(body: Any, action: dict[str, Any], content: bytes | None) -> None:
    async def main() -> Received:
        async with RawServer({"/m": answers(200)}) as server:
            file = file_of(f"{server.url}/m", body, **action)
            assert [issue.code for issue in validate(file.journey, file) if issue.severity == "error"] == []
            written = journey_file.write(file)
            assert journey_file.write(journey_file.read(written)) == written
            world = PerformerFakes(json.loads(file.model_dump_json(include={"actions"})))
            assert file.actions[0].body is not None
            done = await world.act("Call", fill_body(file.actions[0].body, {"To": "+49 1"}))
            assert done.error is None
            await world.performer.close()
            return server.received[0]

    received = asyncio.run(main())
    assert received.method == action.get("method", "POST")
    if content is not None:
        assert received.body == content
    elif body is SENDGRID:
        assert received.json["personalizations"] == [{"to": [{"email": "+49 1"}]}]
        assert received.json["content"] == [{"type": "text/plain", "value": "x"}]
    else:
        text = {"type": "mrkdwn", "text": "+49 1"}
        assert received.json == {"blocks": [{"type": "section", "text": text}, {"type": "divider"}]}
    kind = received.headers["content-type"]
    assert kind == (FORM if "content_type" in action else "application/json; charset=utf-8")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"a": {"b": {"c": 1}}, "d": True}, "a%5Bb%5D%5Bc%5D=1&d=true"),
        ({"items": [{"price": "p", "quantity": 2}, {"price": "q"}]},
         "items%5B0%5D%5Bprice%5D=p&items%5B0%5D%5Bquantity%5D=2&items%5B1%5D%5Bprice%5D=q"),
        ({"MediaUrl": ["u", "v"], "expand[]": ["x"]}, "MediaUrl=u&MediaUrl=v&expand%5B%5D=x"),
        ({"a": None, "b": {}, "c": [], "d": ""}, "d="),
        ({"n": 1.5, "t": "안녕 +&="}, "n=1.5&t=%EC%95%88%EB%85%95+%2B%26%3D"),
    ],
)  # fmt: skip
def test_form_has_the_usual_names(body: Any, text: str) -> None:
    assert form_text(body) == text


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=8))
def test_form_can_be_read_back(fields: Mapping[str, str]) -> None:
    assert parse_qsl(form_text(fields), keep_blank_values=True) == list(fields.items())


def test_call_by_get_has_no_body() -> None:
    async def main() -> None:
        async with RawServer({"/g": answers(200)}) as server:
            world = PerformerFakes({"actions": [{"name": "A", "url": f"{server.url}/g", "method": "GET"}]})
            done = await world.act("A", None)
            (received,) = server.received
            assert (done.error, received.method, received.body) == (None, "GET", b"")
            assert "content-type" not in received.headers
            await world.performer.close()

    asyncio.run(main())


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_redirect_of_an_action_is_followed(status: int, method: str) -> None:
    async def main() -> None:
        async with RawServer({"/r": answers(status, Location="/done"), "/done": answers(200)}) as server:
            action = {"name": "A", "url": f"{server.url}/r", "body": {"x": {"value": 1}}}
            world = PerformerFakes({"actions": [action]})
            done = await world.act("A", {"x": 1})
            calls = [(one.method, one.path) for one in server.received]
            assert (done.error, calls) == (None, [("POST", "/r"), (method, "/done")])
            assert server.received[1].body == (b'{"x":1}' if method == "POST" else b"")
            await world.performer.close()

    asyncio.run(main())


def replying(content: bytes, kind: str, status: int = 200) -> Any:
    async def behave(received: Received, reply: Reply) -> None:
        await reply.send(status, content, Content_Type=kind)

    return behave


@pytest.mark.parametrize(
    ("content", "kind", "status", "error", "response"),
    [
        (b'{"r": "x"}', "application/vnd.api+json", 200, None, {"r": "x"}),
        ('{"r": "안녕"}'.encode("euc-kr"), "application/json; charset=euc-kr", 200, None, {"r": "안녕"}),
        (b'\xef\xbb\xbf{"r": "x"}', "application/json", 200, None, {"r": "x"}),
        (b'{"r": "x"}', "text/plain", 200, None, {"r": "x"}),
        (b"", "application/json", 204, None, None),
        (b"", "application/json", 200, None, None),
        (b"<r/>", "text/xml", 200, "malformed", None),
        (b'{"r": "x"}', "application/json; charset=klingon", 200, "malformed", None),
        (b'{"r": NaN}', "application/json", 200, "malformed", None),
    ],
)
def test_answer_is_read_by_its_type(
    content: bytes, kind: str, status: int, error: str | None, response: object
) -> None:
    async def main() -> None:
        async with RawServer({"/": replying(content, kind, status)}) as server:
            action = {"name": "A", "url": f"{server.url}/", "response": {"r": "string"}}
            world = PerformerFakes({"actions": [action]})
            done = await world.act("A", None)
            assert (done.error, done.response) == (error, response)
            assert kind != "text/xml" or "text/xml" in done.origin_error
            await world.performer.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("changed", "text"),
    [({}, "sojourn/1"), ({"method": "PATCH"}, "sojourn/1.1"), ({"body": [{"value": 1}]}, "sojourn/1.1")],
)
def test_file_names_the_format_that_it_needs(changed: dict[str, Any], text: str) -> None:
    file = file_of("https://api.example.com/", **{"body": {}, **changed})
    assert journey_file.to_json(file)["format"] == text
    written = journey_file.write(file)
    assert journey_file.write(journey_file.read(written)) == written


def test_simulation_fills_lists_alike() -> None:
    outcome = run(file_of("https://api.example.com/", SENDGRID), arrival("PT0S", key="p7"))
    (call,) = outcome["calls"]
    assert call["body"]["personalizations"] == [{"to": [{"email": "p7"}]}]
