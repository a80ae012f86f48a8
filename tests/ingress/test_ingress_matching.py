"""Which events an entity is, and what is wrong with it (runtime.md, Events in)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.ingress.matching import Matcher, jump_payload, key_field, match
from engine.model.definitions import Definitions, EventDefinition

EVENT_ID = "6f1c0000-0000-4000-8000-000000000001"


def event(**settings: Any) -> dict[str, Any]:
    fields = {
        "id": {"type": "string", "required": True},
        "count": "integer",
        "price": "decimal",
        "ok": "boolean",
        "day": "dateOnly",
        "at": "dateTime",
        "local": "dateTimeOnly",
        "length": "duration",
        "tags": "listString",
        "channel": {"type": "string", "enum": ["app", "web"]},
        "where": {"city": {"type": "string", "required": True}, "zip": "integer"},
        "lines": [{"sku": {"type": "string", "required": True}}],
        "identityMap": {"*": [{"id": "string"}]},
    }
    return {
        "name": "E",
        "type": "system",
        "event_id": EVENT_ID,
        "fields": fields,
        "namespace": "CRMID",
        "key": "@{E.id}",
        **settings,
    }


def definitions(*events: dict[str, Any]) -> Definitions:
    return Definitions(events=tuple(EventDefinition.model_validate_json(_json(one)) for one in events))


def _json(value: Any) -> str:
    return json.dumps(value)


ONE = Matcher(definitions(event()))


def with_id(**payload: Any) -> dict[str, Any]:
    return {**payload, "_experience": {"campaign": {"orchestration": {"eventID": EVENT_ID}}}}


def test_event_id_selects_definition() -> None:
    entity = with_id(id="p1", other=[1])
    found = ONE.match(entity)
    assert found.refusals == ()
    assert [(one.event, one.key, one.namespace) for one in found.matches] == [("E", "p1", "CRMID")]
    assert found.matches[0].payload == entity


@pytest.mark.parametrize(
    ("payload", "code", "field"),
    [
        ({}, "missing_field", "id"),
        ({"id": None}, "missing_field", "id"),
        ({"id": 5}, "wrong_type", "id"),
        ({"id": ""}, "empty_key", "id"),
        ({"id": "  "}, "empty_key", "id"),
        ({"id": "k" * 501}, "wrong_type", "id"),
        ({"id": "p", "count": 1.5}, "wrong_type", "count"),
        ({"id": "p", "count": True}, "wrong_type", "count"),
        ({"id": "p", "count": 2**63}, "wrong_type", "count"),
        ({"id": "p", "price": "1"}, "wrong_type", "price"),
        ({"id": "p", "ok": 1}, "wrong_type", "ok"),
        ({"id": "p", "day": "2026-02-30"}, "wrong_type", "day"),
        ({"id": "p", "at": "2026-03-10T08:00:00"}, "wrong_type", "at"),
        ({"id": "p", "local": "2026-03-10T08:00:00Z"}, "wrong_type", "local"),
        ({"id": "p", "length": "5 minutes"}, "wrong_type", "length"),
        ({"id": "p", "tags": ["a", 1]}, "wrong_type", "tags"),
        ({"id": "p", "tags": "a"}, "wrong_type", "tags"),
        ({"id": "p", "channel": "mail"}, "wrong_type", "channel"),
        ({"id": "p", "where": {}}, "missing_field", "where.city"),
        ({"id": "p", "where": []}, "wrong_type", "where"),
        ({"id": "p", "where": {"city": "x", "zip": "y"}}, "wrong_type", "where.zip"),
        ({"id": "p", "lines": {}}, "wrong_type", "lines"),
        ({"id": "p", "lines": [1]}, "wrong_type", "lines[0]"),
        ({"id": "p", "lines": [None, {"sku": "a"}, {}]}, "missing_field", "lines[2].sku"),
        ({"id": "p", "identityMap": {"Email": [{"id": 3}]}}, "wrong_type", "identityMap.Email[0].id"),
        ({"id": "p", "identityMap": 3}, "wrong_type", "identityMap"),
    ],
)
def test_errors_name_their_field(payload: dict[str, Any], code: str, field: str) -> None:
    found = ONE.match(with_id(**payload))
    assert found.matches == ()
    (refusal,) = found.refusals
    assert (refusal.code, refusal.field, refusal.event, refusal.accepted) == (code, field, "E", False)
    assert field in str(refusal.phrase)


def test_valid_event_is_accepted() -> None:
    payload = {
        "id": "p",
        "count": -3,
        "price": 4,
        "ok": False,
        "day": "2026-02-28",
        "at": "2026-03-10T08:00:00+02:00",
        "local": "2026-03-10T08:00",
        "length": "PT5M",
        "tags": [],
        "channel": "web",
        "where": {"city": "x", "zip": None},
        "lines": [],
        "identityMap": {"Email": [{"id": "a"}], "none": None},
    }
    assert ONE.match(with_id(**payload)).matches[0].key == "p"


def test_every_rule_that_holds_counts() -> None:
    rules = [
        event(name="Big", type="rule", rule="@{Big.price} > 100", key="@{Big.id}", event_id=None),
        event(name="App", type="rule", rule='@{App.channel} == "app"', key="@{App.id}", event_id=None),
        event(name="Broken", type="rule", rule="@{Broken.nothing} == 1", key="@{Broken.id}", event_id=None),
    ]
    matcher = Matcher(definitions(*rules))
    both = matcher.match({"id": "p", "price": 101, "channel": "app"})
    assert [one.event for one in both.matches] == ["Big", "App"]
    one = matcher.match({"price": 101})
    assert [(refusal.event, refusal.code) for refusal in one.refusals] == [("Big", "missing_field")]
    none = matcher.match({"id": "p", "price": "no number"})
    assert [(refusal.code, refusal.accepted) for refusal in none.refusals] == [("no_match", True)]


@pytest.mark.parametrize("event_id", ["unknown", 5, EVENT_ID.upper()])
def test_unknown_event_id_is_refused(event_id: Any) -> None:
    entity = {"id": "p", "_experience": {"campaign": {"orchestration": {"eventID": event_id}}}}
    (refusal,) = ONE.match(entity).refusals
    assert (refusal.code, refusal.field) == ("no_match", "_experience.campaign.orchestration.eventID")
    assert not refusal.accepted


def test_names_may_replace_ids() -> None:
    assert match(definitions(event()), {"id": "p"}, "E").matches[0].key == "p"
    assert match(definitions(event()), {"id": "p"}, "F").refusals[0].field == "event"
    assert match(definitions(event()), [1]).refusals[0].code == "no_match"


def test_keys_are_texts_and_may_be_computed() -> None:
    number = Matcher(definitions(event(key="@{E.count}")))
    assert number.match({"id": "p", "count": 42}, "E").matches[0].key == "42"
    computed = Matcher(definitions(event(key="@{E.id} + toString(toInteger(@{E.channel}))")))
    assert computed.match({"id": "p", "channel": "app"}, "E").refusals[0].code == "empty_key"
    broken = Matcher(definitions(event(key="@{E.nothing}")))
    assert broken.match({"id": "p"}, "E").refusals[0].field == "nothing"
    assert key_field(definitions(event(key="@{E.id} + @{E.count}")).events[0]) == "key"


def test_jump_fills_plain_key_field() -> None:
    plain, nested, number, computed = (
        definitions(event(key=key)).events[0]
        for key in ("@{E.id}", "@{ E.where.city }", "@{E.count}", "upper(@{E.id})")
    )
    assert jump_payload(plain, {"count": 3, "where.zip": 5}, "k") == {"count": 3, "where": {"zip": 5}, "id": "k"}
    assert jump_payload(nested, {"where": {"zip": 1}}, "k") == {"where": {"zip": 1, "city": "k"}}
    assert jump_payload(number, {}, "42") == {"count": 42}
    assert jump_payload(number, {}, "x") == {"count": "x"}
    assert jump_payload(computed, {}, "k") == {}
    strange = definitions(event(key="@{E.gone.away}")).events[0]
    assert jump_payload(strange, {"gone": 1}, "k") == {"gone": {"away": "k"}}
