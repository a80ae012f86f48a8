"""Dead letters, accepted events and failed people are seen and dealt with, by commands' services and over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import pytest

from engine.api.server import make_app
from engine.core.stimulus import ActionDone
from engine.errors import SojournError
from engine.services.views import Caller, VersionRow
from engine.store import runtime_queries
from tests.helpers.api_client import Client
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, running, until
from tests.helpers.journey_builders import activity, entry, journey

FILE = journey([entry(), activity("n", "action", action="Notify", parameters={"To": '"a"', "Text": '"x"'})], ["in>n"])
LEE = Caller("lee")


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


@pytest.fixture
def version(place: EmbeddedEngine) -> VersionRow:
    """A journey in which two people failed."""
    place.world.reply = lambda call: ActionDone(call.effect.call, status=500, error="http5xx")
    row = place.publish(FILE)
    place.send("p1")
    place.send("p2_x")
    place.settle(row, failed=2)
    return row


def test_failed_people_are_found_and_resumed(place: EmbeddedEngine, version: VersionRow) -> None:
    operations = place.engine.operations
    failed = operations.failed(CALLER)
    assert {(one.journey, one.version, one.key, one.activity) for one in failed} == {
        ("J", 1, "p1", "n"), ("J", 1, "p2_x", "n")}  # fmt: skip
    assert [one.key for one in operations.failed(CALLER, "J", "n", "2_")] == ["p2_x"]
    assert operations.failed(CALLER, "J", "n", "%") == operations.failed(CALLER, "K") == ()
    assert operations.failed(replace(CALLER, sandbox="other")) == ()
    place.world.reply = lambda call: None
    one = next(person for person in failed if person.key == "p1")
    assert operations.resume_failed(CALLER, "J", "n", one.instance) == 1
    assert place.settle(version, completed=1)["failed"] == 1
    assert operations.resume_failed(CALLER, "J", "in") == 0
    assert operations.resume_failed(CALLER, "J") == 1
    assert place.settle(version, completed=2)["failed"] == 0
    with pytest.raises(SojournError) as caught:
        operations.resume_failed(CALLER, "J", "", one.instance)
    assert caught.value.code == "instance_unknown"


def test_accepted_events_are_listed_and_shown(place: EmbeddedEngine, version: VersionRow) -> None:
    operations = place.engine.operations
    rows = operations.received(CALLER)
    assert [row.document for row in rows] == ["", ""]
    assert operations.received(CALLER, rows[0].id) == rows[:1]
    assert '"p2_x"' in operations.event(CALLER, rows[0].id).document
    with pytest.raises(SojournError) as caught:
        operations.event(replace(CALLER, sandbox="other"), rows[0].id)
    assert caught.value.code == "event_unknown"


def letter(place: EmbeddedEngine, kind: str = "call") -> int:
    insert = partial(
        runtime_queries.insert_dead_letter,
        kind=kind, instance=7, stimulus=msgspec.msgpack.encode(["ann@example.com"]), trace="Trace", at=1,
    )  # fmt: skip
    place.owner.writer.write(insert)
    return place.engine.reports.dead_letters(CALLER)[0].id


def test_dead_letters_are_shown_and_dropped(place: EmbeddedEngine) -> None:
    number = letter(place)
    shown = place.engine.operations.dead_letter(CALLER, number)
    assert (shown.content, shown.traceback) == ('["ann@example.com"]', "Trace")
    assert place.engine.operations.drop(CALLER, (number,)) == 1
    assert place.engine.operations.drop(CALLER, (number,)) == 0
    assert place.engine.reports.dead_letters(CALLER) == ()
    assert [row.what for row in place.engine.access.audit(CALLER)].count("drop_dead_letters") == 1
    with pytest.raises(SojournError) as caught:
        place.engine.operations.dead_letter(CALLER, number)
    assert caught.value.code == "dead_letter_unknown"


def test_payloads_are_shown_to_administrators_only(place: EmbeddedEngine, version: VersionRow) -> None:
    place.engine.users.put(CALLER, "lee", ("Standard User",))
    event = place.engine.operations.received(LEE)[0].id
    for call in (
        partial(place.engine.operations.event, LEE, event),
        partial(place.engine.operations.dead_letter, LEE, 1),
        partial(place.engine.operations.drop, LEE, (1,)),
    ):
        with pytest.raises(SojournError) as caught:
            call()
        assert caught.value.code == "not_permitted"


def test_records_are_reached_over_http(place: EmbeddedEngine, version: VersionRow) -> None:
    client = Client(make_app(place.owner), place.owner.token)
    number = letter(place)
    assert client.get("/authoring/failedPeople?key=p1").json()["totalCount"] == 1
    assert client.get("/authoring/failedPeople?limit=0").status_code == 400
    assert client.get("/authoring/events").json()["totalCount"] == 2
    assert client.get("/authoring/events/none").status_code == 404
    event = client.get("/authoring/events").json()["results"][0]["id"]
    assert "p2_x" in client.get(f"/authoring/events/{event}").json()["result"]["document"]
    assert client.get("/authoring/discards").json() == {"results": [], "totalCount": 0}
    assert client.get("/authoring/suspended").json() == {"results": [], "totalCount": 0}
    assert client.request("POST", "/authoring/suspended/segment/s/resume").status_code == 404
    assert client.get("/authoring/deadLetters").json()["results"][0]["id"] == number
    assert client.get(f"/authoring/deadLetters/{number}").json()["result"]["traceback"] == "Trace"
    assert client.request("DELETE", f"/authoring/deadLetters/{number}").json() == {"count": 1}
    assert client.request("DELETE", f"/authoring/deadLetters/{number}").status_code == 404
    assert client.request("POST", "/authoring/deadLetters/x/retry").status_code == 404
    place.world.reply = lambda call: None
    assert client.request("POST", "/authoring/failedPeople/resume?journey=J").json() == {"count": 2}
    assert until(lambda: place.metrics(version), lambda seen: seen["completed"] == 2)["failed"] == 0
