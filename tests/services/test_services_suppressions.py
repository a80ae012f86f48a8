"""The suppression list as data: commands, feedback by address, columns of an import, scenarios."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli import main
from engine.errors import SojournError
from engine.services.address_files import read_addresses
from engine.services.suppressions import MAX_ADDRESSES
from engine.services.text_encoding import decode_text
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


def test_impossible_addresses_are_refused(place: EmbeddedEngine) -> None:
    suppressions = place.engine.suppressions
    for channel, address in (("email", "a@b@c"), ("email", "a b@c.d"), ("sms", "many"), ("sms", "1"), ("push", "a b")):
        with pytest.raises(SojournError) as refused:
            suppressions.add(CALLER, channel, ["+821055550142" if channel == "sms" else "a@b.cd", address])
        assert refused.value.code == "suppression_impossible"
    with pytest.raises(SojournError) as many:
        suppressions.add(CALLER, "email", ["a@b.cd"] * (MAX_ADDRESSES + 1))
    assert many.value.code == "suppression_many"
    assert listed(place) == []


def test_addresses_are_removed_all_or_none(place: EmbeddedEngine) -> None:
    suppressions = place.engine.suppressions
    suppressions.add(CALLER, "email", ["a@example.com", "b@example.com"])
    with pytest.raises(SojournError, match=r"c@example\.com"):
        suppressions.remove(CALLER, "email", ("a@example.com", "c@example.com"))
    assert len(listed(place)) == 2
    suppressions.remove(CALLER, "email", ("a@example.com", "b@example.com"))
    assert listed(place) == []


EXPORTS = {
    "one-a-line": ("ann@example.com\nbo@example.com\n", "utf-8"),
    "mailchimp": (
        "Email Address,First Name,UNSUB_TIME,EMAIL_TYPE\nann@example.com,Ann,2026-01-02,html\nbo@example.com,,,\n",
        "utf-8-sig",
    ),
    "excel-korean": ("이름;이메일\n김;ann@example.com\n이;BO@example.com\n", "cp949"),
    "excel-german": ("Name;E-Mail-Adresse\nZoë;ann@example.com\nJörg;bo@example.com\n", "cp1252"),
    "unicode-text": ("id\te-mail\n7\tann@example.com\n8\tbo@example.com\n", "utf-16"),
    "no-head": ("7;ann@example.com\n8;bo@example.com\n", "utf-8"),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_exported_addresses_are_found(name: str) -> None:
    text, encoding = EXPORTS[name]
    rows = list(read_addresses(decode_text(text.encode(encoding)), "email"))
    assert [row.address.lower() for row in rows if row.good] == ["ann@example.com", "bo@example.com"]
    assert all(row.good for row in rows)


def test_command_imports_addresses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, location = tmp_path / "old.csv", ["--workspace", str(tmp_path / "w")]
    file.write_text("Email sent,Contact mail\nyes,ann@example.com\nno,nobody\n")
    load = ["suppressions", "import", str(file), *location]
    with pytest.raises(SojournError, match="--column"):
        main(load)
    with pytest.raises(SojournError, match="Mail"):
        main([*load, "--column", "Mail"])
    with pytest.raises(SojournError, match="--skip"):
        main([*load, "--column", "contact mail"])
    assert main([*load, "--column", "contact mail", "--skip"]) == 0
    assert "1 added, 1 refused" in capsys.readouterr().out
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("phone\n+82 10 5555 0142\n")
    assert main(["suppressions", "import", str(numbers), "--channel", "sms", *location]) == 0
    assert "1 added" in capsys.readouterr().out


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
