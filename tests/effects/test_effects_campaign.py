"""Adobe Campaign, Standard and Classic, against servers that play what its documentation describes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalogue import format_sentence
from engine.effects.campaign_classic import push_event
from engine.effects.campaign_standard import check_instance_url, read_templates
from engine.effects.connection_test import HttpConnectionTester
from engine.effects.http import HttpClient, HttpReply
from engine.effects.providers import provider_capping_rules
from engine.effects.redaction import Redactor
from tests.helpers.fake_campaign import CampaignClassic, CampaignStandard
from tests.helpers.journey_builders import activity, arrival, entry, journey, run
from tests.helpers.performer_fakes import TRUSTS_NOBODY, MemorySandboxes, MemorySecrets, PerformerFakes
from tests.helpers.raw_server import RawServer, Received, served

PAYLOAD = {
    "channel": "email",
    "eventType": "welcome",
    "email": "ada@example.com",
    "ctx": {"firstName": 'Ada <3 & "co"', "lines": [{"sku": "a", "n": 2}, {"sku": "b", "n": None}], "vip": True},
}
ACTION = {"name": "Welcome", "type": "campaign_classic", "body": {"eventType": {"value": "welcome"}}}
CLASSIC_SECRET = {"prod/provider/campaign_classic/value": "mc/secret"}
STANDARD_SECRET = {"prod/provider/campaign_standard/body.parameters.client_secret": "secret-1"}
EVENTS = tuple({"PKey": f"@{n}", "name": f"EVT{n}", "label": f"Event {n}", "channel": "email"} for n in range(5))
TEMPLATES = [
    {"name": "EVT0", "channel": "email", "subject": "-", "variables": {"name": "string", "expiration": "string"}},
    {"name": "EVT1", "channel": "push", "title": "-", "variables": {"pushPlatform": "string", "name": "string"}},
    {"name": "EVT9", "channel": "sms", "text": "-"},
]


def classic(
    payload: Any, campaign: CampaignClassic, secrets: dict[str, str] | None = None, **settings: Any
) -> tuple[Any, list[Received]]:
    async def main() -> tuple[Any, list[Received]]:
        async with RawServer(campaign.behaviours) as server:
            found = {"campaign_classic_url": server.url, **settings}
            known = CLASSIC_SECRET if secrets is None else secrets
            world = PerformerFakes({"actions": [ACTION]}, known, **found)
            done = await world.act("Welcome", payload)
            await world.performer.close()
            return done, server.received

    return asyncio.run(main())


def test_message_center_takes_payload_as_event() -> None:
    campaign = CampaignClassic()
    done, (received,) = classic(PAYLOAD, campaign)
    assert (done.error, done.status, done.origin_error) == (None, 200, "")
    ((attributes, context),) = campaign.events
    assert attributes == {"type": "welcome", "wishedChannel": "0", "email": "ada@example.com"}
    assert context.findtext("firstName") == 'Ada <3 & "co"'
    assert [(line.findtext("sku"), line.findtext("n")) for line in context.findall("lines")] == [("a", "2"), ("b", "")]
    assert context.findtext("vip") == "true"
    assert received.headers["idempotency-key"] == "k"


@pytest.mark.parametrize(
    ("payload", "secrets", "code", "said"),
    [
        ({**PAYLOAD, "eventType": "unknown"}, None, "malformed", "Campaign did not take the event"),
        (PAYLOAD, {}, "malformed", "Invalid login or password"),
        ({**PAYLOAD, "email": "nobody"}, None, "malformed", "incorrectly formatted"),
        ({**PAYLOAD, "eventType": None}, None, "evaluation", "no eventType"),
        ({**PAYLOAD, "ctx": [1]}, None, "evaluation", "ctx is no object"),
        ({**PAYLOAD, "ctx": {"first name": 1}}, None, "evaluation", "'first name' cannot be sent"),
        ({**PAYLOAD, 'a" b="1': 1}, None, "evaluation", "cannot be sent"),
        ({**PAYLOAD, "ctx": {"a": "\x0b"}}, None, "evaluation", "control character"),
    ],
)
def test_campaign_refusal_gives_reason(payload: Any, secrets: dict[str, str] | None, code: str, said: str) -> None:
    campaign = CampaignClassic()
    done, received = classic(payload, campaign, secrets)
    assert (done.error, campaign.events) == (code, [])
    assert said in done.origin_error
    assert len(received) == (0 if code == "evaluation" else 1)


def test_payload_may_use_schema_fields() -> None:
    campaign = CampaignClassic()
    payload = {
        "channel": "ios", "eventType": "welcome", "registrationToken": "c3d", "externalId": 1242, "scheduled": None,
        "mobileApp": {"uuid": "236B", "_operation": "none"}}  # fmt: skip
    done, _ = classic(payload, campaign)
    ((attributes, _),) = campaign.events
    assert done.error is None
    assert attributes == {"type": "welcome", "wishedChannel": "41", "registrationToken": "c3d", "externalId": "1242"}
    assert '<mobileApp uuid="236B" _operation="none"></mobileApp>' in push_event(payload, "")


_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=20)
_CONTEXTS = st.recursive(_TEXTS, lambda inner: st.dictionaries(_NAMES, inner, min_size=1, max_size=3), max_leaves=8)


@given(st.dictionaries(_NAMES, _CONTEXTS, max_size=4), _TEXTS)
def test_no_text_can_break_out_of_message(context: dict[str, Any], session: str) -> None:
    def read(element: ET.Element) -> Any:
        return {child.tag: read(child) for child in element} if len(element) else element.text or ""

    root = ET.fromstring(push_event({"eventType": "welcome", "ctx": context}, session))
    found = root.find(".//ctx")
    assert found is not None
    assert (read(found) or {}) == context
    assert root.findtext(".//{urn:nms:rtEvent}sessiontoken") == session


def test_bridge_receives_json_payload_and_token() -> None:
    async def main() -> None:
        campaign = CampaignStandard()

        async def take(received: Received, reply: Any) -> None:
            await reply.json({"ok": True})

        async with RawServer({"/bridge": take, **campaign.behaviours}) as server:
            settings: dict[str, Any] = {"campaign_classic_url": f"{server.url}/bridge"}
            world = PerformerFakes({"actions": [ACTION]}, {**CLASSIC_SECRET}, **settings)
            assert (await world.act("Welcome", PAYLOAD)).error is None
            settings |= {
                "campaign_classic_client_id": "client-1",
                "campaign_classic_token_url": f"{server.url}/ims/token/v3",
            }
            secret = {"prod/provider/campaign_classic/body.parameters.client_secret": "secret-1"}
            other = PerformerFakes({"actions": [ACTION]}, secret, **settings)
            assert (await other.act("Welcome", PAYLOAD)).error is None
            first, second = server.calls("/bridge")
            assert (first.json, first.headers["authorization"]) == (PAYLOAD, "mc/secret")
            assert second.headers["authorization"] == "Bearer token-1"
            await world.performer.close()
            await other.performer.close()

    asyncio.run(main())


def test_missing_url_names_setting() -> None:
    done, received = classic(PAYLOAD, CampaignClassic(), campaign_classic_url="")
    assert (done.error, received) == ("evaluation", [])
    assert "campaign_classic_url" in done.origin_error


def test_provider_caps_cover_all_actions() -> None:
    settings = {
        "campaign_standard_url": "https://mc.adobe.io/geo/campaign/",
        "campaign_classic_url": "https://mc.example.com",
    }
    rules = provider_capping_rules(lambda name: settings.get(name, ""))
    standard = rules["campaign_standard"].limit_for("action", "POST", "https://mc.adobe.io/geo/campaign/mcgeo/EVT1")
    classic_limit = rules["campaign_classic"].limit_for(
        "action", "POST", "https://mc.example.com/nl/jsp/soaprouter.jsp"
    )
    assert standard is not None
    assert classic_limit is not None
    assert (standard.rating.max_calls_count, standard.rating.period_in_ms) == (4_000, 300_000)
    assert (classic_limit.rating.max_calls_count, classic_limit.rating.period_in_ms) == (50_000, 3_600_000)
    assert provider_capping_rules(lambda name: "") == {}
    assert provider_capping_rules(lambda name: "no URL at all") == {}


def test_classic_cap_is_shared_by_actions() -> None:
    async def main() -> list[str | None]:
        campaign = CampaignClassic()
        async with RawServer(campaign.behaviours) as server:
            definitions = {"actions": [ACTION, {**ACTION, "name": "Other"}]}
            world = PerformerFakes(definitions, CLASSIC_SECRET, campaign_classic_url=server.url)
            two = {"action": {"rating": {"maxCallsCount": 3, "periodInMs": 3_600_000}}}
            world.sandboxes.rules = ({"uid": "r", "url": f"{server.url}/*", "methods": ["POST"], "services": two},)
            done = [await world.act(name, PAYLOAD) for name in ("Welcome", "Other", "Welcome", "Other")]
            await world.performer.close()
            assert len(campaign.events) == 3
            return [one.error for one in done]

    assert asyncio.run(main()) == [None, None, None, "capped"]


def test_simulation_shows_payload_and_keeps_cap() -> None:
    definitions = {"actions": [{**ACTION, "body": {
        "eventType": {"value": "welcome"}, "email": {"variable": "To", "type": "string"}}}]}  # fmt: skip
    send = activity("n", "action", action="Welcome", parameters={"To": "@{Enter.id}"})
    file = journey([entry(), send], ["in>n"], definitions=definitions)
    outcome = run(file, arrival("PT0S", "p-1"))
    (call,) = outcome["calls"]
    assert (call["name"], call["method"], call["status"]) == ("Welcome", "POST", 200)
    assert call["body"] == {"eventType": "welcome", "email": "p-1"}
    broken = {"actions": [{**ACTION, "body": {"eventType": {"variable": "To", "type": "string"}}}]}
    none = activity("n", "action", action="Welcome", parameters={"To": "@{Enter.when}"})
    outcome = run(journey([entry(), none], ["in>n"], definitions=broken), arrival("PT0S", "p-1"))  # fmt: skip
    assert outcome["instances"][0]["history"][1]["error"] == "evaluation"


def standard(
    campaign: CampaignStandard,
    work: Callable[[PerformerFakes], Any],
    secrets: dict[str, str] | None = None,
    **more: Any,
) -> Any:
    async def main() -> Any:
        async with RawServer(campaign.behaviours) as server:
            settings = standard_settings(server.url) | more
            world = PerformerFakes(
                {"templates": TEMPLATES}, STANDARD_SECRET if secrets is None else secrets, **settings
            )
            done = await work(world)
            await world.performer.close()
            return done

    return asyncio.run(main())


def standard_settings(url: str) -> dict[str, Any]:
    return {
        "campaign_standard_url": f"{url}/geo/campaign",
        "campaign_standard_organization": "mcgeo",
        "campaign_standard_client_id": "client-1",
        "campaign_standard_token_url": f"{url}/ims/token/v3",
    }


def test_campaign_standard_gets_token_and_transactional_event() -> None:
    campaign = CampaignStandard(EVENTS)
    done = standard(campaign, lambda world: world.message(
        "email", "EVT0", "ada@example.com", name='<"Ada">', expiration="2026-12-31T08:00:00Z"))  # fmt: skip
    assert done.error is None
    (event,) = campaign.events.values()
    assert event == {
        "type": "EVT0",
        "email": "ada@example.com",
        "expiration": "2026-12-31T08:00:00Z",
        "ctx": {"name": '<"Ada">'},
    }
    done = standard(campaign, lambda world: world.message("push", "EVT1", "tok", pushPlatform="apns", name="Ada"))
    assert done.error is None
    assert list(campaign.events.values())[-1] == {
        "type": "EVT1", "registrationToken": "tok", "pushPlatform": "apns", "ctx": {"name": "Ada"}}  # fmt: skip


def test_campaign_standard_renews_token_and_reports_failure() -> None:
    campaign = CampaignStandard(EVENTS, lives=1)

    async def three(world: PerformerFakes) -> list[str | None]:
        return [(await world.message("email", "EVT0", "a@example.com", key=f"k{n}")).error for n in range(3)]

    assert standard(campaign, three) == [None, None, None]
    assert campaign.tokens == 3
    assert standard(CampaignStandard(EVENTS), lambda world: world.message("sms", "EVT9", "+33 1")).error == "404"
    assert standard(CampaignStandard(EVENTS), lambda w: w.message("sms", "EVT9", "+33 1"), {}).error == "connection"
    wrong = dict.fromkeys(STANDARD_SECRET, "wrong")
    assert standard(CampaignStandard(EVENTS), lambda w: w.message("sms", "EVT9", "+33 1"), wrong).error == "400"


def connection_tester(secrets: dict[str, str], **settings: Any) -> HttpConnectionTester:
    sandboxes = MemorySandboxes({}, **settings)
    return HttpConnectionTester(sandboxes, MemorySecrets(secrets), Redactor(), lambda: HttpClient(tls=TRUSTS_NOBODY))


def test_connection_test_lists_all_template_pages() -> None:
    with served(CampaignStandard(EVENTS).behaviours) as server:
        url = server.url
        found = connection_tester(STANDARD_SECRET, **standard_settings(url)).campaign_standard("prod", "")
        assert (found.result.error, found.result.status) == (None, 200)
        assert [(one.name, one.label, one.channel) for one in found.templates] == [
            (event["name"], event["label"], "email") for event in EVENTS
        ]
        elsewhere = connection_tester(STANDARD_SECRET, **standard_settings(url)).campaign_standard(
            "prod", f"{url}/other"
        )
        assert (elsewhere.result.error, elsewhere.templates) == ("404", ())
        wrong = dict.fromkeys(STANDARD_SECRET, "wrong")
        assert connection_tester(wrong, **standard_settings(url)).campaign_standard("prod", "").result.error == "400"
        assert (
            connection_tester({}, **standard_settings(url)).campaign_standard("prod", "").result.error == "connection"
        )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "set campaign_standard_url"),
        ({"campaign_standard_url": "https://x.campaign.adobe.com"}, "set campaign_standard_organization"),
        ({"campaign_standard_url": "https://evil.example", "campaign_standard_organization": "o"}, "must end with"),
    ],
)
def test_incomplete_settings_prevent_calls(settings: dict[str, Any], said: str) -> None:
    found = connection_tester({}, allow_local_endpoints=False, **settings).campaign_standard("prod", "")
    assert found.result.error == "evaluation"
    assert said in format_sentence(found.result.message)


def test_next_page_on_other_host_is_refused() -> None:
    page = {"content": [{"name": "A"}, {"label": "nameless"}, 3], "next": {"href": "https://evil.example/more"}}
    asked = "https://mc.adobe.io/geo/campaign/mcgeo"
    templates, following = read_templates(HttpReply(200, {}, json.dumps(page).encode()), asked)
    assert ([one.name for one in templates], following) == (["A"], "")
    page["next"] = {"href": "mcgeo?_lineStart=3"}
    assert read_templates(HttpReply(200, {}, json.dumps(page).encode()), asked)[1].startswith("https://mc.adobe.io/")


def test_classic_action_test_shows_response() -> None:
    campaign = CampaignClassic()
    body = {"eventType": {"value": "welcome"}, "email": {"variable": "To", "type": "string"}}
    with served(campaign.behaviours) as server:
        tried = connection_tester(CLASSIC_SECRET, campaign_classic_url=server.url)
        shown = tried.call("prod", "action", {**ACTION, "body": body}, {"parameters": {"To": "a@example.com"}})
        assert (shown.error, shown.status) == (None, 200)
        shown = tried.call("prod", "action", {**ACTION, "body": body}, {"parameters": {"To": "nobody"}})
        assert shown.error == "malformed"
        assert "incorrectly formatted" in format_sentence(shown.message)
    assert len(campaign.events) == 1


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://x.campaign.adobe.com/", True),
        ("https://x.ats.adobe.com", True),
        ("https://mc.adobe.io/geo/campaign", True),
        ("http://x.campaign.adobe.com", False),
        ("https://campaign.adobe.com.evil.example", False),
        ("https://evil.example/x.campaign.adobe.com", False),
        ("https://x.campaign.adobe.com@evil.example", False),
    ],
)
def test_instance_url_requires_https_campaign_host(url: str, good: bool) -> None:
    assert (check_instance_url(url) is None) == good
