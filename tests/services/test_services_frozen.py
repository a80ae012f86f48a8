"""Published versions keep the definitions that they were published with; changes that would break them are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.core.effect import CallAction
from engine.errors import SojournError
from engine.model import journey_file
from engine.model.definitions import Profile
from engine.services.views import DefinitionKind, UsedKind, VersionRow
from engine.store import definition_queries
from tests.helpers.embedded_engine import CALLER, DAY, EmbeddedEngine, running, until
from tests.helpers.journey_builders import DEFINITIONS, activity, entry, journey, notify

WAITING = journey(
    [
        entry(),
        activity("wait", "wait.duration", duration="P1D"),
        notify("told"),
        activity("mail", "email", template="Welcome", address='"a@b.cd"', parameters={"firstName": '"Ann"'}),
    ],
    ["in>wait", "wait>told", "told>mail"],
)


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def definition(section: str, name: str, **changes: object) -> dict[str, Any]:
    """One of the builders' definitions, with changes."""
    return {**next(one for one in DEFINITIONS[section] if one["name"] == name), **changes}


def event_with(**fields: object) -> dict[str, Any]:
    event = definition("events", "Enter")
    return {**event, "fields": {**event["fields"], **fields}}


WITHOUT_TEXT = definition("actions", "Notify", body={"to": {"variable": "To", "type": "string"}})
OTHER_KEY = definition("events", "Enter", key="lower(@{Enter.id})")
FEWER_FIELDS = definition("events", "Enter", fields={"id": {"type": "string", "required": True}})
REQUIRED = event_with(must={"type": "string", "required": True})
NESTED = event_with(lines=[{"sku": {"type": "string", "required": True}, "qty": "integer"}])
RETYPED = event_with(n="decimal")
FEWER_VALUES = event_with(when={"type": "string", "enum": ["now"]})
OTHER_VARIABLE = definition("templates", "Welcome", subject="y", body="{{ y }}", variables={"y": "string"})
CHANGES: list[tuple[DefinitionKind, dict[str, Any]]] = [
    ("action", WITHOUT_TEXT),
    ("event", OTHER_KEY),
    ("event", FEWER_FIELDS),
    ("event", REQUIRED),
    ("event", NESTED),
    ("event", RETYPED),
    ("event", FEWER_VALUES),
    ("template", OTHER_VARIABLE),
]


def code_of(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(SojournError) as caught:
        call(*arguments, **named)
    assert "J (version 1)" in caught.value.message, caught.value.message
    return caught.value.code


@pytest.mark.parametrize(("kind", "body"), CHANGES)
def test_breaking_change_is_refused_at_every_door(
    place: EmbeddedEngine, kind: DefinitionKind, body: dict[str, Any]
) -> None:
    place.publish(WAITING)
    assert code_of(place.engine.definitions.save, CALLER, kind, body, was=body["name"]) == "definition_used"
    document = json.loads(journey_file.write(journey([entry()], [])))
    document["journey"]["name"] = "Other"
    section = definition_queries.KINDS[kind]
    document[section] = [one for one in document.get(section, ()) if one["name"] != body["name"]] + [body]
    text = json.dumps(document)
    assert code_of(place.engine.journeys.import_file, CALLER, text, differing="replace") == "definition_used"
    assert [row.name for row in place.engine.journeys.list(CALLER)] == ["J"], "nothing of a refused file is written"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("action", definition("actions", "Notify", url="https://new.example.com/notify", description="moved")),
        ("event", event_with(extra="string")),
        ("event", event_with(extra={"type": "object", "fields": {"deep": {"type": "string", "required": True}}})),
        ("template", definition("templates", "Welcome", body="Welcome back, {{ firstName }}.")),
    ],
)
def test_harmless_change_is_saved(place: EmbeddedEngine, kind: Any, body: dict[str, Any]) -> None:
    place.publish(WAITING)
    assert place.engine.definitions.save(CALLER, kind, body, was=body["name"]).used_in == 1


def test_change_is_free_while_drafts_use_it(place: EmbeddedEngine) -> None:
    place.engine.journeys.import_file(CALLER, journey_file.write(WAITING))
    for kind, body in CHANGES:
        place.engine.definitions.save(CALLER, kind, body, was=body["name"])


def sent(place: EmbeddedEngine) -> list[Any]:
    return [call.effect.body for call in place.world.calls if isinstance(call.effect, CallAction)]


def put(place: EmbeddedEngine, kind: str, body: dict[str, Any]) -> None:
    """Change a definition below all checks."""
    place.owner.writer.write(
        lambda connection: definition_queries.put(connection, "prod", kind, body["name"], body, "x", 1)
    )


def finish(place: EmbeddedEngine, version: VersionRow, people: int) -> None:
    place.pass_time(DAY)
    place.settle(version, completed=people)


def test_live_version_behaves_as_when_published(workspace: Path) -> None:
    with running(workspace) as place:
        version = place.publish(WAITING)
        place.send("a")
        place.settle(version, entered=1)
        for kind, body in CHANGES:
            put(place, kind, body)
        assert place.send("b").errors == ()
        assert place.engine.journeys.validate(CALLER, version.id) == ()
    with running(workspace) as again:
        again.clock.time = place.clock.time
        assert again.send("c").errors == ()
        again.settle(version, entered=3)
        finish(again, version, 3)
        assert sorted(one["to"] for one in sent(again)) == ["a", "b", "c"]
        assert {one["text"] for one in sent(again)} == {sent(again)[0]["text"]}
        mails = again.engine.reports.messages(CALLER)
        assert {mail.body for mail in mails} == {"Welcome, Ann."}


def test_each_version_checks_events_by_its_definition(place: EmbeddedEngine) -> None:
    first = place.publish(WAITING)
    place.send("a", extra=5)
    place.settle(first, entered=1)
    place.engine.definitions.save(CALLER, "event", event_with(extra="string"), was="Enter")
    place.engine.journeys.new_version(CALLER, "J")
    assert place.send("b", extra=5).errors == ()
    place.settle(first, entered=2)
    newest = next(row for row in place.engine.journeys.versions(CALLER, "J") if row.version == 2)
    second = place.engine.journeys.publish(CALLER, newest.id)
    place.send("c", extra=5)
    place.send("d", extra="5")
    place.settle(second, entered=1)
    assert "wrong_type" in place.reasons()


def test_access_is_that_of_today(place: EmbeddedEngine) -> None:
    version = place.publish(WAITING)
    body = definition("actions", "Notify", url="https://new.example.com/notify")
    place.engine.definitions.save(CALLER, "action", body, was="Notify")
    deployed = place.owner.writer.definitions("prod", int(version.id))
    assert deployed.action["Notify"].url == "https://new.example.com/notify"


SEGMENTS = [
    {"name": "Base", "expression": "#{ExperiencePlatform.Profile.points} > 1", "evaluation": "streaming"},
    {"name": "Top", "expression": '#{ExperiencePlatform.Profile.loyaltyMember} and inSegment ( "Base" )'},
]
ASKING = journey(
    [
        entry(),
        activity("c", "condition.data_source", others=True, paths=[{"id": "g", "expression": 'inSegment("Top")'}]),
        notify("y", text='"in"'),
        notify("n", text='"out"'),
    ],
    ["in>c", "c:g>y", "c:others>n"],
    definitions={"segments": SEGMENTS},
)


def test_use_is_followed_through_parsed_rules(place: EmbeddedEngine) -> None:
    place.publish(ASKING)
    definitions = place.engine.definitions
    assert code_of(definitions.delete, CALLER, "segment", "Base") == "definition_used"
    assert code_of(definitions.save, CALLER, "segment", {**SEGMENTS[0], "evaluation": "batch"}, was="Base")
    platform = definition("data_sources", "ExperiencePlatform")
    groups = [{**platform["field_groups"][0], "fields": {"email": "string"}}, platform["field_groups"][1]]
    assert code_of(
        definitions.save, CALLER, "data_source", {**platform, "field_groups": groups}, was="ExperiencePlatform"
    )
    used: list[tuple[UsedKind, str]] = [("segment", "Base"), ("field_group", "ExperiencePlatform.Profile")]
    for kind, name in used:
        assert [use.journey for use in definitions.used_in(CALLER, kind, name)] == ["J"], name
    assert "Base" in place.engine.journeys.export(CALLER, "J"), "a file has everything that the journey uses"


def test_words_in_texts_are_no_use(place: EmbeddedEngine) -> None:
    told = notify("told", text='"ask inSegment(\\"Base\\") and #{ExperiencePlatform.Profile.points}"')
    place.publish(journey([entry(), told], ["in>told"], definitions={"segments": SEGMENTS}))
    assert place.engine.definitions.used_in(CALLER, "segment", "Base") == ()
    assert place.engine.definitions.used_in(CALLER, "field_group", "ExperiencePlatform.Profile") == ()


def test_definition_that_another_uses_stays(place: EmbeddedEngine) -> None:
    place.engine.definitions.save(CALLER, "data_source", definition("data_sources", "ExperiencePlatform"))
    for segment in SEGMENTS:
        place.engine.definitions.save(CALLER, "segment", segment)
    with pytest.raises(SojournError, match="Top"):
        place.engine.definitions.delete(CALLER, "segment", "Base")
    with pytest.raises(SojournError, match="Top"):
        place.engine.definitions.save(CALLER, "segment", {**SEGMENTS[0], "name": "Bottom"}, was="Base")
    circle = {**SEGMENTS[0], "expression": 'not inSegment("Top")'}
    place.engine.definitions.save(CALLER, "segment", circle, was="Base")
    with pytest.raises(SojournError, match="Base → Top → Base"):
        place.engine.definitions.delete(CALLER, "segment", "Base")
    place.engine.definitions.save(CALLER, "segment", SEGMENTS[0], was="Base")
    place.engine.definitions.delete(CALLER, "segment", "Top")
    place.engine.definitions.delete(CALLER, "segment", "Base")


def test_new_member_keeps_the_published_meaning(place: EmbeddedEngine) -> None:
    version = place.publish(ASKING)
    with pytest.raises(SojournError):
        place.engine.definitions.delete(CALLER, "segment", "Base")
    person = Profile.model_validate({"identities": {"CRMID": "b"}, "attributes": {"points": 5, "loyaltyMember": True}})
    place.engine.profiles.save(CALLER, person)
    until(lambda: {row.name: row.inside for row in place.engine.segments.list(CALLER)}, lambda found: found["Top"] == 1)
    place.send("b")
    place.settle(version, completed=1)
    assert sent(place)[-1]["text"] == "in"


def test_journey_that_others_jump_to_keeps_its_name(place: EmbeddedEngine) -> None:
    target = place.engine.journeys.import_file(
        CALLER, journey_file.write(journey([entry()], [], name="Target"))
    ).version
    place.publish(
        journey([entry("Visit"), activity("go", "jump", journey="Target", parameters={"id": "@{Visit.id}"})], ["in>go"])
    )
    renamed = place.engine.journeys.open(CALLER, target.id).model_copy(update={"name": "Else"})
    assert code_of(place.engine.journeys.save, CALLER, target.id, renamed) == "journey_used"
    assert code_of(place.engine.journeys.delete, CALLER, target.id) == "journey_used"
