"""What comes in one transaction sees what came before it there, and loses none of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from engine.core.stimulus import ActionDone
from engine.model.definitions import Profile
from engine.ports import OutboxMessage
from engine.runtime.jobs import CallResultJob, FeedbackJob
from tests.helpers.embedded_engine import CALLER, START
from tests.helpers.journey_builders import DEFINITIONS, activity, entry, journey, notify
from tests.helpers.lockstep_engine import Lockstep, lockstep

MAIL = "p1@example.com"
SUBSCRIBED = {
    "name": "Subscribed",
    "type": "system",
    "event_id": "00000000-0000-4000-8000-000000000009",
    "fields": {"mail": "string", "city": "string"},
    "namespace": "Email",
    "key": "@{Subscribed.mail}",
}
POINTS = journey(
    [entry(), activity("points", "update_profile", field="Profile.points", value="@{Enter.n}")],
    ["in>points"],
    name="Points",
)
CITY = journey(
    [activity("in", "event", event="Subscribed"),
     activity("city", "update_profile", field="Profile.address.city", value="@{Subscribed.city}")],
    ["in>city"],
    name="City",
    namespace="Email",
    definitions={"events": [*DEFINITIONS["events"], SUBSCRIBED]},
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lockstep]:
    with lockstep(tmp_path / "w") as made:
        made.engine.profiles.save(CALLER, Profile(identities={"CRMID": "p1", "Email": MAIL}, testProfile=False))
        yield made


def post(place: Lockstep, *entities: dict[str, object]) -> None:
    """All of these events in one transaction."""
    assert place.engine.events.accept(CALLER, [{"messages": list(entities)}]).errors == ()
    place.settle()


def event(number: int, **payload: object) -> dict[str, object]:
    name = f"00000000-0000-4000-8000-00000000000{number}"
    return {"_experience": {"campaign": {"orchestration": {"eventID": name}}}, **payload}


def attributes(place: Lockstep) -> object:
    found = place.engine.profiles.get(CALLER, "CRMID", "p1")
    return found.attributes if found is not None else None


def test_updates_by_two_identities_are_merged(place: Lockstep) -> None:
    for file in (POINTS, CITY):
        place.add(file, publish=True)
    post(place, event(1, id="p1", n=7), event(9, mail=MAIL, city="Seoul"))
    assert attributes(place) == {"points": 7, "address": {"city": "Seoul"}}


def test_update_survives_next_event(place: Lockstep) -> None:
    place.engine.settings.set(CALLER, "profiles_from_events", True)
    place.add(POINTS, publish=True)
    post(place, event(1, id="p1", n=7), event(2, id="p1"))
    assert attributes(place) == {"points": 7}
    found = place.engine.profiles.get(CALLER, "CRMID", "p1")
    assert found is not None
    assert sorted(str(one["eventType"]) for one in found.events) == ["Enter", "Visit"]


def test_immediate_feedback_matches_message(place: Lockstep) -> None:
    place.add(journey([entry(), notify("told")], ["in>told"]), publish=True)
    place.engine.events.accept(CALLER, [event(1, id="p1")])
    message = OutboxMessage("m1", "push", "p1", "", "hi", "")
    with place.writer.read() as connection:
        ((number, call),) = connection.exec_driver_sql("SELECT instance, call FROM outbox").all()
    known: Future[bool] = Future()
    answer = CallResultJob(number, ActionDone(call, status=200, message_id="m1"), ("told", message))
    with place.writer.turn:
        place.look()
        place.writer.put(answer)
        place.writer.put(FeedbackJob("prod", "m1", "delivered", START, future=known))
    assert known.result(20) is True
