"""The sample journey, built, tested, published and watched in the window by someone with a mouse and keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from app.bridge import calls
from app.studio import Studio
from engine.model.journey import JourneyVersion
from engine.model.journey_file import read
from tests.helpers.studio_driver import StudioDriver, close_studio

FILE = "lobby-and-restaurant.journey.json"
CONTACTED = (
    "count(#{ExperiencePlatform.Contacts.experienceevent.all(currentDataPackField.sends > 0 and "
    'currentDataPackField.timestamp > nowWithDelta(-1, "days")).timestamp}) == 0 and '
)


@pytest.fixture
def written(root: Path) -> str:
    """The sample, without secrets, calling a world that does not exist."""
    text = (root / "resources" / "samples" / FILE).read_text(encoding="utf-8")
    return text.replace("INSERT_SECRET_HERE", "secret")


def furnish(someone: StudioDriver, written: str) -> None:
    """The workspace holds the sample's definitions and guests, and no journey."""
    imported = someone.ask(calls.journeys.import_file(written, ()))
    someone.ask(calls.journeys.delete(imported.version.id))
    people = (Path(__file__).parents[2] / "resources" / "samples" / "people.jsonl").read_text(encoding="utf-8")
    someone.ask(calls.profiles.import_text(people, "json"))
    someone.window.read_definitions()
    someone.until(lambda: someone.window.open_journeys.definitions.events)


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path, written: str) -> Iterator[StudioDriver]:
    """Someone at a studio on such a workspace."""
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    furnish(someone, written)
    yield someone
    close_studio(qtbot, studio)


def _new_journey(person: StudioDriver) -> None:
    journeys: Any = person.window.page_router.page("journeys")
    person.click(journeys.list.new_button)
    person.answer("Lobby and restaurant")
    person.until(lambda: person.window.designer is not None)
    person.until(lambda: "LobbyBeacon" in person.page.palette_panel.items)


def _paths(person: StudioDriver, paths: list[tuple[str, str]], others: bool = False) -> None:
    form: Any = person.page.pane.form
    for number, (label, expression) in enumerate(paths, start=1):
        if number > len(form.paths.cards):
            person.click(form.paths.add_button)
        person.key_in(form.paths.cards[number - 1].name, label)
        person.write(form.paths.cards[number - 1].expression.code, expression)
    if others:
        person.toggle(form._others)
    person.save()


def _push(person: StudioDriver, label: str, title: str, text: str) -> str:
    made = person.add("SendPush")
    person.key_in(person.field("label"), label)
    person.write(person.field("parameter-Token"), "@{LobbyBeacon.tokens.first().token}")
    person.write(person.field("parameter-Title"), title)
    person.write(person.field("parameter-Text"), text)
    person.save()
    return made


def _end(person: StudioDriver, label: str) -> None:
    person.add("end")
    person.key_in(person.field("label"), label)
    person.stroke(person.field("label"), Qt.Key.Key_Return)


def build(person: StudioDriver) -> None:
    """The whole sample journey, from an empty canvas."""
    _new_journey(person)
    person.add("LobbyBeacon")
    member = person.add("condition.data_source")
    loyal = "#{ExperiencePlatform.Profile.loyaltyMember}"
    _paths(person, [("Loyalty member", CONTACTED + loyal), ("Not loyalty member", f"{CONTACTED}not {loyal}")])
    stay = person.add("condition.data_source")
    booked = "#{Reservations.Stay.reservation, params: {id: @{LobbyBeacon.personID}}} == true"
    _paths(person, [("Reservation", booked)], others=True)
    welcome = _push(person, "Welcome", '"Welcome"', '"Welcome back, " + #{ExperiencePlatform.Profile.firstName}')
    person.add("RestaurantBeacon")
    _push(person, "Meal discount", '"Enjoy your meal"', '"10% off at table " + @{RestaurantBeacon.table}')
    _end(person, "Came to eat")
    six_hours = person.add_beside(welcome, "Wait")
    person.select(six_hours)
    form: Any = person.page.pane.form
    person.key_in(form._length.number, "6")
    person.save()
    _end(person, "No visit")
    person.select(stay)
    _push(person, "Room rates", '"Stay with us"', '"Rooms from 99 tonight"')
    _end(person, "Rates sent")
    person.select(member)
    person.add("email")
    form = person.page.pane.form
    person.choose(form._template, "LoyaltyMembership")
    person.write(person.field("address"), "#{ExperiencePlatform.Profile.email}")
    person.write(person.field("parameter-firstName"), "#{ExperiencePlatform.Profile.firstName}")
    person.write(person.field("parameter-lastName"), "#{ExperiencePlatform.Profile.lastName}")
    person.save()
    _end(person, "Invited")
    person.click(person.page.header.properties)
    person.write(person.page.properties.time_zone, "Europe/Paris")
    person.click(person.page.properties.save_button)


def plain(journey: JourneyVersion) -> Mapping[str, Any]:
    """A journey by its meaning: activities and paths named by where they stand, positions left out, edges sorted."""
    entry = next(item for item in journey.activities if item.id not in journey.incoming)
    names: dict[str, str] = {}
    paths: dict[tuple[str, str], str] = {}

    def name(activity: str, called: str) -> None:
        names[activity] = called
        for index, path in enumerate(getattr(journey.by_id[activity], "paths", ())):
            paths[activity, path.id] = f"path {index}"
        for edge in journey.outgoing.get(activity, ()):
            way = paths.get((activity, edge.path), edge.path)
            name(edge.target, f"{called}/{way}/{journey.by_id[edge.target].type}")

    name(entry.id, entry.type)
    whole = journey.model_dump(mode="json", exclude_defaults=True)
    for item in whole["activities"]:
        for path in item.get("paths", ()):
            path["id"] = paths[item["id"], path["id"]]
        item["id"] = names[item["id"]]
        item.pop("position", None)
    for edge in whole["edges"]:
        edge["path"] = paths.get((edge["from"], edge.get("path", "")), edge.get("path", ""))
        edge["from"], edge["to"] = names[edge["from"]], names[edge["to"]]
    whole["activities"].sort(key=lambda item: item["id"])
    whole["edges"].sort(key=json.dumps)
    return whole


def _counts_follow(person: StudioDriver) -> None:
    """The member who entered is counted where she came, on the way there, and not on the other way."""
    projection, journey = person.page.canvas.projection, person.page.document.journey
    conditions = [item.id for item in journey.activities if item.type == "condition"]
    way = [edge for edge in journey.edges if edge.source in conditions and edge.target in conditions]
    reached = way[0].target
    person.until(lambda: projection.nodes[reached].count == 1)
    person.until(lambda: [projection.edges[edge].count for edge in way] == [1])
    entry = next(item for item in journey.activities if item.id not in journey.incoming)
    others = [edge for edge in journey.outgoing[way[0].source] if edge.target != reached]
    assert projection.nodes[entry.id].count == 1
    assert [projection.edges[edge].count for edge in others] == [0]
    assert projection.edges[way[0]].share > projection.edges[others[0]].share
    assert projection.edges[way[0]].pen_of_state(projection.edges[way[0]].line_color()).widthF() > 1.5


def test_sample_is_built_tested_published_and_watched(person: StudioDriver, written: str) -> None:
    watched_from_the_start(person, written)


def watched_from_the_start(person: StudioDriver, written: str) -> None:
    """Built, tested, published, entered: all of a journey's life, by someone at the window."""
    build(person)
    page = person.page
    person.until(lambda: not page.issues)
    sample = read(written)
    assert plain(page.document.journey) == plain(sample.journey)
    person.until(lambda: not page.autosave.saving)
    exported = read(person.ask(calls.journeys.export("Lobby and restaurant", 1)))
    assert plain(exported.journey) == plain(sample.journey)
    assert {event.name: event for event in exported.events} == {event.name: event for event in sample.events}
    assert {action.name for action in exported.actions} == {"SendPush"}

    person.toggle(page.header.test)
    person.until(lambda: page.row.state == "test" and page.test_panel.profile.count())
    assert page.document.read_only
    person.choose(page.test_panel.event_choice, "LobbyBeacon")
    person.choose(page.test_panel.profile, "서준 이   seojun")
    person.click(page.test_panel.send)
    visited = page.canvas.projection
    email = next(item.id for item in page.document.journey.activities if item.type == "email")
    person.until(lambda: visited.nodes[email].mark == "check")
    person.until(lambda: person.ask(calls.reports.messages()))

    person.click(page.header.publish)
    person.confirm()
    person.until(lambda: page.row.state == "live")
    assert page.document.read_only
    answer = person.post(
        {
            "personID": "aicha",
            "tokens": [{"token": "t"}],
            "_experience": {"campaign": {"orchestration": {"eventID": sample.events[0].event_id}}},
        }
    )
    assert len(answer["accepted"]) == 1
    person.until(lambda: page.live.figures["entered"].text() == "1")
    _counts_follow(person)
    assert not page.palette_panel.isVisible()
