"""The embedded runner walks people through journeys: entering, waiting, calling, leaving, and coming again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.core.stimulus import ActionDone
from engine.model.definitions import Profile
from engine.services.views import Caller
from tests.helpers.embedded_engine import (
    CALLER,
    DAY,
    HOUR,
    MINUTE,
    EmbeddedEngine,
    ManualClock,
    ScriptedPerformer,
    running,
    until,
)
from tests.helpers.journey_builders import activity, entry, journey, notify


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


WAITING = journey(
    [entry(), activity("wait", "wait.duration", duration="PT6H"), notify("told")], ["in>wait", "wait>told"]
)
TELLING = journey([entry(), notify("told")], ["in>told"])


def test_instance_enters_waits_and_receives_message(place: EmbeddedEngine) -> None:
    version = place.publish(WAITING)
    assert place.send().accepted
    assert place.settle(version, entered=1, current=1) == {
        "entered": 1,
        "current": 1,
        "completed": 0,
        "failed": 0,
        "stopped": 0,
    }
    assert [person.activity for person in place.engine.reports.people(CALLER, version.id)] == ["wait"]
    place.pass_time(6 * HOUR - 1)
    assert place.world.calls == []
    place.pass_time(1)
    place.settle(version, current=0, completed=1)
    assert [call.effect.activity for call in place.world.calls] == ["told"]


def test_counts_match_instance_positions(place: EmbeddedEngine) -> None:
    version = place.publish(WAITING)
    for key in ("a", "b", "c"):
        place.send(key)
    live = place.live(version)
    assert (live.activities["wait"].current, live.activities["in"].entered) == (3, 3)
    assert live.edges == {"in": 3, "wait": 0}
    assert live.entrances == ((place.clock.time // MINUTE * MINUTE, 3),)
    place.pass_time(6 * HOUR)
    place.settle(version, completed=3)
    live = place.live(version)
    assert (live.activities["wait"].current, live.activities["told"].entered, live.edges["wait"]) == (0, 3, 3)


def test_same_key_is_never_twice_in_journey(place: EmbeddedEngine) -> None:
    version = place.publish(WAITING)
    place.send()
    place.send()
    assert place.metrics(version)["entered"] == 1
    assert place.reasons() == ["already_in_journey"]


def test_reentrance_waits_five_minutes(place: EmbeddedEngine) -> None:
    version = place.publish(TELLING)
    place.send()
    place.settle(version, completed=1)
    place.pass_time(5 * MINUTE - 1)
    place.send()
    assert place.reasons() == ["reentrance_wait"]
    place.pass_time(1)
    place.send()
    place.settle(version, entered=2, completed=2)


def test_event_that_is_awaited_wins_over_wait(place: EmbeddedEngine) -> None:
    version = place.publish(
        journey(
            [
                entry(),
                activity("visit", "event", y=0, x=1, event="Visit"),
                activity("late", "wait.duration", y=9, x=1, duration="PT6H"),
                activity("came", "end", x=2),
                activity("away", "end", x=2, y=9),
            ],
            ["in>visit", "in>late", "visit>came", "late>away"],
        )
    )
    place.send("a")
    place.send("b")
    place.send("a", "Visit", table=4)
    place.settle(version, completed=1)
    place.pass_time(6 * HOUR)
    place.settle(version, completed=2)
    live = place.live(version)
    assert (live.activities["came"].entered, live.activities["away"].entered) == (1, 1)
    place.send("a", "Visit", table=4)
    assert place.reasons() == ["not_waiting"]


def test_event_during_call_is_held(workspace: Path) -> None:
    world = ScriptedPerformer()
    with running(workspace, world) as place:
        version = place.publish(
            journey(
                [entry(), notify("told"), activity("visit", "event", event="Visit"), activity("came", "end")],
                ["in>told", "told>visit", "visit>came"],
            )
        )
        world.reply = lambda call: _visit_first(place)
        place.send()
        place.settle(version, completed=1)


def _visit_first(place: EmbeddedEngine) -> None:
    """While the call is under way the person visits."""
    from threading import Thread

    sender = Thread(target=lambda: place.send("p1", "Visit"))
    sender.start()
    sender.join()


def test_error_without_path_is_resumable(place: EmbeddedEngine) -> None:
    version = place.publish(TELLING)
    place.world.reply = lambda call: ActionDone(call.effect.call, error="503")
    place.send()
    place.settle(version, failed=1, current=0)
    assert place.live(version).errors == {"503": 1}
    place.world.reply = lambda call: None
    (person,) = place.engine.reports.people(CALLER, version.id)
    place.engine.journeys.resume(CALLER, version.id, person.instance)
    assert place.settle(version, completed=1) == {"entered": 1, "current": 0, "completed": 1, "failed": 0, "stopped": 0}


def test_global_timeout_ends_instance(place: EmbeddedEngine) -> None:
    version = place.publish(
        journey([entry(), activity("visit", "event", event="Visit"), notify("told")], ["in>visit", "visit>told"])
    )
    place.send()
    place.pass_time(30 * DAY)
    place.pass_time(1)
    place.settle(version, failed=1)
    assert place.live(version).metrics["timed_out"] == 1


def test_profile_decides_and_is_updated(place: EmbeddedEngine) -> None:
    place.engine.profiles.save(CALLER, Profile(identities={"CRMID": "p1"}, attributes={"points": 5}, testProfile=False))
    version = place.publish(
        journey(
            [
                entry(),
                activity(
                    "rich",
                    "condition.data_source",
                    paths=[{"id": "yes", "expression": "#{ExperiencePlatform.Profile.points} > 3"}],
                ),
                activity("update", "update_profile", field="Profile.points", value="1"),
            ],
            ["in>rich", "rich:yes>update"],
        )
    )
    place.send()
    place.settle(version, completed=1)
    found = place.engine.profiles.get(CALLER, "CRMID", "p1")
    assert found is not None
    assert found.attributes == {"points": 1}
    place.pass_time(HOUR)
    place.send()
    place.settle(version, completed=2)
    assert place.live(version).edges["rich:yes"] == 1


def test_jump_starts_target_journey(place: EmbeddedEngine) -> None:
    target = place.publish(
        journey(
            [activity("in", "event", event="Visit"), activity("w", "wait.duration", duration="PT1H")],
            ["in>w"],
            name="Target",
        )
    )
    origin = place.publish(journey([entry(), activity("go", "jump", journey="Target")], ["in>go"], name="Origin"))
    place.send()
    place.settle(origin, completed=1)
    place.settle(target, entered=1, current=1)


def test_feedback_is_counted_and_unsubscribing_ends_messages(place: EmbeddedEngine) -> None:
    version = place.publish(
        journey(
            [
                entry(),
                activity("mail", "email", template="Welcome", address='"a@b.example"', parameters={"firstName": '"A"'}),
            ],
            ["in>mail"],
        )
    )
    place.send()
    place.settle(version, completed=1)
    (message,) = place.engine.reports.messages(CALLER)
    said = place.engine.events.feedback(
        CALLER, [{"message": message.id, "kind": "opened"}, {"message": "x", "kind": "opened"}]
    )
    assert said.accepted == (message.id,)
    assert [error.field for error in said.errors] == ["message"]
    place.engine.events.feedback(CALLER, [{"message": message.id, "kind": "unsubscribed"}])
    assert place.live(version).metrics["opened"] == 1
    assert place.owner._is_suppressed("prod", "email", "a@b.example")


def test_feedback_from_another_sandbox_knows_no_message(place: EmbeddedEngine) -> None:
    mail = activity("mail", "email", template="Welcome", address='"a@b.example"', parameters={"firstName": '"A"'})
    version = place.publish(journey([entry(), mail], ["in>mail"]))
    place.send()
    place.settle(version, completed=1)
    (message,) = place.engine.reports.messages(CALLER)
    said = place.engine.events.feedback(Caller(sandbox="dev"), [{"message": message.id, "kind": "unsubscribed"}])
    assert [error.code for error in said.errors] == ["no_match"]
    assert not place.owner._is_suppressed("dev", "email", "a@b.example")
    assert place.live(version).metrics["unsubscribed"] == 0


def test_second_sandbox_is_world_of_its_own(place: EmbeddedEngine) -> None:
    version = place.publish(TELLING)
    other = Caller(sandbox="dev")
    refused = place.engine.events.accept(other, [{"id": "p1"}], "Enter")
    assert [error.code for error in refused.errors] == ["no_match"]
    assert place.metrics(version)["entered"] == 0


def test_versions_close_stop_and_finish(place: EmbeddedEngine) -> None:
    first = place.publish(WAITING)
    place.send("a")
    second = place.engine.journeys.new_version(CALLER, "J")
    place.engine.journeys.publish(CALLER, second.id)
    assert place.engine.journeys.row(CALLER, first.id).state == "closed"
    place.send("b")
    assert (place.metrics(first)["current"], place.metrics(second)["current"]) == (1, 1)
    place.engine.journeys.stop(CALLER, second.id)
    place.pass_time(2_000)
    place.settle(second, stopped=1, current=0)
    place.pass_time(6 * HOUR)
    place.settle(first, completed=1)
    place.pass_time(2_000)
    until(
        lambda: place.later(1_000, lambda: place.engine.journeys.row(CALLER, first.id).state),
        lambda s: s == "finished",
    )
    place.send("c")
    assert place.reasons()[0] == "closed"


def test_overdue_timers_fire_at_limited_rate(workspace: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    with running(workspace, clock=clock) as place:
        version = place.publish(WAITING)
        place.engine.settings.set(CALLER, "overdue_timers", 2)
        place.engine.settings.set(CALLER, "overdue_rate", 2)
        for key in ("a", "b", "c"):
            place.send(key)
    clock.time += 7 * HOUR
    with running(workspace, clock=clock) as place:
        assert place.owner.writer.overdue == 3
        place.pass_time(1_000)
        assert place.metrics(version)["current"] == 3
        place.engine.settings.set(CALLER, "overdue_timers", 3)
        until(lambda: place.later(1_000, lambda: place.metrics(version)["completed"]), lambda done: done >= 2)
        until(lambda: place.later(1_000, lambda: place.metrics(version)["completed"]), lambda done: done == 3)
    assert [record.getMessage() for record in caplog.records] == ["overdue timers are held"]


def test_jump_never_reaches_ended_journey(place: EmbeddedEngine) -> None:
    target = place.publish(
        journey(
            [activity("in", "event", event="Visit"), activity("w", "wait.duration", duration="PT1H")],
            ["in>w"],
            name="Target",
            ends_at="2026-03-10T08:10:00Z",
        )
    )
    origin = place.publish(
        journey(
            [entry(), activity("go", "jump", journey="Target", parameters={"table": "@{Enter.n}"})],
            ["in>go"],
            name="Origin",
        )
    )
    place.send(n=4)
    place.settle(origin, completed=1)
    place.settle(target, entered=1)
    place.clock.time += 10 * MINUTE
    place.send("p2", n=4)
    place.settle(origin, failed=1)
    assert place.live(origin).errors == {"evaluation": 1}
