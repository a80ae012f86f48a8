"""Fetches, actions and messages as they leave the process and come back (product.md, Data sources and Actions)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.helpers.performer_fakes import PerformerFakes
from tests.helpers.raw_server import RawServer, Received, Reply

RESERVATIONS = {
    "name": "Reservations",
    "auth": {"type": "basic", "username": "journeys", "password": "INSERT_SECRET_HERE"},
    "field_groups": [
        {
            "name": "Stay",
            "method": "GET",
            "parameters": ["id"],
            "fields": {"reservation": "boolean", "nights": "decimal"},
        },
        {
            "name": "Search",
            "method": "POST",
            "parameters": ["id", "tags"],
            "body": {"query": {"id": {"param": "id"}, "tags": {"param": "tags"}, "limit": 3}, "x": [{"param": "none"}]},
            "fields": {"rooms": [{"number": "integer", "kind": {"type": "string", "enum": ["single", "double"]}}]},
        },
    ],
}
PUSH = {
    "name": "SendPush",
    "method": "POST",
    "headers": [{"name": "X-App", "value": "hotel"}, {"name": "X-Time", "variable": "Time"}],
    "query": [{"name": "v", "value": "1"}, {"name": "lang", "variable": "Language"}],
    "auth": {"type": "api_key", "name": "key", "value": "INSERT_SECRET_HERE", "in": "query"},
    "dynamic_path": True,
    "body": {"kind": {"value": "push"}, "to": {"variable": "To", "type": "string"}},
    "response": {"id": "string", "cost": "decimal", "tags": "listString", "extra": {"*": "integer"}},
}
HIDDEN = "INSERT_SECRET_HERE"
SECRETS = {
    "prod/data_source/Reservations/password": "s3cret",
    "prod/action/SendPush/value": "k&y",
}


def outside(server: RawServer, **settings: Any) -> PerformerFakes:
    definitions = {
        "data_sources": [{**RESERVATIONS, "url": f"{server.url}/reservation?hotel=1"}],
        "actions": [{**PUSH, "url": f"{server.url}/v1"}],
        "templates": [
            {
                "name": "Hello",
                "channel": "email",
                "subject": "Hello {{ name }}",
                "body": "Dear {{name}}, {{ count }} nights",
                "html": "<p>Dear {{ name }}</p>",
                "variables": {"name": "string", "count": "integer"},
            },
            {"name": "Broken", "channel": "sms", "text": "{{ nobody }}"},
        ],
    }
    return PerformerFakes(definitions, SECRETS, **settings)


def test_fetch_sends_request_and_reads_declared_fields() -> None:
    async def stay(received: Received, reply: Reply) -> None:
        await reply.json({"reservation": True, "nights": 2, "unknown": 1})

    async def main() -> None:
        async with RawServer({"/reservation": stay}) as server:
            world = outside(server)
            done = await world.fetch("Reservations", "Stay", key="i-1:4", id="p 1&x=2")
            await world.performer.close()
        assert (done.call, done.error, done.data) == (1, None, {"reservation": True, "nights": 2})
        (received,) = server.received
        assert received.query == {"hotel": "1", "id": "p 1&x=2"}
        assert received.headers["authorization"] == "Basic am91cm5leXM6czNjcmV0"
        assert received.headers["idempotency-key"] == "i-1:4"
        assert received.headers["accept-encoding"] == "identity"

    asyncio.run(main())


def test_post_fetch_fills_its_body_template() -> None:
    async def search(received: Received, reply: Reply) -> None:
        await reply.json({"rooms": [{"number": 7, "kind": "single"}, {"number": None}]})

    async def main() -> None:
        async with RawServer({"/reservation": search}) as server:
            world = outside(server)
            done = await world.fetch("Reservations", "Search", id="p-1", tags=["a", "b"])
            await world.performer.close()
        assert done.data == {"rooms": [{"number": 7, "kind": "single"}, {"number": None}]}
        assert server.received[0].json == {"query": {"id": "p-1", "tags": ["a", "b"], "limit": 3}, "x": [None]}
        assert server.received[0].headers["content-type"] == "application/json; charset=utf-8"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("group", "answer", "path"),
    [
        ("Stay", {"reservation": "yes"}, "$.reservation"),
        ("Stay", {"nights": True}, "$.nights"),
        ("Stay", [], "$ "),
        ("Search", {"rooms": {}}, "$.rooms"),
        ("Search", {"rooms": [{"number": 1}, {"number": 1.5}]}, "$.rooms[1].number"),
        ("Search", {"rooms": [{"kind": "suite"}]}, "$.rooms[0].kind"),
    ],
)
def test_wrong_response_type_names_path(group: str, answer: Any, path: str) -> None:
    async def behave(received: Received, reply: Reply) -> None:
        await reply.json(answer)

    async def main() -> None:
        async with RawServer({"/reservation": behave}) as server:
            world = outside(server)
            done = await world.fetch("Reservations", group, id="p-1")
            await world.performer.close()
        assert (done.error, done.data, len(server.received)) == ("malformed", None, 1)
        assert done.origin_error.startswith(path)

    asyncio.run(main())


def test_action_sends_values_and_reads_response() -> None:
    async def accept(received: Received, reply: Reply) -> None:
        await reply.json({"id": "m-1", "cost": 1, "tags": ["x"], "extra": {"a": 1}, "other": {}}, status=202)

    async def main() -> None:
        async with RawServer({"/v1/devices/a%20b": accept}) as server:
            world = outside(server)
            done = await world.act(
                "SendPush",
                {"kind": "push", "to": "t-1"},
                url_path="/devices/a b?dry=1",
                headers={"X-Time": "12:00 é"},
                query={"lang": "fr"},
            )
            await world.performer.close()
        assert (done.error, done.status, done.attempts) == (None, 202, 1)
        assert done.response == {"id": "m-1", "cost": 1, "tags": ["x"], "extra": {"a": 1}}
        (received,) = server.received
        assert received.method == "POST"
        assert received.query == {"dry": "1", "v": "1", "lang": "fr", "key": "k&y"}
        assert (received.headers["x-app"], received.headers["x-time"]) == ("hotel", "12:00 é")
        assert received.json == {"kind": "push", "to": "t-1"}

    asyncio.run(main())


@pytest.mark.parametrize("url_path", ["../admin", "a/../../b", "a/%2e%2E/b", "a\\..\\b", "a\nb", "a/./b"])
def test_dynamic_path_cannot_leave_static_url(url_path: str) -> None:
    async def main() -> None:
        async with RawServer({}) as server:
            world = outside(server)
            done = await world.act("SendPush", {}, url_path=url_path)
            await world.performer.close()
        assert (done.error, done.attempts, server.connections) == ("evaluation", 0, 0)

    asyncio.run(main())


@pytest.mark.parametrize("url_path", ["@evil.example/x", "//evil.example/x", "http://evil.example", ":99/x", "#x"])
def test_dynamic_path_cannot_change_host(url_path: str) -> None:
    async def main() -> None:
        async with RawServer({}) as server:
            world = outside(server)
            done = await world.act("SendPush", {}, url_path=url_path)
            await world.performer.close()
        assert done.error == "404"
        assert server.received[0].path.startswith("/v1/")

    asyncio.run(main())


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "a\x1bb"])
def test_header_cannot_smuggle_another(value: str) -> None:
    async def main() -> None:
        async with RawServer({}) as server:
            world = outside(server)
            done = await world.act("SendPush", {}, headers={"X-Time": value})
            await world.performer.close()
        assert (done.error, server.connections) == ("evaluation", 0)

    asyncio.run(main())


def test_retries_reuse_key_and_count_attempts() -> None:
    async def main() -> None:
        async with RawServer({}) as server:
            answers = [503, 429, 200]

            async def behave(received: Received, reply: Reply) -> None:
                await reply.json({}, status=answers.pop(0), Retry_After="0")

            server.behaviours["/v1"] = behave
            world = outside(server)
            done = await world.act("SendPush", {}, key="i:9")
            await world.performer.close()
        assert (done.error, done.status, done.attempts) == (None, 200, 3)
        assert {received.headers["idempotency-key"] for received in server.received} == {"i:9"}

    asyncio.run(main())


def test_missing_secret_prevents_call() -> None:
    async def main() -> None:
        async with RawServer({}) as server:
            world = outside(server)
            world.secrets.clear()
            done = await world.act("SendPush", {})
            await world.performer.close()
        assert (done.error, server.connections) == ("connection", 0)
        assert done.origin_error == "The secret value of SendPush is not set; enter it"

    asyncio.run(main())


@pytest.mark.parametrize(("source", "group"), [("Nobody", "Stay"), ("Reservations", "Nobody")])
def test_missing_definition_is_evaluation_error(source: str, group: str) -> None:
    async def main() -> None:
        world = PerformerFakes({"data_sources": [{**RESERVATIONS, "url": "https://example.com"}]})
        assert (await world.fetch(source, group)).error == "evaluation"
        assert (await world.act("Nobody")).error == "evaluation"
        assert (await world.message("email", "Nobody", "a@example.com")).error == "evaluation"

    asyncio.run(main())


def test_email_is_stored_once_and_escaped() -> None:
    async def main() -> None:
        async with RawServer({}) as server:
            world = outside(server)
            first = await world.message("email", "Hello", "eve@example.com", name="<Eve>\r\nBcc: x", count=2)
            again = await world.message("email", "Hello", "eve@example.com", name="<Eve>\r\nBcc: x", count=2)
        assert (first.error, first.attempts) == (None, 1)
        assert first.message_id == again.message_id
        (message,) = world.outbox.messages.values()
        assert (message.id, message.address) == (first.message_id, "eve@example.com")
        assert message.subject == "Hello <Eve> Bcc: x"
        assert message.body == "Dear <Eve>\r\nBcc: x, 2 nights"
        assert message.html == "<p>Dear &lt;Eve&gt;\r\nBcc: x</p>"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("channel", "template", "address", "error"),
    [
        ("email", "Hello", "", "evaluation"),
        ("email", "Hello", "nobody", "evaluation"),
        ("email", "Hello", "a@b@c", "evaluation"),
        ("email", "Hello", "a@example.com\r\nRCPT TO:<b@example.com>", "evaluation"),
        ("sms", "Broken", "+331", "evaluation"),
        ("email", "Hello", "gone@example.com", "suppressed"),
    ],
)
def test_unsendable_message_gives_reason(channel: str, template: str, address: str, error: str) -> None:
    async def main() -> None:
        async with RawServer({}) as server:
            world = outside(server)
            world.outbox.suppressed.add("gone@example.com")
            done = await world.message(channel, template, address)
        assert (done.error, done.message_id, done.attempts) == (error, None, 0)
        assert done.origin_error
        assert not world.outbox.messages

    asyncio.run(main())


def test_secret_constants_stay_with_their_host() -> None:
    async def main() -> None:
        async def stay(received: Received, reply: Reply) -> None:
            await reply.json({"reservation": True})

        async def elsewhere(received: Received, reply: Reply) -> None:
            await reply.send(302, Location=f"{other.url}/reservation")

        async with RawServer({"/reservation": stay, "/v1": stay}) as other, RawServer({"/moved": elsewhere}) as server:
            source = {**RESERVATIONS, "url": f"{other.url}/reservation", "headers": {"X-Api-Key": HIDDEN, "X-A": "1"}}
            moved = {**source, "name": "Moved", "url": f"{server.url}/moved"}
            action = {
                **PUSH,
                "url": f"{other.url}/v1",
                "headers": [{"name": "Cookie", "value": HIDDEN}, {"name": "X-Told", "value": "Bearer literal"}],
                "query": [{"name": "token", "value": HIDDEN}, {"name": "v", "value": "1"}],
            }
            secrets = {
                **SECRETS,
                "prod/data_source/Reservations/constant.headers.X-Api-Key": "k1",
                "prod/data_source/Moved/constant.headers.X-Api-Key": "k1",
                "prod/data_source/Moved/password": "p",
                "prod/action/SendPush/constant.headers.Cookie": "k2",
                "prod/action/SendPush/constant.query.token": "k 3&",
            }
            world = PerformerFakes({"data_sources": [source, moved], "actions": [action]}, secrets)
            assert (await world.fetch("Reservations", "Stay", id="p")).error is None
            repeated = {"Cookie": HIDDEN, "X-Told": "Bearer literal"}  # as the core gives them
            assert (await world.act("SendPush", {}, headers=repeated)).error is None
            assert (await world.fetch("Moved", "Stay", id="p")).error is None
            await world.performer.close()
            asked, acted, followed = other.received
            assert (asked.headers["x-api-key"], asked.headers["x-a"]) == ("k1", "1")
            assert (acted.headers["cookie"], acted.headers["x-told"]) == ("k2", "Bearer literal")
            assert acted.query["token"] == "k 3&"
            assert server.received[0].headers["x-api-key"] == "k1"
            assert "x-api-key" not in followed.headers

    asyncio.run(main())


def test_missing_secret_constant_is_reported() -> None:
    async def main() -> None:
        async with RawServer({}) as server:
            source = {**RESERVATIONS, "url": f"{server.url}/reservation", "headers": {"X-Api-Key": HIDDEN}}
            world = PerformerFakes({"data_sources": [source]}, SECRETS)
            done = await world.fetch("Reservations", "Stay", id="p")
            await world.performer.close()
        assert (done.error, server.received) == ("connection", [])
        assert "constant.headers.X-Api-Key of Reservations is not set" in done.origin_error

    asyncio.run(main())
