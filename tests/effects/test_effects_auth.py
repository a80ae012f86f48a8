"""Custom authentication against a token server whose tokens expire (product.md, Authentication)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest

from engine.effects.auth import Authenticator, Subject
from engine.effects.http import HttpReply, HttpRequest
from engine.model.authentication import UNITS, read_authentication_payload
from tests.helpers.performer_fakes import PerformerFakes
from tests.helpers.raw_server import RawServer, Received, Reply
from tests.helpers.virtual_loop import run_virtual

SECRETS = {
    "prod/action/Call/body.parameters.client_secret": "s3 cret&",
    "prod/action/Call/headers.X-Client": "client-1",
}


class TokenServer:
    """Gives tokens that hold for so many calls, and answers calls that carry a living one."""

    def __init__(self, lasts: int = 1_000_000, form: Callable[[str], Any] = lambda token: {"access_token": token}):
        self.issued: list[str] = []
        self.lasts = lasts
        self.used = 0
        self.form = form
        self.status = 200
        self.places: list[Mapping[str, Any]] = []

    async def token(self, received: Received, reply: Reply) -> None:
        self.issued.append(f"token-{len(self.issued) + 1}")
        self.used = 0
        answer = self.form(self.issued[-1])
        if isinstance(answer, str):
            await reply.send(self.status, answer.encode())
        else:
            await reply.json(answer, self.status)

    async def call(self, received: Received, reply: Reply) -> None:
        given = received.headers.get("authorization", "").removeprefix("Bearer ")
        given = given or received.headers.get("x-token", "") or received.query.get("token", "")
        self.used += 1
        living = bool(self.issued) and given == self.issued[-1] and self.used <= self.lasts
        await reply.json({}, 200 if living else 401)


def auth_of(url: str, **changed: Any) -> dict[str, Any]:
    return {
        "type": "custom",
        "authorization_type": "bearer",
        "endpoint": f"{url}/token",
        "method": "POST",
        "headers": {"X-Client": "INSERT_SECRET_HERE", "X-Plain": "plain"},
        "body": {"type": "form", "parameters": {"scope": "a b", "client_secret": "INSERT_SECRET_HERE"}},
        "token_in_response": "json://access_token",
        **changed,
    }


Test = Callable[[RawServer, PerformerFakes], Awaitable[None]]


def run(tokens: TokenServer, test: Test, **changed: Any) -> None:
    async def main() -> None:
        async with RawServer({"/token": tokens.token, "/call": tokens.call}) as server:
            action = {"name": "Call", "url": f"{server.url}/call", "body": {}, "auth": auth_of(server.url, **changed)}
            world = PerformerFakes({"actions": [action]}, SECRETS)
            try:
                await test(server, world)
            finally:
                await world.performer.close()

    run_virtual(main())


@pytest.mark.parametrize(("kind", "target"), [("bearer", ""), ("header", "X-Token"), ("queryParam", "token")])
def test_token_is_placed_and_cached(kind: str, target: str) -> None:
    async def test(server: RawServer, world: PerformerFakes) -> None:
        for _ in range(3):
            assert (await world.act("Call", {})).error is None
        assert (len(server.calls("/token")), len(server.calls("/call"))) == (1, 3)
        (asked,) = server.calls("/token")
        assert asked.headers["x-client"] == "client-1"
        assert asked.headers["x-plain"] == "plain"
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded; charset=utf-8"
        assert parse_qs(asked.body.decode()) == {"scope": ["a b"], "client_secret": ["s3 cret&"]}

    run(TokenServer(), test, authorization_type=kind, token_target=target)


def test_json_body_is_sent_as_json() -> None:
    async def test(server: RawServer, world: PerformerFakes) -> None:
        assert (await world.act("Call", {})).error is None
        assert server.calls("/token")[0].json == {"n": "1", "client_secret": "s3 cret&"}

    body = {"type": "json", "parameters": {"n": "1", "client_secret": "INSERT_SECRET_HERE"}}
    run(TokenServer(), test, body=body)


def test_get_token_request_has_no_body() -> None:
    async def test(server: RawServer, world: PerformerFakes) -> None:
        assert (await world.act("Call", {})).error is None
        (asked,) = server.calls("/token")
        assert (asked.method, asked.body) == ("GET", b"")

    run(TokenServer(form=lambda token: f" {token}\n"), test, method="GET", body=None, token_in_response="response")


def test_selector_may_lead_deeper() -> None:
    async def test(server: RawServer, world: PerformerFakes) -> None:
        assert (await world.act("Call", {})).error is None

    run(TokenServer(form=lambda token: {"d": {"t": token}}), test, token_in_response="json://d.t")


def test_refused_token_is_renewed_once() -> None:
    tokens = TokenServer(lasts=2)

    async def test(server: RawServer, world: PerformerFakes) -> None:
        results = [await world.act("Call", {}) for _ in range(4)]
        assert [result.error for result in results] == [None] * 4
        assert [result.attempts for result in results] == [1, 1, 2, 1]
        assert len(tokens.issued) == 2

    run(tokens, test)


def test_call_refused_with_fresh_token_returns_401() -> None:
    async def test(server: RawServer, world: PerformerFakes) -> None:
        done = await world.act("Call", {})
        assert (done.error, done.attempts) == ("401", 2)
        assert len(server.calls("/token")) == 2

    run(TokenServer(lasts=0), test)


def test_concurrent_calls_share_one_token() -> None:
    tokens = TokenServer()

    async def test(server: RawServer, world: PerformerFakes) -> None:
        first = await asyncio.gather(*(world.act("Call", {}, key=f"a{n}") for n in range(20)))
        assert len(tokens.issued) == 1
        tokens.lasts = 0
        tokens.issued.append("revoked elsewhere")
        tokens.lasts = 1_000
        again = await asyncio.gather(*(world.act("Call", {}, key=f"b{n}") for n in range(20)))
        assert {done.error for done in (*first, *again)} == {None}
        assert len(server.calls("/token")) == 2

    run(tokens, test)


@pytest.mark.parametrize(("cache", "fetched"), [("PT0S", 3), ("PT5S", 1), ("PT1M", 1), ("P1D", 1)])
def test_token_expires_with_cache_duration(cache: str, fetched: int) -> None:
    async def test(server: RawServer, world: PerformerFakes) -> None:
        for _ in range(3):
            assert (await world.act("Call", {})).error is None
        assert len(server.calls("/token")) == fetched

    run(TokenServer(), test, cache=cache)


@pytest.mark.parametrize(
    ("answer", "status", "error", "asked"),
    [
        ({"other": 1}, 200, "malformed", 1),
        ({"access_token": ""}, 200, "malformed", 1),
        ({"access_token": {}}, 200, "malformed", 1),
        ("not json", 200, "malformed", 1),
        ({}, 400, "400", 1),
        ({}, 401, "401", 1),
        ({}, 503, "503", 3),
    ],
)
def test_missing_token_returns_server_code(answer: Any, status: int, error: str, asked: int) -> None:
    tokens = TokenServer(form=lambda token: answer)
    tokens.status = status

    async def test(server: RawServer, world: PerformerFakes) -> None:
        done = await world.act("Call", {}, timeout_ms=1_000)
        assert done.error == error
        assert (len(server.calls("/token")), len(server.calls("/call"))) == (asked, 0)

    run(tokens, test)


def test_token_that_would_break_header_is_refused() -> None:
    async def test(server: RawServer, world: PerformerFakes) -> None:
        done = await world.act("Call", {})
        assert done.error == "evaluation"
        assert not server.calls("/call")

    run(TokenServer(form=lambda token: {"access_token": "a\r\nX-Evil: 1"}), test)


def test_changed_authentication_does_not_use_old_token() -> None:
    async def test(server: RawServer, world: PerformerFakes) -> None:
        await world.act("Call", {})
        changed = {"name": "Call", "url": f"{server.url}/call", "body": {}, "auth": auth_of(server.url, headers={})}
        world.sandboxes.replace({"actions": [changed]})
        await world.act("Call", {})
        assert len(server.calls("/token")) == 2

    run(TokenServer(), test)


@pytest.mark.parametrize("unit", UNITS)
def test_token_cache_duration_units(unit: str) -> None:
    payload = {
        "type": "customAuthorization",
        "authorizationType": "header",
        "tokenTarget": "X-Token",
        "endpoint": "https://login.example.com/",
        "method": "GET",
        "tokenInResponse": "response",
        "cacheDuration": {"duration": 3, "timeUnit": unit},
    }
    auth = read_authentication_payload(json.dumps(payload))
    now, asked = 1_000.0, []

    async def send(request: HttpRequest) -> HttpReply:
        asked.append(request)
        return HttpReply(200, {}, f"token-{len(asked)}".encode())

    async def main() -> list[str]:
        nonlocal now
        authenticator = Authenticator(lambda subject, field: None, lambda: now)
        seen = []
        for passed in (0.0, 0.999, 1.0):
            now = 1_000.0 + auth.cache.total_seconds() * passed
            call = HttpRequest("GET", "https://example.com/")
            proven = await authenticator.apply(auth, Subject("prod", "action", "A"), call, send)
            seen.append(dict(proven.headers)["X-Token"])
        return seen

    assert asyncio.run(main()) == ["token-1", "token-1", "token-2"]
