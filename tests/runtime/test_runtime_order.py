"""What falls due for a person comes before what arrives later, also when the writer sees both in one batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from engine.services.views import VersionRow
from tests.helpers.embedded_engine import CALLER, DAY, MINUTE, START, until
from tests.helpers.journey_builders import activity, entry, journey, notify
from tests.helpers.lockstep_engine import Lockstep, lockstep

ACTIVITIES = [
    entry(),
    activity("visit", "event", 1, 0, event="Visit"),
    activity("late", "wait.duration", 1, 1, duration="PT1M"),
    activity("came", "end", 2, 0),
    activity("away", "wait.duration", 2, 1, duration="P29D"),
    activity("never", "end", 3, 1),
]
EDGES = ["in>visit", "in>late", "visit>came", "late>away", "away>never"]
AWAITING = journey(ACTIVITIES, EDGES)
VISITED = journey([entry(), activity("visit", "event", event="Visit")], ["in>visit"])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lockstep]:
    with lockstep(tmp_path / "w") as made:
        yield made


def left(place: Lockstep, version: VersionRow) -> list[tuple[str, str, int]]:
    """The activities that the one person left: how, and after how many milliseconds."""
    ((_, rows),) = place.steps(version).items()
    return [(row["node"], row.get("end", ""), row["timestamp"] - START) for row in rows]


def send(place: Lockstep, event: str) -> None:
    place.engine.events.accept(CALLER, [{"id": "p1"}], event)


@pytest.mark.parametrize("delay", [MINUTE, MINUTE + 5])
def test_due_wait_precedes_later_event(place: Lockstep, delay: int) -> None:
    version = place.add(AWAITING, publish=True)
    send(place, "Enter")
    place.clock.time += delay
    send(place, "Visit")
    place.settle()
    assert left(place, version) == [("in", "", 0), ("late", "", delay)]
    assert place.discards("J") == [(START + delay, "Visit", "p1", "not_waiting")]


def test_earlier_event_precedes_wait(place: Lockstep) -> None:
    version = place.add(AWAITING, publish=True)
    send(place, "Enter")
    place.clock.time += MINUTE - 1
    send(place, "Visit")
    place.clock.time += 1
    place.settle()
    assert left(place, version) == [("in", "", 0), ("visit", "", MINUTE - 1), ("came", "finished", MINUTE - 1)]


def test_event_after_global_timeout_is_discarded(place: Lockstep) -> None:
    version = place.add(VISITED, publish=True)
    send(place, "Enter")
    place.clock.time += 30 * DAY + 1
    send(place, "Visit")
    place.settle()
    assert left(place, version) == [("in", "", 0), ("visit", "timed_out", 30 * DAY + 1)]
    assert [reason for *_, reason in place.discards("J")] == ["not_waiting"]


def test_overdue_times_fire_in_order(place: Lockstep) -> None:
    version = place.add(journey(ACTIVITIES, EDGES, global_timeout="PT30S"), publish=True)
    send(place, "Enter")
    place.clock.time += DAY
    place.settle()
    assert left(place, version) == [("in", "", 0), ("visit", "timed_out", DAY)]


def test_stop_takes_effect_first(place: Lockstep) -> None:
    version = place.add(AWAITING, publish=True)
    send(place, "Enter")
    place.clock.time += 10
    place.engine.journeys.stop(CALLER, version.id)
    send(place, "Visit")
    place.settle()
    assert left(place, version) == [("in", "", 0), ("visit", "stopped", 10)]
    assert [reason for *_, reason in place.discards("J")] == ["not_waiting"]


def test_nothing_continues_after_stop(place: Lockstep) -> None:
    version = place.add(journey([entry(), notify("told")], ["in>told"]), publish=True)
    place.engine.events.accept(CALLER, [{"id": "bad"}], "Enter")
    place.move_to(place.clock.time + MINUTE)
    place.settle()
    ((number, rows),) = place.steps(version).items()
    assert rows[-1]["end"] == "error"
    place.engine.journeys.stop(CALLER, version.id)
    place.engine.journeys.resume(CALLER, version.id, number)
    place.settle()
    assert place.steps(version)[number] == rows


def at_the_global_timeout(place: Lockstep, act: Callable[[], object], waiting: int) -> None:
    """Do this in the writer's next turn, which is at the millisecond of the person's global timeout."""
    writer = place.writer
    with writer.turn:
        place.look()
        until(lambda: writer.waiting, lambda number: number == 0)
        place.clock.time += 30 * DAY
        acting = Thread(target=act)
        acting.start()
        until(lambda: writer.waiting, lambda number: number == waiting)
    acting.join()
    place.settle()


def test_event_at_global_timeout_is_taken(place: Lockstep) -> None:
    version = place.add(VISITED, publish=True)
    send(place, "Enter")
    at_the_global_timeout(place, lambda: send(place, "Visit"), 1)
    assert left(place, version) == [("in", "", 0), ("visit", "finished", 30 * DAY)]


def test_late_accepted_event_at_global_timeout_is_taken(place: Lockstep) -> None:
    version = place.add(VISITED, publish=True)
    send(place, "Enter")
    place.clock.time += 30 * DAY
    place.settle()
    send(place, "Visit")
    assert left(place, version) == [("in", "", 0), ("visit", "finished", 30 * DAY)]


def test_wait_ending_at_global_timeout_is_first(place: Lockstep) -> None:
    version = place.add(journey(ACTIVITIES, EDGES, global_timeout="PT60S"), publish=True)
    send(place, "Enter")
    place.move_to(place.clock.time + DAY)
    place.settle()
    assert left(place, version) == [("in", "", 0), ("late", "", MINUTE), ("away", "timed_out", MINUTE + 1)]


def test_event_after_change_at_global_timeout_is_taken(place: Lockstep) -> None:
    version = place.add(VISITED, publish=True)
    send(place, "Enter")

    def change_and_send() -> None:
        place.writer.write_later(lambda connection: None)
        send(place, "Visit")

    at_the_global_timeout(place, change_and_send, 2)
    assert left(place, version) == [("in", "", 0), ("visit", "finished", 30 * DAY)]


def test_stop_at_global_timeout_is_first(place: Lockstep) -> None:
    version = place.add(VISITED, publish=True)
    send(place, "Enter")
    at_the_global_timeout(place, lambda: place.engine.journeys.stop(CALLER, version.id), 1)
    assert left(place, version) == [("in", "", 0), ("visit", "stopped", 30 * DAY)]
