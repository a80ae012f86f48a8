"""Who unsubscribed is written to no more, in the channel where it was said: the same in both runners."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.simulation.scenario import read_scenario
from engine.simulation.simulation import simulate
from tests.helpers.embedded_engine import CALLER, running
from tests.helpers.journey_builders import activity, entry, journey

PHONE = '"+82 10 5555 0142"'
FILE = journey(
    [
        entry(),
        activity("code", "sms", template="Code", address=PHONE, parameters={"code": "1"}, on_error=True),
        activity("ping", "push", 1, template="Ping", address=PHONE),
        activity("instead", "push", 1, 1, template="Ping", address=PHONE),
    ],
    ["in>code", "code>ping", "code:error>instead"],
)
NAMED = {"firstName": '"Ann"'}
COUNTED = ("sent", "unsubscribed", "opened", "errors", "errors_in_action", "completed")


def simulated() -> dict[str, float]:
    told = ("unsubscribed", "unsubscribed", "opened", "opened")
    events = [
        {"at": "PT0S", "event": "Enter", "payload": {"id": "p1"}},
        *({"at": "PT1S", "message": kind, "of": "code", "key": "p1"} for kind in told),
        {"at": "PT2S", "event": "Enter", "payload": {"id": "p2"}},
    ]
    outcome = simulate([FILE], read_scenario(json.dumps({"start": "2026-03-10T08:00:00Z", "events": events})))
    metrics: dict[str, float] = outcome["journeys"]["J"]["metrics"]
    return metrics


def embedded(folder: Path) -> dict[str, float]:
    with running(folder) as place:
        version = place.publish(FILE)
        place.send("p1")
        place.settle(version, completed=1)
        (message,) = [one.id for one in place.engine.reports.messages(CALLER) if one.activity == "code"]
        for kind in ("unsubscribed", "unsubscribed", "opened", "opened"):
            place.engine.events.feedback(CALLER, [{"message": message, "kind": kind}])
        place.send("p2")
        place.settle(version, completed=2)
        metrics: dict[str, float] = place.engine.reports.summary(CALLER)["J"]["metrics"]
        return metrics


def test_unsubscribed_channel_is_skipped_by_both_runners(tmp_path: Path) -> None:
    here, there = simulated(), embedded(tmp_path / "w")
    assert [here[name] for name in COUNTED] == [3, 1, 1, 1, 1, 2]
    assert here == there


ADDRESSED = journey(
    [
        entry(),
        activity("mail", "email", template="Welcome", address="@{Enter.when}", parameters=NAMED, on_error=True),
        activity("code", "sms", template="Code", address="@{Enter.when}", parameters={"code": "1"}, on_error=True),
        activity("no", "end", 1),
    ],
    ["in>mail", "mail:error>code", "code:error>no"],
)
SPELLED = (
    ("mail", ("Ann@Example.com", "ann@example.com", "ANN@EXAMPLE.COM", " Ann@Example.com")),
    ("code", ("+82 10 5555 0142", "+821055550142", "0082-10-5555-0142")),
)


@pytest.mark.parametrize(("activity_id", "spellings"), SPELLED)
def test_unsubscribed_address_has_many_spellings(tmp_path: Path, activity_id: str, spellings: tuple[str, ...]) -> None:
    first = {"id": "p0", "when": spellings[0]}
    events = [
        {"at": "PT0S", "event": "Enter", "payload": first},
        {"at": "PT1S", "message": "unsubscribed", "of": activity_id, "key": "p0"},
        *(
            {"at": "PT2S", "event": "Enter", "payload": {"id": f"p{n}", "when": one}}
            for n, one in enumerate(spellings, 1)
        ),
    ]
    outcome = simulate([ADDRESSED], read_scenario(json.dumps({"start": "2026-03-10T08:00:00Z", "events": events})))
    assert [one["to"] for one in outcome["messages"] if one["activity"] == activity_id] == [spellings[0]]
    with running(tmp_path / "w") as place:
        version = place.publish(ADDRESSED)
        place.send("p0", when=spellings[0])
        place.settle(version, completed=1)
        (message,) = place.engine.reports.messages(CALLER)
        place.engine.events.feedback(CALLER, [{"message": message.id, "kind": "unsubscribed"}])
        for n, one in enumerate(spellings, 1):
            place.send(f"p{n}", when=one)
        place.settle(version, completed=1 + len(spellings))
        sent = place.engine.reports.messages(CALLER)
        assert [one.to for one in sent if one.activity == activity_id] == [spellings[0]]


def test_message_goes_to_trimmed_address() -> None:
    events = [{"at": "PT0S", "event": "Enter", "payload": {"id": "p", "when": " Mia@Example.com "}}]
    outcome = simulate([ADDRESSED], read_scenario(json.dumps({"start": "2026-03-10T08:00:00Z", "events": events})))
    assert [one["to"] for one in outcome["messages"]] == ["Mia@Example.com"]
