"""A message as one person would get it: expressions over the profile, attributes, examples, and faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import SojournError
from engine.model.profile import Profile
from tests.helpers.embedded import CALLER, Place, running
from tests.helpers.journey_kit import journey

TEMPLATE: dict[str, Any] = {
    "name": "Hello",
    "channel": "email",
    "subject": "Hello {{ firstName }}",
    "body": "{{ firstName }}: {{ points }} points, {{ sends }} mails, {{ stay }}",
    "html": "<p>{{ firstName }}</p>",
    "variables": {"firstName": "string", "points": "integer", "sends": "integer", "stay": "boolean"},
}
VALUES = {
    "points": "#{ExperiencePlatform.Profile.points} + 1",
    "sends": "count(#{ExperiencePlatform.Contacts.experienceevent.all().sends})",
    "stay": "#{Hotel.Stay.reservation, params: {id: @{Enter.id}}}",
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with running(tmp_path / "workspace") as found:
        found.publish(journey([{"id": "in", "type": "event", "event": "Enter"}], []))
        events = ({"timestamp": "2026-03-09T08:00:00Z", "sends": 1}, {"timestamp": "2026-03-08T08:00:00Z", "sends": 2})
        attributes = {"firstName": "Ada <b>", "points": 41}
        ada = Profile(identities={"CRMID": "ada"}, attributes=attributes, events=events, testProfile=False)
        found.engine.profiles.save(CALLER, ada)
        yield found


def test_a_message_is_filled_in_for_a_person(place: Place) -> None:
    events = {"Enter": {"id": "ada"}}
    seen = place.engine.messages.preview(CALLER, TEMPLATE, "CRMID", "ada", VALUES, events)
    assert (seen.channel, seen.subject) == ("email", "Hello Ada <b>")
    assert seen.body == "Ada <b>: 42 points, 2 mails, "
    assert seen.html == "<p>Ada &lt;b&gt;</p>"
    assert seen.faults == {}


def test_without_a_person_the_variables_are_examples(place: Place) -> None:
    seen = place.engine.messages.preview(CALLER, TEMPLATE)
    assert seen.subject == "Hello …"
    assert seen.body == "…: 0 points, 0 mails, false"


def test_what_cannot_be_filled_in_is_said_and_left_empty(place: Place) -> None:
    wrong = {"points": "#{ExperiencePlatform.Profile.firstName}", "sends": "1 / ", "stay": "toBool(@{Enter.when})"}
    events = {"Enter": {"when": 7}}
    seen = place.engine.messages.preview(CALLER, TEMPLATE, "CRMID", "ada", wrong, events)
    assert set(seen.faults) == {"points", "sends", "stay"}
    assert seen.body == "Ada <b>:  points,  mails, "
    number = {**TEMPLATE, "variables": {**TEMPLATE["variables"], "firstName": "integer"}}
    assert set(place.engine.messages.preview(CALLER, number, "CRMID", "ada").faults) == {"firstName"}


@pytest.mark.parametrize(
    ("changed", "person", "code"),
    [
        ({}, "nobody", "profile_unknown"),
        ({"body": "{{ other }}"}, "ada", "template_faulty"),
        ({"channel": "pigeon"}, "ada", "definition_malformed"),
    ],
)
def test_a_faulty_template_and_a_stranger_are_refused(
    place: Place, changed: dict[str, Any], person: str, code: str
) -> None:
    with pytest.raises(SojournError) as caught:
        place.engine.messages.preview(CALLER, {**TEMPLATE, **changed}, "CRMID", person)
    assert caught.value.code == code
