"""The suppression list as data: commands, feedback by address, columns of an import, scenarios."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import SojournError
from engine.simulation.scenario import read_scenario
from engine.simulation.simulation import simulate
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, running
from tests.helpers.journey_builders import activity, entry, journey

FILE = journey(
    [
        entry(),
        activity("mail", "email", template="Welcome", address="@{Enter.when}", parameters={"firstName": '"A"'},
                 on_error=True),
        activity("no", "end", 1),
    ],
    ["in>mail", "mail:error>no"],
)  # fmt: skip


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def listed(place: EmbeddedEngine, search: str = "") -> list[tuple[str, str]]:
    return sorted((row.channel, row.address) for row in place.engine.suppressions.list(CALLER, search).rows)


def test_addresses_come_and_go(place: EmbeddedEngine) -> None:
    suppressions = place.engine.suppressions
    assert suppressions.add(CALLER, "email", ["Ann@Example.com", "ann@example.com", "bo@example.com"]) == 2
    assert listed(place, "ANN@example.com") == [("email", "ann@example.com")]
    suppressions.remove(CALLER, "email", " ANN@EXAMPLE.COM")
    assert listed(place) == [("email", "bo@example.com")]
    with pytest.raises(SojournError) as unknown:
        suppressions.remove(CALLER, "email", "ann@example.com")
    with pytest.raises(SojournError) as empty:
        suppressions.add(CALLER, "email", [" "])
    with pytest.raises(SojournError) as channel:
        suppressions.add(CALLER, "fax", ["1"])
    codes = [one.value.code for one in (unknown, empty, channel)]
    assert codes == ["suppression_unknown", "suppression_address", "suppression_channel"]
    said = [line.what for line in place.engine.access.audit(CALLER)]
    assert said == ["remove_suppression", "add_suppression"]


def test_feedback_names_an_address(place: EmbeddedEngine) -> None:
    answer = place.engine.events.feedback(
        CALLER,
        [
            {"kind": "unsubscribed", "address": "Ann@Example.com"},
            {"kind": "unsubscribed", "address": "+82 10 5555 0142"},
            {"kind": "unsubscribed", "address": "token", "channel": "push"},
            {"kind": "unsubscribed", "address": 7},
            {"kind": "unsubscribed", "address": "a@b.cd", "channel": "fax"},
            {"kind": "opened", "address": "a@b.cd"},
        ],
    )
    assert [(one.index, one.field) for one in answer.errors] == [(3, "address"), (4, "channel"), (5, "message")]
    assert listed(place) == [("email", "ann@example.com"), ("push", "token"), ("sms", "+821055550142")]


def test_columns_of_an_import_are_honoured(place: EmbeddedEngine) -> None:
    place.engine.profiles.import_text(
        CALLER,
        "identity:CRMID,identity:Email,identity:Phone,doNotEmail,doNotSms\n"
        "c1,Ann@example.com,+82 10 5555 0142,true,false\nc2,bo@example.com,+49 30 123456,,1\n",
        "csv",
    )
    assert listed(place) == [("email", "ann@example.com"), ("sms", "+4930123456")]
    place.engine.profiles.import_text(CALLER, "identity:CRMID,doNotEmail\nc2,true\n", "csv")
    assert ("email", "bo@example.com") in listed(place)
    version = place.publish(FILE)
    for key, mail in (("p1", "ANN@example.com"), ("p2", "cy@example.com")):
        place.send(key, when=mail)
    place.settle(version, completed=2)
    assert [one.to for one in place.engine.reports.messages(CALLER)] == ["cy@example.com"]


def test_scenario_honours_the_same_attribute() -> None:
    profile = {"identities": {"CRMID": "c1", "Email": "ann@example.com"}, "attributes": {"doNotEmail": True}}
    events = [{"at": "PT0S", "event": "Enter", "payload": {"id": "c1", "when": "Ann@example.com"}}]
    scenario = {"start": "2026-03-10T08:00:00Z", "profiles": [profile], "events": events}
    assert simulate([FILE], read_scenario(json.dumps(scenario)))["messages"] == []


SILENCING = journey(
    [
        entry(),
        activity("set", "update_profile", field="Profile.doNotEmail", value="true"),
    ],
    ["in>set"],
    definitions={
        "data_sources": [
            {
                "name": "ExperiencePlatform",
                "field_groups": [
                    {"name": "Profile", "schema": "profile", "fields": {"doNotEmail": "boolean", "points": "integer"}}
                ],
            }
        ]
    },
)


def test_wish_of_a_journey_counts_for_later_addresses(place: EmbeddedEngine) -> None:
    place.engine.profiles.import_text(CALLER, '{"identities": {"CRMID": "p1", "Email": "ann@example.com"}}')
    version = place.publish(SILENCING)
    place.send("p1")
    place.settle(version, completed=1)
    assert listed(place) == [("email", "ann@example.com")]
    place.engine.profiles.import_text(CALLER, '{"identities": {"CRMID": "p1", "Email": "new@example.com"}}')
    assert listed(place) == [("email", "ann@example.com"), ("email", "new@example.com")]
    place.engine.suppressions.remove(CALLER, "email", "new@example.com")
    place.engine.profiles.import_text(CALLER, '{"identities": {"CRMID": "p1"}, "attributes": {"firstName": "Ann"}}')
    assert listed(place) == [("email", "ann@example.com")]
