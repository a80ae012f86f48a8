"""Secrets of definitions: constants that prove who calls are kept in the vault, and no secret goes to another host."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.effects.connection_test import HttpConnectionTester
from engine.errors import SojournError
from engine.host import WorkspaceHost
from engine.model import journey_file
from engine.services.access import MANAGE_JOURNEYS, NotPermittedError
from engine.services.definitions import ConnectionService
from engine.services.views import Caller
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, running
from tests.helpers.journey_builders import activity, entry, journey

LEE = Caller("lee")
SOURCE: dict[str, Any] = {
    "name": "Rooms",
    "url": "https://hotel.example.com/rooms",
    "headers": {"Authorization": "Bearer hush-1", "X-App": "hotel", "X.Api-Key": "hush-2"},
    "field_groups": [{"name": "Stay", "fields": {"booked": "boolean"}}],
}
ACTION: dict[str, Any] = {
    "name": "Push",
    "url": "https://push.example.com/v1",
    "headers": [{"name": "X-App", "value": "hotel"}, {"name": "X-Api-Key", "value": "hush-3"}],
    "query": [{"name": "v", "value": "1"}, {"name": "access_token", "value": "hush-4"}],
    "auth": {"type": "api_key", "name": "key", "value": "hush-5"},
    "body": {},
}
TOKEN: dict[str, Any] = {
    "type": "custom",
    "authorization_type": "bearer",
    "endpoint": "https://sso.example.com/token",
    "body": {"type": "form", "parameters": {"client_secret": "hush-6"}},
}
PLACES = (
    *("data_sources[0].headers.Authorization", "data_sources[0].headers['X.Api-Key']"),
    *("actions[0].headers[1].value", "actions[0].query[1].value", "actions[0].auth.value"),
)
SECRETS = {
    "data_source/Rooms/constant.headers.Authorization": "Bearer hush-1",
    "data_source/Rooms/constant.headers.X.Api-Key": "hush-2",
    "action/Push/constant.headers.X-Api-Key": "hush-3",
    "action/Push/constant.query.access_token": "hush-4",
    "action/Push/value": "hush-5",
}


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def file_text(action: dict[str, Any], name: str = "J") -> str:
    """A journey's file that asks the source and calls the action."""
    path = {"id": "yes", "expression": "#{Rooms.Stay.booked} == true"}
    asks = activity("ask", "condition.data_source", paths=[path])
    drawn = journey([entry(), asks, activity("push", "action", action=action["name"])], ["in>ask", "ask:yes>push"])
    document = json.loads(journey_file.write(drawn))
    document["journey"]["name"] = name
    return json.dumps({**document, "data_sources": [SOURCE], "actions": [action]})


def refused(code: str, call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(SojournError) as caught:
        call(*arguments, **named)
    assert caught.value.code == code, caught.value
    assert "hush" not in str(caught.value)
    return caught.value.message


def kept(place: EmbeddedEngine) -> dict[str, str | None]:
    """The secrets of this sandbox's definitions."""
    names = [name for name in place.engine.settings.secrets(CALLER) if not name.startswith("inlet")]
    return {name: place.owner.secrets.get(f"prod/{name}") for name in names}


def test_secret_constants_are_only_in_vault(place: EmbeddedEngine, workspace: Path) -> None:
    place.engine.journeys.import_file(CALLER, file_text(ACTION))
    assert kept(place) == SECRETS
    exported = place.engine.journeys.export(CALLER, "J")
    assert "hush" not in exported
    written = json.loads(exported)
    assert written["data_sources"][0]["headers"]["X-App"] == "hotel"
    assert written["actions"][0]["headers"][1] == {"name": "X-Api-Key", "value": "INSERT_SECRET_HERE"}
    for file in workspace.rglob("*"):
        assert not file.is_file() or b"hush" not in file.read_bytes(), file


def test_file_without_secrets_requests_each_by_path(place: EmbeddedEngine) -> None:
    place.engine.journeys.import_file(CALLER, file_text(ACTION))
    exported = place.engine.journeys.export(CALLER, "J")
    place.engine.sandboxes.add(CALLER, "dev")
    dev = Caller(CALLER.actor, "dev")
    said = refused("secrets_missing", place.engine.journeys.import_file, dev, exported)
    assert [f"$.{path}" in said for path in PLACES] == [True] * len(PLACES)
    place.engine.journeys.import_file(dev, exported, [f"$.{path}=hush-{n}" for n, path in enumerate(PLACES)])
    assert set(place.engine.settings.secrets(dev)) == set(SECRETS)


def test_saved_secret_survives_changes_and_renaming(place: EmbeddedEngine) -> None:
    save, get = place.engine.definitions.save, place.engine.definitions.get
    save(CALLER, "action", {**ACTION, "headers": [{"name": "X-Odd", "value": "INSERT_SECRET_HERE"}]})
    place.engine.settings.set_secret(CALLER, "action/Push/constant.headers.X-Odd", "hush-7")
    again = {**get(CALLER, "action", "Push"), "url": "https://push.example.com/v2", "name": "Call"}
    save(CALLER, "action", again, "Push")
    assert kept(place) == {
        "action/Call/constant.headers.X-Odd": "hush-7",
        "action/Call/constant.query.access_token": "hush-4",
        "action/Call/value": "hush-5",
    }
    save(CALLER, "action", {**again, "headers": [{"name": "X-Odd", "value": "hush-8"}]}, "Call")
    assert kept(place)["action/Call/constant.headers.X-Odd"] == "hush-8"
    save(CALLER, "action", {**again, "auth": {"type": "none"}, "headers": (), "query": ()}, "Call")
    assert kept(place) == {}
    save(CALLER, "action", ACTION)
    place.engine.definitions.delete(CALLER, "action", "Push")
    assert kept(place) == {}


OTHER = "https://push.example.net/v1"


@pytest.mark.parametrize(
    ("changed", "there"),
    [
        ({"url": OTHER}, "https://push.example.net"),
        ({"url": "http://push.example.com/v1"}, "http://push.example.com"),
        ({"url": "https://push.example.com:8443/v1"}, "https://push.example.com:8443"),
        ({"url": "https://push.example.com@evil.example.com/v1"}, "no host"),
        ({"url": ""}, "no host"),
        ({"auth": {"type": "api_key", "name": "key"}, "url": OTHER, "headers": (), "query": ()}, "push.example.net"),
        ({"auth": {"type": "none"}, "query": (), "url": OTHER}, "push.example.net"),
    ],
)
def test_saved_secret_is_not_sent_to_other_host(place: EmbeddedEngine, changed: dict[str, Any], there: str) -> None:
    place.engine.definitions.save(CALLER, "action", ACTION)
    saved = dict(place.engine.definitions.get(CALLER, "action", "Push"))
    body = {**saved, **changed}
    for said in (
        refused("secret_elsewhere", place.engine.connections.test_call, CALLER, "action", body, {}),
        refused("secret_elsewhere", place.engine.definitions.save, CALLER, "action", body, "Push"),
    ):
        assert there in said
        assert "type it anew" in said
    assert place.engine.definitions.get(CALLER, "action", "Push") == saved
    body = {**ACTION, "url": OTHER}
    place.engine.definitions.save(CALLER, "action", body, "Push")
    assert kept(place)["action/Push/value"] == "hush-5"


def test_saved_secret_stays_with_its_token_url(place: EmbeddedEngine) -> None:
    body = {"name": "Push", "url": "https://push.example.com/v1", "auth": TOKEN, "body": {}}
    place.engine.definitions.save(CALLER, "action", body)
    hidden: dict[str, Any] = dict(place.engine.definitions.get(CALLER, "action", "Push"))
    hidden["auth"] = {**hidden["auth"], "endpoint": "https://sso.example.net/token"}
    refused("secret_elsewhere", place.engine.connections.test_authentication, CALLER, "action", hidden)
    refused("secret_elsewhere", place.engine.definitions.save, CALLER, "action", hidden, "Push")


def test_unsaved_definition_gets_no_saved_secret(place: EmbeddedEngine) -> None:
    place.engine.settings.set_secret(CALLER, "action/Push/value", "hush-9")
    body = {**ACTION, "headers": (), "query": (), "auth": {**ACTION["auth"], "value": "INSERT_SECRET_HERE"}}
    said = refused("secret_elsewhere", place.engine.connections.test_call, CALLER, "action", body, {})
    assert "is not saved yet" in said


def test_test_call_to_same_host_uses_saved_secret(place: EmbeddedEngine) -> None:
    asked: list[Any] = []

    class Listening(HttpConnectionTester):
        def call(self, sandbox: str, kind: str, body: Any, values: Any) -> Any:
            asked.append((sandbox, kind, body["url"]))

    owner: WorkspaceHost = place.owner
    tester = Listening(owner.writer, owner.secrets, owner.redactor)
    service = ConnectionService(owner.writer, owner.engine.access, tester, owner.secrets)
    place.engine.definitions.save(CALLER, "action", ACTION)
    same = {**place.engine.definitions.get(CALLER, "action", "Push"), "url": "https://push.example.com/elsewhere"}
    service.test_call(CALLER, "action", same, {})
    service.test_call(CALLER, "action", {**ACTION, "url": OTHER}, {})
    assert [url for _, _, url in asked] == ["https://push.example.com/elsewhere", OTHER]


def test_import_sends_no_saved_secret_to_other_host(place: EmbeddedEngine) -> None:
    place.engine.journeys.import_file(CALLER, file_text(ACTION))
    hidden = json.loads(place.engine.journeys.export(CALLER, "J"))
    hidden["journey"]["name"] = "K"
    hidden["actions"][0]["url"] = OTHER
    for differing in ("replace", "rename"):
        refused("secret_elsewhere", place.engine.journeys.import_file, CALLER, json.dumps(hidden), differing=differing)
    assert kept(place) == SECRETS
    place.engine.journeys.import_file(CALLER, file_text({**ACTION, "url": OTHER}, "K"), differing="rename")
    assert {name.replace("Push_2", "Push"): value for name, value in kept(place).items() if "Push_2" in name} == {
        name: value for name, value in SECRETS.items() if "Push" in name
    }


def test_renamed_definition_keeps_secrets(place: EmbeddedEngine) -> None:
    place.engine.journeys.import_file(CALLER, file_text(ACTION))
    hidden = json.loads(place.engine.journeys.export(CALLER, "J"))
    hidden["journey"]["name"] = "K"
    hidden["actions"][0]["description"] = "another"
    done = place.engine.journeys.import_file(CALLER, json.dumps(hidden), differing="rename")
    assert done.renamed == {"Push": "Push_2"}
    assert kept(place)["action/Push_2/value"] == "hush-5"
    assert kept(place)["action/Push/value"] == "hush-5"


def test_refused_change_keeps_secrets(place: EmbeddedEngine) -> None:
    place.engine.journeys.import_file(CALLER, file_text(ACTION))
    changed = {**ACTION, "auth": {**ACTION["auth"], "value": "hush-other"}}
    refused("definition_differs", place.engine.journeys.import_file, CALLER, file_text({**changed, "url": OTHER}, "K"))
    refused("name_taken", place.engine.definitions.save, CALLER, "action", changed)
    assert kept(place) == SECRETS
    place.engine.users.put_profile(CALLER, "Drawers", (MANAGE_JOURNEYS,))
    place.engine.users.put(CALLER, "lee", ("Drawers",))
    with pytest.raises(NotPermittedError):
        place.engine.journeys.import_file(LEE, file_text(changed, "K"))
    assert kept(place) == SECRETS
