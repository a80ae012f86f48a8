"""Timers that were overdue at the start: few fire at a rate, many are held; others fire meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.api.server import health, metrics_text
from engine.services.views import VersionRow
from tests.helpers.embedded_engine import CALLER, HOUR, EmbeddedEngine, ManualClock, running, until
from tests.helpers.journey_builders import activity, entry, journey

WAITING = journey([entry(), activity("wait", "wait.duration", duration="PT6H")], ["in>wait"])
PAST = journey(
    [entry(), activity("wait", "wait.custom", until='toDateTimeOnly("2020-01-01T00:00:00")')],
    ["in>wait"],
    name="Past",
)


def left_overdue(folder: Path, clock: ManualClock, people: int = 3, limit: int = 2) -> VersionRow:
    """People whose timers fell due while no engine ran."""
    with running(folder, clock=clock) as place:
        version = place.publish(WAITING)
        place.engine.settings.set(CALLER, "overdue_timers", limit)
        for number in range(people):
            place.send(f"p{number}")
        place.settle(version, entered=people)
    clock.time += 7 * HOUR
    return version


def completed(place: EmbeddedEngine, version: VersionRow, expected: int) -> None:
    """Wait until so many people are through, second by second."""
    until(lambda: place.later(1_000, lambda: place.metrics(version)["completed"]), lambda done: done == expected)


def test_held_timers_affect_nobody_else(workspace: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    version = left_overdue(workspace, clock)
    with running(workspace, clock=clock) as place:
        assert [record.getMessage() for record in caplog.records] == ["overdue timers are held"]
        assert health(place.owner)["checks"]["timers"] == {
            "status": "degraded",
            "value": 3,
            "reason": "3 timers were overdue at the start and are held; let them fire with: timers release",
        }
        assert "sojourn_held_timers 3" in metrics_text(place.owner)
        place.send("later")
        past = place.publish(PAST)
        place.send("past")
        completed(place, past, 1)
        place.pass_time(6 * HOUR)
        completed(place, version, 2)
        assert place.owner.writer.held == 3
        assert place.engine.operations.release_timers(CALLER) == 3
        completed(place, version, 5)
        assert (place.owner.writer.overdue, place.owner.writer.held) == (0, 0)
        assert health(place.owner)["checks"]["timers"]["status"] == "ok"


def test_released_timers_fire_after_restart(workspace: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    version = left_overdue(workspace, clock, people=5, limit=1)
    with running(workspace, clock=clock) as place:
        place.engine.settings.set(CALLER, "overdue_rate", 1)
        assert place.engine.operations.release_timers(CALLER) == 5
        completed(place, version, 2)
    clock.time += HOUR
    with running(workspace, clock=clock) as place:
        assert (place.owner.writer.overdue, place.owner.writer.held) == (3, 0)
        completed(place, version, 5)
        place.pass_time(1_000)
        assert place.owner.writer.overdue == 0
    assert len(caplog.records) == 1


def test_held_timer_fires_before_event(workspace: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    version = left_overdue(workspace, clock)
    with running(workspace, clock=clock) as place:
        place.send("p0")
        place.settle(version, completed=1)
        assert place.metrics(version)["entered"] == 4, "the timer ended the first journey, the event began another"
    assert len(caplog.records) == 1


def test_overdue_is_never_negative(workspace: Path) -> None:
    clock = ManualClock()
    version = left_overdue(workspace, clock, limit=10)
    with running(workspace, clock=clock) as place:
        seen = [place.owner.writer.overdue]
        for _ in range(5):
            place.pass_time(1_000)
            seen.append(place.owner.writer.overdue)
        place.settle(version, completed=3)
        assert seen[0] == 3
        assert min(seen) == 0
        assert seen == sorted(seen, reverse=True)
