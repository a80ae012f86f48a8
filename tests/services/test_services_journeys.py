"""Services: files in and out, the states of a journey, permissions, secrets, test mode."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.activities.event import EventActivity
from engine.errors import SojournError
from engine.model import journey_file
from engine.model.definitions import Profile
from engine.services.access import NotPermittedError
from engine.services.views import Caller
from engine.store import access_queries
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, running
from tests.helpers.journey_builders import activity, entry, journey, notify

WAITING = journey(
    [entry(), activity("wait", "wait.duration", duration="PT6H"), notify("told")], ["in>wait", "wait>told"]
)
LOBBY = Path(__file__).resolve().parents[2] / "resources" / "samples" / "lobby-and-restaurant.journey.json"
GIVEN = ("$.data_sources[1].auth.password=hush-one", "$.actions[0].auth.value=hush-two")


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def refused(code: str, call: Any, *arguments: Any, **named: Any) -> SojournError:
    with pytest.raises(SojournError) as caught:
        call(*arguments, **named)
    assert caught.value.code == code, caught.value
    return caught.value


def test_file_round_trip_without_secrets(place: EmbeddedEngine) -> None:
    text = LOBBY.read_text("utf-8")
    place.engine.journeys.import_file(CALLER, text, GIVEN)
    exported = place.engine.journeys.export(CALLER, "Lobby and restaurant")
    assert exported == journey_file.write(journey_file.read(text))


def test_secrets_are_in_vault_alone(place: EmbeddedEngine, workspace: Path) -> None:
    place.engine.journeys.import_file(CALLER, LOBBY.read_text("utf-8"), GIVEN)
    names = place.engine.settings.secrets(CALLER)
    assert {"action/SendPush/value", "data_source/Reservations/password"} <= set(names)
    assert place.owner.secrets.get("prod/action/SendPush/value") == "hush-two"
    for file in workspace.rglob("*"):
        if file.is_file():
            assert b"hush" not in file.read_bytes(), file


def test_placeholders_without_values_are_listed(place: EmbeddedEngine) -> None:
    error = refused("secrets_missing", place.engine.journeys.import_file, CALLER, LOBBY.read_text("utf-8"))
    assert "$.data_sources[1].auth.password" in error.message
    assert "$.actions[0].auth.value" in error.message
    assert place.engine.journeys.list(CALLER) == ()
    assert place.engine.definitions.list(CALLER, "event") == ()


def test_known_secret_may_be_omitted(place: EmbeddedEngine) -> None:
    place.engine.settings.set_secret(CALLER, "action/SendPush/value", "a")
    place.engine.settings.set_secret(CALLER, "data_source/Reservations/password", "b")
    assert place.engine.journeys.import_file(CALLER, LOBBY.read_text("utf-8")).version.state == "draft"


@pytest.mark.parametrize(
    ("assignment", "code"),
    [
        ("$.nowhere.at=1", "path_missing"),
        ("$.events[9].name=x", "path_missing"),
        ("events=1", "path_malformed"),
        ("$.format", "path_malformed"),
        ("$.journey.name=7", "ok"),
        ("$.journey.activities[1].duration=soon", "file_wrong_type"),
    ],
)
def test_set_changes_file_before_it_is_read(place: EmbeddedEngine, assignment: str, code: str) -> None:
    text = journey_file.write(WAITING)
    if code == "ok":
        assert place.engine.journeys.import_file(CALLER, text, (assignment,)).version.name == "7"
    else:
        refused(code, place.engine.journeys.import_file, CALLER, text, (assignment,))


def test_differing_definition_is_refused_renamed_or_replaced(place: EmbeddedEngine) -> None:
    place.publish(WAITING)
    document = json.loads(journey_file.write(WAITING))
    document["journey"]["name"] = "K"
    document["events"][0]["fields"]["extra"] = "string"
    text = json.dumps(document)
    assert "Enter" in refused("definition_differs", place.engine.journeys.import_file, CALLER, text).message
    done = place.engine.journeys.import_file(CALLER, text, differing="rename")
    assert done.renamed == {"Enter": "Enter_2"}
    opened = place.engine.journeys.open(CALLER, done.version.id)
    assert isinstance(opened.activities[0], EventActivity)
    assert opened.activities[0].event == "Enter_2"
    document["journey"]["name"] = "L"
    assert place.engine.journeys.import_file(CALLER, json.dumps(document), differing="replace").replaced == ("Enter",)


def test_importing_journey_again_makes_its_next_version(place: EmbeddedEngine) -> None:
    first = place.publish(WAITING)
    second = place.publish(WAITING)
    assert (first.version, second.version, second.state) == (1, 2, "live")
    assert place.engine.journeys.row(CALLER, first.id).state == "closed"
    place.engine.journeys.new_version(CALLER, "J")
    refused("journey_state", place.engine.journeys.import_file, CALLER, journey_file.write(WAITING))


def test_journey_with_errors_is_not_published(place: EmbeddedEngine) -> None:
    broken = journey([entry(), activity("told", "action", action="Nobody")], ["in>told"])
    text = journey_file.write(broken)
    refused("journey_has_errors", place.engine.journeys.import_file, CALLER, text, publish=True)
    assert place.engine.journeys.list(CALLER) == (), "nothing is written when anything is refused"
    row = place.engine.journeys.import_file(CALLER, text).version
    assert [issue.severity for issue in place.engine.journeys.validate(CALLER, row.id)].count("error") >= 1
    refused("journey_has_errors", place.engine.journeys.publish, CALLER, row.id)


def test_published_version_keeps_its_logic(place: EmbeddedEngine) -> None:
    row = place.publish(WAITING)
    version = place.engine.journeys.open(CALLER, row.id)
    place.engine.journeys.save(CALLER, row.id, version.model_copy(update={"description": "new words"}))
    refused("journey_read_only", place.engine.journeys.save, CALLER, row.id, version.model_copy(update={"edges": ()}))
    refused("journey_state", place.engine.journeys.delete, CALLER, row.id)
    copy = place.engine.journeys.duplicate(CALLER, row.id)
    assert (copy.name, copy.state) == ("J (2)", "draft")
    place.engine.journeys.delete(CALLER, copy.id)
    assert [one.name for one in place.engine.journeys.list(CALLER)] == ["J"]


def test_product_profiles_grant_permissions(place: EmbeddedEngine) -> None:
    place.publish(WAITING)
    place.engine.users.put(CALLER, "lee", ("Limited Access User",))
    lee = Caller("lee")
    assert [row.name for row in place.engine.journeys.list(lee)] == ["J"]
    with pytest.raises(NotPermittedError):
        place.engine.journeys.create(lee, "Mine")
    with pytest.raises(NotPermittedError):
        place.engine.journeys.list(Caller("nobody"))
    with place.owner.database.read() as connection:
        lines = access_queries.audit_rows(connection, ("prod",), 10)
    assert [(line.actor, line.refused) for line in lines[:2]] == [("nobody", True), ("lee", True)]
    assert "import" in {line.what for line in lines}


def test_used_definition_cannot_be_deleted(place: EmbeddedEngine) -> None:
    place.publish(WAITING)
    assert [use.journey for use in place.engine.definitions.used_in(CALLER, "event", "Enter")] == ["J"]
    refused("definition_used", place.engine.definitions.delete, CALLER, "event", "Enter")
    body: dict[str, Any] = dict(place.engine.definitions.get(CALLER, "event", "Enter"))
    refused("definition_used", place.engine.definitions.save, CALLER, "event", {**body, "key": '"x"'}, was="Enter")
    more = {**body, "fields": {**body["fields"], "extra": "string"}}
    assert place.engine.definitions.save(CALLER, "event", more, was="Enter").used_in == 1
    refused("name_taken", place.engine.definitions.save, CALLER, "action", {"name": "Enter"})
    place.engine.definitions.delete(CALLER, "action", "Order")
    refused("definition_unknown", place.engine.definitions.get, CALLER, "action", "Order")


def test_test_mode_admits_test_profiles_and_cleans_up(place: EmbeddedEngine) -> None:
    row = place.engine.journeys.import_file(CALLER, journey_file.write(WAITING)).version
    refused("test_off", place.engine.testing.fire, CALLER, row.id, "Enter", {"id": "t"})
    assert place.engine.testing.switch_on(CALLER, row.id, 5.0).wait == 5.0
    version = place.engine.journeys.open(CALLER, row.id)
    refused("journey_in_test", place.engine.journeys.save, CALLER, row.id, version)
    place.engine.profiles.save(CALLER, Profile(identities={"CRMID": "t"}, testProfile=True))
    place.engine.testing.fire(CALLER, row.id, "Enter", {"id": "nobody"})
    assert place.reasons() == ["not_a_test_profile"]
    place.engine.testing.fire(CALLER, row.id, "Enter", {"id": "t"})
    assert place.engine.testing.state(CALLER, row.id).people == 1
    (person,) = place.engine.testing.log(CALLER, row.id)
    assert (person["currentStep"], person["phase"]) == ("wait", "running")
    assert person["payloads"] == {"Enter": {"id": "t"}}
    place.pass_time(5_000)
    place.settle(row, completed=1)
    assert place.engine.testing.switch_off(CALLER, row.id).on is False
    assert place.metrics(row)["entered"] == 0
    assert place.engine.testing.log(CALLER, row.id) == ()
    published = place.engine.journeys.publish(CALLER, row.id)
    assert published.state == "live"
    assert place.send("t").errors == ()
    place.settle(row, entered=1)


def test_profiles_import_from_json_lines_and_csv(place: EmbeddedEngine) -> None:
    lines = '{"identities": {"CRMID": "a"}, "attributes": {"city": "Seoul"}}\n{"identities": {"CRMID": "b"}}\n'
    assert place.engine.profiles.import_text(CALLER, lines) == 2
    table = "identity:CRMID,testProfile,address.city,points\na,true,Busan,3\n"
    assert place.engine.profiles.import_text(CALLER, table, "csv") == 1
    found = place.engine.profiles.get(CALLER, "CRMID", "a")
    assert found is not None
    assert found.attributes == {"city": "Seoul", "address": {"city": "Busan"}, "points": 3}
    assert found.test_profile
    assert place.engine.profiles.list(CALLER, "Busan").total == 1
    error = refused("profile_malformed", place.engine.profiles.import_text, CALLER, '{"identities": {"CRMID": "c"}}\n{')
    assert error.where == "line 2"
    assert place.engine.profiles.get(CALLER, "CRMID", "c") is None


@pytest.mark.parametrize(("name", "value"), [("nobody", 1), ("overdue_rate", -1), ("allow_local_endpoints", "yes")])
def test_settings_are_known_and_typed(place: EmbeddedEngine, name: str, value: Any) -> None:
    with pytest.raises(SojournError) as caught:
        place.engine.settings.set(CALLER, name, value)
    assert caught.value.code in ("setting_unknown", "setting_value")
