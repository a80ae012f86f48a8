"""Messages through HTTP: gateways, Adobe Campaign Standard; and the back end of the "test" buttons."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from engine.effects.gateways import built_in_capping, check_campaign_standard_url
from engine.effects.http import HttpClient
from engine.effects.messages import reaction_of
from engine.effects.probe import HttpProber
from engine.effects.redaction import Redactor
from tests.helpers.outside import TRUSTS_NOBODY, MemorySandboxes, MemorySecrets, Outside
from tests.helpers.raw_server import RawServer, Received, Reply

TEMPLATES = [
    {"name": "Text", "channel": "sms", "text": "Hi {{ name }}", "variables": {"name": "string"}},
    {"name": "Note", "channel": "push", "title": "T {{ name }}", "text": "Hi", "variables": {"name": "string"}},
]


async def fine(received: Received, reply: Reply) -> None:
    await reply.json({"access_token": "token-1"})


def send(channel: str, template: str, secrets: dict[str, str], **settings: Any) -> tuple[Any, list[Received]]:
    async def main() -> tuple[Any, list[Received]]:
        async with RawServer({"/send": fine, "/token": fine, "/acs/org/Text": fine}) as server:
            filled = {name: str(value).replace("SERVER", server.url) for name, value in settings.items()}
            world = Outside({"templates": TEMPLATES}, secrets, **filled)
            done = await world.message(channel, template, "+33 1", name='<"Eve">')
            await world.performer.close()
            return done, server.received

    return asyncio.run(main())


def test_a_gateway_gets_the_message_its_id_and_its_key() -> None:
    done, (received,) = send("sms", "Text", {"prod/provider/sms/value": "Bearer x"}, sms_gateway_url="SERVER/send")
    assert done.error is None
    assert received.json == {"id": done.message_id, "to": "+33 1", "text": 'Hi <"Eve">'}
    assert received.headers["authorization"] == "Bearer x"
    done, (received,) = send("push", "Note", {}, push_gateway_url="SERVER/send")
    assert received.json == {"id": done.message_id, "to": "+33 1", "text": "Hi", "title": 'T <"Eve">'}
    assert "authorization" not in received.headers


def test_a_gateway_may_have_its_own_form() -> None:
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


def test_campaign_standard_gets_a_token_and_the_transactional_event() -> None:
    settings = {
        "campaign_standard_url": "SERVER/acs",
        "campaign_standard_organization": "org",
        "campaign_standard_client_id": "c-1",
        "campaign_standard_token_url": "SERVER/token",
    }
    done, (token, event) = send("sms", "Text", {
        "prod/provider/campaign_standard/body.parameters.client_secret": "s"}, **settings)  # fmt: skip
    assert done.error is None
    assert b"grant_type=client_credentials&client_id=c-1&client_secret=s" in token.body
    assert (event.method, event.path) == ("POST", "/acs/org/Text")
    assert (event.headers["authorization"], event.headers["x-api-key"]) == ("Bearer token-1", "c-1")
    assert event.json == {"mobilePhone": "+33 1", "ctx": {"name": '<"Eve">'}}


def test_campaign_standard_is_capped_at_four_thousand_calls_in_five_minutes() -> None:
    (rule,) = built_in_capping(lambda name: "https://x.campaign.adobe.com").values()
    limit = rule.limit_for("action", "POST", "https://x.campaign.adobe.com/org/event")
    assert limit is not None
    assert (limit.rating.max_calls_count, limit.rating.period_in_ms) == (4_000, 300_000)
    assert built_in_capping(lambda name: "") == {}


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://x.campaign.adobe.com/", True),
        ("https://x.ats.adobe.com", True),
        ("http://x.campaign.adobe.com", False),
        ("https://campaign.adobe.com.evil.example", False),
        ("https://evil.example/x.campaign.adobe.com", False),
    ],
)
def test_an_instance_url_is_https_on_a_host_of_campaign(url: str, good: bool) -> None:
    assert (check_campaign_standard_url(url) is None) == good


def test_feedback_is_a_reaction_or_only_counted() -> None:
    assert reaction_of("email", "bounced") == "failed"
    assert reaction_of("email", "unsubscribed") is None


@pytest.fixture
def url() -> Iterator[str]:
    """A server in a thread of its own, since trial calls bring their own event loop."""
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


def prober(secrets: dict[str, str] | None = None, **settings: Any) -> HttpProber:
    redactor = Redactor()
    for secret in (secrets or {}).values():
        redactor.learn(secret)
    sandboxes = MemorySandboxes({}, **settings)
    return HttpProber(sandboxes, MemorySecrets(secrets or {}), redactor, lambda: HttpClient(tls=TRUSTS_NOBODY))


def test_a_trial_call_shows_what_came_back_without_secrets(url: str) -> None:
    source: dict[str, Any] = {
        "name": "S",
        "url": f"{url}/call",
        "auth": {"type": "api_key", "name": "X-Key", "value": "INSERT_SECRET_HERE"},
        "field_groups": [{"name": "G", "parameters": ["id"], "fields": {"ok": "boolean"}}],
    }
    vault = {"prod/data_source/S/value": "canary-vault"}
    shown = prober(vault).call("prod", "data_source", source, {"group": "G", "parameters": {"id": "7"}})
    assert (shown.error, shown.status, shown.message) == (None, 200, "The call succeeded")
    assert '"q": {"id": "7"}' in shown.body
    assert shown.headers["x-echo"] == "[secret]"
    typed = {**source, "auth": {**source["auth"], "value": "canary-typed"}}
    shown = prober(vault).call("prod", "data_source", typed, {"group": "G"})
    assert shown.headers["x-echo"] == "[secret]"
    assert "canary" not in repr(shown)
    wrong = {**source, "field_groups": [{"name": "G", "fields": {"ok": "string"}}]}
    assert prober(vault).call("prod", "data_source", wrong, {"group": "G"}).error == "malformed"
    assert prober(vault).call("prod", "data_source", source, {"group": "none"}).error == "evaluation"
    assert prober({}).call("prod", "data_source", source, {"group": "G"}).error == "connection"
    closed = prober(vault, allow_local_endpoints=False).call("prod", "data_source", source, {"group": "G"})
    assert closed.error == "connection"


def test_a_trial_of_an_authentication_fetches_a_token_and_does_not_show_it(url: str) -> None:
    auth = {
        "type": "custom",
        "authorization_type": "bearer",
        "endpoint": f"{url}/token",
        "method": "GET",
        "token_in_response": "json://access_token",
    }
    action = {"name": "A", "url": f"{url}/call", "body": {}, "auth": auth}
    shown = prober().authentication("prod", "action", action)
    assert (shown.error, shown.status, shown.message) == (None, 200, "A token was received")
    assert "token-1" not in repr(shown)
    wrong = {**action, "auth": {**auth, "token_in_response": "json://none"}}
    assert prober().authentication("prod", "action", wrong).error == "malformed"
    missing = {**action, "auth": {**auth, "endpoint": f"{url}/nowhere"}}
    assert prober().authentication("prod", "action", missing).error == "404"
    assert prober().authentication("prod", "action", {"name": "A"}).error is None
    assert prober().authentication("prod", "segment", {}).error == "evaluation"
    assert prober().authentication("prod", "action", {"name": "1"}).error == "evaluation"
    assert prober().call("prod", "action", action, {"parameters": {}}).error is None
