"""Users, passwords, product profiles, sandboxes, API tokens and the audit log; who may do what, call by call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import SojournError
from engine.facade import SERVICES
from engine.model import journey_file
from engine.model.channel import MessageTemplate
from engine.model.journey import JourneyVersion
from engine.model.report import Report
from engine.services.access import BUILT_IN, PERMISSIONS
from engine.services.service_method import ANY_PERMISSION
from engine.services.views import Caller
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, running
from tests.helpers.journey_builders import entry, journey

LEE = Caller("lee")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    with running(tmp_path / "workspace") as found:
        yield found


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    with running(tmp_path_factory.mktemp("shared") / "workspace") as found:
        yield found


def refused(code: str, call: Callable[..., Any], *arguments: Any) -> None:
    with pytest.raises(SojournError) as caught:
        call(*arguments)
    assert caught.value.code == code


FREE = {
    "access.permissions": "says what the caller may, nothing else",
    "sandboxes.list": "shows only where the caller may something",
    "sessions.is_idle": "lets a studio be closed in which nobody signed in",
    "sessions.current_session": "is asked before anyone is known",
    "sessions.sign_out": "ends only the session that it is shown",
}
"""Calls that nobody is refused, and why."""

EXAMPLES: dict[str, Any] = {
    "int": 1,
    "float": 1.0,
    "Mapping": {},
    "Sequence": (),
    "list": [],
    "tuple": (),
    "DefinitionKind": "event",
    "JourneyVersion": JourneyVersion(name="x"),
    "Report": Report(name="x"),
}
"""An argument for each type; a text for the others."""


def _calls() -> Iterator[tuple[str, str]]:
    for name, service in SERVICES.items():
        for method in service.methods:
            yield name, method


@pytest.mark.parametrize(("service", "method"), sorted(_calls()))
def test_every_service_call_requires_permission(shared: EmbeddedEngine, service: str, method: str) -> None:
    bound, access = getattr(shared.engine.service(service), method), shared.engine.access
    parameters = [*inspect.signature(SERVICES[service].methods[method].function).parameters.values()][2:]
    needed = [one for one in parameters if one.default is one.empty]
    arguments = [EXAMPLES.get(str(one.annotation).partition("[")[0], "x") for one in needed]
    stranger = Caller(f"stranger to {service}.{method}")
    if f"{service}.{method}" in FREE:
        refused("not_permitted", access.require, stranger, ANY_PERMISSION)
    elif f"{service}.{method}" == "sessions.sign_in":
        refused("sign_in", bound, stranger, *arguments)
    else:
        refused("not_permitted", bound, stranger, *arguments)
    line = access.audit(CALLER, 1)[0]
    assert (line.actor, line.refused) == (stranger.actor, True)


def test_built_in_product_profiles_match_specification(place: EmbeddedEngine) -> None:
    found = {profile.name: set(profile.permissions) for profile in BUILT_IN}
    assert found["Limited Access User"] == {"read_journeys", "read_reports"}
    assert found["Administrators"] == set(PERMISSIONS)
    place.engine.users.put(CALLER, "lee", ("Standard User",))
    journeys = {"read_journeys", "manage_journeys", "publish_journeys"}
    works = {"read_definitions", "read_reports", "manage_reports", "manage_messages", "manage_audiences"}
    assert place.engine.access.permissions(LEE) == journeys | works


def test_custom_product_profile_applies_to_its_sandboxes(place: EmbeddedEngine) -> None:
    users, access, sandboxes = place.engine.users, place.engine.access, place.engine.sandboxes
    sandboxes.add(CALLER, "training")
    users.put_profile(CALLER, "Trainers", ("manage_journeys",), ("training",))
    users.put(CALLER, "lee", ("Trainers",))
    there = Caller("lee", "training")
    assert access.permissions(there) == {"manage_journeys", "read_journeys"}
    assert access.permissions(LEE) == frozenset()
    assert sandboxes.list(LEE) == ("training",)
    assert sandboxes.list(CALLER) == ("prod", "training")
    assert place.engine.journeys.create(there, "Mine").name == "Mine"
    assert [row.name for row in place.engine.journeys.list(there)] == ["Mine"]
    assert place.engine.journeys.list(CALLER) == ()
    rows = {row.name: row for row in users.profiles(CALLER)}
    assert (rows["Trainers"].sandboxes, rows["Trainers"].users, rows["Trainers"].built_in) == (
        ("training",), ("lee",), False)  # fmt: skip
    assert rows["Administrators"].users == ("administrator",)
    refused("product_profile", users.remove_profile, CALLER, "Trainers")
    users.put(CALLER, "lee", ())
    users.remove_profile(CALLER, "Trainers")
    refused("product_profile", users.remove_profile, CALLER, "Trainers")


def test_invalid_access_data_is_refused(place: EmbeddedEngine) -> None:
    users, tokens = place.engine.users, place.engine.api_tokens
    refused("product_profile", users.put, CALLER, "lee", ("Nobody's",))
    refused("user_name", users.put, CALLER, "a\nb", ())
    refused("user_name", users.put, CALLER, "inlet", ("Administrators",))
    refused("user_name", users.remove, CALLER, "administrator")
    refused("user_unknown", users.remove, CALLER, "lee")
    refused("user_unknown", users.set_password, CALLER, "lee", "long enough")
    refused("password_length", users.set_password, CALLER, "administrator", "short")
    refused("product_profile", users.put_profile, CALLER, "Standard User", ())
    refused("product_profile", users.put_profile, CALLER, "", ())
    refused("permission", users.put_profile, CALLER, "Mine", ("fly",))
    refused("permission", tokens.issue, CALLER, "t", "lee", 1, ("fly",))
    refused("api_token", tokens.issue, CALLER, "a.b", "lee")
    refused("api_token", tokens.issue, CALLER, "t", "lee", 0)
    refused("api_token", tokens.issue, CALLER, "t", "inlet")
    refused("api_token_unknown", tokens.revoke, CALLER, "t")
    refused("sandbox_name", place.engine.sandboxes.add, CALLER, "prod")
    refused("sandbox_name", place.engine.sandboxes.add, CALLER, "No Name")


def test_token_narrows_permissions_and_ends_with_user(place: EmbeddedEngine) -> None:
    users, tokens, access = place.engine.users, place.engine.api_tokens, place.engine.access
    users.put(CALLER, "lee", ("Standard User",))
    whole = tokens.issue(CALLER, "whole", "lee")
    part = tokens.issue(CALLER, "part", "lee", 7, ("manage_journeys", "administer"))
    assert tokens.bearer_of(whole) == ("lee", ())
    kept = tokens.bearer_of(part)
    assert kept == ("lee", ("manage_journeys", "administer"))
    assert access.permissions(Caller("lee", "prod", kept[1])) == {"manage_journeys", "read_journeys"}
    rows = {row.name: row for row in tokens.list(CALLER)}
    assert (rows["part"].actor, rows["part"].permissions) == ("lee", ("manage_journeys", "administer"))
    users.remove(CALLER, "lee")
    assert (tokens.bearer_of(whole), tokens.bearer_of(part)) == (None, None)
    assert tokens.bearer_of("../../etc.x") is None


def test_interrupted_user_removal_leaves_no_token(place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    users, tokens = place.engine.users, place.engine.api_tokens
    users.put(CALLER, "lee", ("Standard User",))
    tokens.issue(CALLER, "whole", "lee")

    def fail(*_: object) -> None:
        raise SojournError("vault_unwritable", message="the vault cannot be written")

    with monkeypatch.context() as broken:
        broken.setattr(tokens, "revoke", fail)
        refused("vault_unwritable", users.remove, CALLER, "lee")
    assert "lee" in {row.name for row in users.list(CALLER)}
    users.remove(CALLER, "lee")
    assert tokens.list(CALLER) == ()


def test_published_object_changes_are_audited(place: EmbeddedEngine) -> None:
    row = place.publish(journey([entry()], []))
    version = place.engine.journeys.open(CALLER, row.id)
    place.engine.journeys.save(CALLER, row.id, version.model_copy(update={"description": "other words"}))
    body = dict(place.engine.definitions.get(CALLER, "event", "Enter"))
    place.engine.definitions.save(CALLER, "event", {**body, "description": "more"}, "Enter")
    place.engine.journeys.close(CALLER, row.id)
    place.engine.journeys.stop(CALLER, row.id)
    said = [(line.what, line.about) for line in place.engine.access.audit(CALLER)]
    assert said[:4] == [("stopped", "J"), ("closed", "J"), ("save_event", "Enter"), ("save_published", "J")]
    assert ("publish", "J") in said


def test_standard_user_manages_texts_and_audiences(place: EmbeddedEngine) -> None:
    engine = place.engine
    engine.users.put(CALLER, "lee", ("Standard User",))
    template = {"name": "T", "channel": "email", "subject": "Hi", "body": "x"}
    engine.definitions.save(LEE, "template", template)
    engine.definitions.save(LEE, "segment", {"name": "S", "expression": "true", "evaluation": "batch"})
    engine.profiles.import_text(LEE, '{"identities": {"CRMID": "t"}, "testProfile": true}')
    engine.segments.set_membership(LEE, "S", "CRMID", "t", True)
    file = journey([entry()], [])
    refused("not_permitted", engine.definitions.save, LEE, "namespace", {"code": "X"})
    refused("not_permitted", engine.definitions.delete, LEE, "event", "Enter")
    refused("not_permitted", engine.journeys.import_file, LEE, journey_file.write(file))
    engine.journeys.import_file(CALLER, journey_file.write(file))
    texts = file.model_copy(update={"templates": (MessageTemplate(name="U", channel="sms", text="x"),)})
    named = texts.model_copy(update={"journey": texts.journey.model_copy(update={"name": "K"})})
    assert engine.journeys.import_file(LEE, journey_file.write(named)).added == ("U",)
    engine.definitions.delete(LEE, "template", "U")


def test_each_kind_has_its_permission(place: EmbeddedEngine) -> None:
    place.engine.users.put_profile(CALLER, "Writers", ("manage_messages",))
    place.engine.users.put_profile(CALLER, "Older", ("manage_definitions",))
    place.engine.users.put(CALLER, "lee", ("Writers",))
    assert place.engine.access.permissions(LEE) == {"manage_messages", "read_definitions"}
    with pytest.raises(SojournError, match="change segments and profiles"):
        place.engine.definitions.save(LEE, "segment", {"name": "S", "expression": "true"})
    place.engine.users.put(CALLER, "lee", ("Older",))
    assert place.engine.definitions.save(LEE, "segment", {"name": "S", "expression": "true"}).name == "S"
