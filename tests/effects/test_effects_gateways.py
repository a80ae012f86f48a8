"""Messages through HTTP gateways; and the back end of the "test" buttons."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from engine.catalogue import format_sentence
from engine.effects.connection_test import HttpConnectionTester
from engine.effects.http import HttpClient
from engine.effects.messages import reaction_of
from engine.effects.redaction import Redactor
from tests.helpers.performer_fakes import TRUSTS_NOBODY, MemorySandboxes, MemorySecrets, PerformerFakes
from tests.helpers.raw_server import RawServer, Received, Reply

TEMPLATES = [
    {"name": "Text", "channel": "sms", "text": "Hi {{ name }}", "variables": {"name": "string"}},
    {"name": "Note", "channel": "push", "title": "T {{ name }}", "text": "Hi", "variables": {"name": "string"}},
]


async def fine(received: Received, reply: Reply) -> None:
    await reply.json({"access_token": "token-1"})


def send(channel: str, template: str, secrets: dict[str, str], **settings: Any) -> tuple[Any, list[Received]]:
    async def main() -> tuple[Any, list[Received]]:
        async with RawServer({"/send": fine, "/token": fine}) as server:
            filled: dict[str, Any] = {
                name: str(value).replace("SERVER", server.url) for name, value in settings.items()
            }
            world = PerformerFakes({"templates": TEMPLATES}, secrets, **filled)
            done = await world.message(channel, template, "+33 1", name='<"Eve">')
            await world.performer.close()
            return done, server.received

    return asyncio.run(main())


def test_gateway_receives_message_id_and_key() -> None:
    done, (received,) = send("sms", "Text", {"prod/provider/sms/value": "Bearer x"}, sms_gateway_url="SERVER/send")
    assert done.error is None
    assert received.json == {"id": done.message_id, "to": "+33 1", "text": 'Hi <"Eve">'}
    assert received.headers["authorization"] == "Bearer x"
    done, (received,) = send("push", "Note", {}, push_gateway_url="SERVER/send")
    assert received.json == {"id": done.message_id, "to": "+33 1", "text": "Hi", "title": 'T <"Eve">'}
    assert "authorization" not in received.headers


def test_gateway_may_have_its_own_form() -> None:
    settings = {
        "sms_gateway_url": "SERVER/send",
        "sms_gateway_header": "X-Key",
        "sms_gateway_body": '{"n": 1, "to": ["{{ to }}"], "content": {"text": "{{text}} ({{ id }})"}}',
    }
    done, (received,) = send("sms", "Text", {"prod/provider/sms/value": "k"}, **settings)
    assert received.json == {"n": 1, "to": ["+33 1"], "content": {"text": f'Hi <"Eve"> ({done.message_id})'}}
    assert received.headers["x-key"] == "k"
    done, nothing = send("sms", "Text", {}, sms_gateway_url="SERVER/send", sms_gateway_body="{")
    assert (done.error, nothing) == ("evaluation", [])


def test_feedback_is_reaction_or_only_counted() -> None:
    assert reaction_of("email", "bounced") == "failed"
    assert reaction_of("email", "unsubscribed") is None


@pytest.fixture
def url() -> Iterator[str]:
    """Run a server in a separate thread, since test calls bring their own event loop."""
    ready, stop, found = threading.Event(), threading.Event(), []

    async def echo(received: Received, reply: Reply) -> None:
        said = {"ok": True, "seen": received.headers.get("x-key", ""), "q": received.query}
        await reply.json(said, X_Echo=received.headers.get("x-key", "-"))

    async def serve() -> None:
        async with RawServer({"/call": echo, "/token": fine}) as server:
            found.append(server.url)
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    yield found[0]
    stop.set()
    thread.join()


def connection_tester(secrets: dict[str, str] | None = None, **settings: Any) -> HttpConnectionTester:
    redactor = Redactor()
    for secret in (secrets or {}).values():
        redactor.add_secret(secret)
    sandboxes = MemorySandboxes({}, **settings)
    return HttpConnectionTester(
        sandboxes, MemorySecrets(secrets or {}), redactor, lambda: HttpClient(tls=TRUSTS_NOBODY)
    )


def test_test_call_shows_response_without_secrets(url: str) -> None:
    source: dict[str, Any] = {
        "name": "S",
        "url": f"{url}/call",
        "auth": {"type": "api_key", "name": "X-Key", "value": "INSERT_SECRET_HERE"},
        "field_groups": [{"name": "G", "parameters": ["id"], "fields": {"ok": "boolean"}}],
    }
    vault = {"prod/data_source/S/value": "canary-vault"}
    shown = connection_tester(vault).call("prod", "data_source", source, {"group": "G", "parameters": {"id": "7"}})
    assert (shown.error, shown.status, format_sentence(shown.message)) == (None, 200, "The call succeeded")
    assert '"q": {"id": "7"}' in shown.body
    assert shown.headers["x-echo"] == "[secret]"
    typed = {**source, "auth": {**source["auth"], "value": "canary-typed"}}
    shown = connection_tester(vault).call("prod", "data_source", typed, {"group": "G"})
    assert shown.headers["x-echo"] == "[secret]"
    assert "canary" not in repr(shown)
    wrong = {**source, "field_groups": [{"name": "G", "fields": {"ok": "string"}}]}
    assert connection_tester(vault).call("prod", "data_source", wrong, {"group": "G"}).error == "malformed"
    assert connection_tester(vault).call("prod", "data_source", source, {"group": "none"}).error == "evaluation"
    assert connection_tester({}).call("prod", "data_source", source, {"group": "G"}).error == "connection"
    closed = connection_tester(vault, allow_local_endpoints=False).call("prod", "data_source", source, {"group": "G"})
    assert closed.error == "connection"


def test_authentication_test_hides_token(url: str) -> None:
    auth = {
        "type": "custom",
        "authorization_type": "bearer",
        "endpoint": f"{url}/token",
        "method": "GET",
        "token_in_response": "json://access_token",
    }
    action = {"name": "A", "url": f"{url}/call", "body": {}, "auth": auth}
    shown = connection_tester().authentication("prod", "action", action)
    assert (shown.error, shown.status, format_sentence(shown.message)) == (None, 200, "A token was received")
    assert "token-1" not in repr(shown)
    wrong = {**action, "auth": {**auth, "token_in_response": "json://none"}}
    assert connection_tester().authentication("prod", "action", wrong).error == "malformed"
    missing = {**action, "auth": {**auth, "endpoint": f"{url}/nowhere"}}
    assert connection_tester().authentication("prod", "action", missing).error == "404"
    assert connection_tester().authentication("prod", "action", {"name": "A"}).error is None
    assert connection_tester().authentication("prod", "segment", {}).error == "evaluation"
    assert connection_tester().authentication("prod", "action", {"name": "1"}).error == "evaluation"
    assert connection_tester().call("prod", "action", action, {"parameters": {}}).error is None
