"""Nothing acknowledged is lost and nothing happens twice: faults, restarts, full disks and too many events."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from engine.core import advance
from engine.core.effect import Fetch
from engine.core.stimulus import ActionDone, EventArrived, FetchDone
from engine.errors import SojournError
from engine.host import host_workspace
from engine.ports import Call, IncomingEvent
from engine.runtime import batch_processor
from engine.runtime.writer import BusyError
from tests.helpers.embedded_engine import CALLER, DAY, HOUR, START, ManualClock, ScriptedPerformer, running, until
from tests.helpers.journey_builders import activity, entry, journey, notify

WAITING = journey(
    [entry(), activity("wait", "wait.duration", duration="PT6H"), notify("told")], ["in>wait", "wait>told"]
)
TELLING = journey([entry(), notify("told")], ["in>told"])


def event(key: str, name: str) -> IncomingEvent:
    payload = {"id": key}
    return IncomingEvent("prod", name, START, ((EventArrived("Enter", payload, name), key, "CRMID"),), "{}")


def test_duplicate_id_within_seven_days_is_ignored(workspace: Path) -> None:
    with running(workspace) as place:
        version = place.publish(TELLING)
        assert place.owner.writer.accept([event("p1", "e1"), event("p1", "e1")]) == (True, False)
        place.settle(version, completed=1)
        place.pass_time(7 * DAY - 1)
        assert place.owner.writer.accept([event("p1", "e1")]) == (False,)
        assert place.metrics(version)["entered"] == 1
        place.pass_time(1)
        assert place.owner.writer.accept([event("p1", "e1")]) == (True,)
        place.settle(version, completed=2)


def test_restart_continues(workspace: Path) -> None:
    clock, world = ManualClock(), ScriptedPerformer()
    with running(workspace, world, clock) as place:
        version = place.publish(WAITING)
        for key in ("a", "b"):
            place.send(key)
    clock.time += 6 * HOUR
    with running(workspace, world, clock) as place:
        place.pass_time(1_000)
        place.settle(version, completed=2)
    assert sorted(call.effect.activity for call in world.calls) == ["told", "told"]


def test_timer_fires_in_idle_engine(workspace: Path) -> None:
    world, clock = ScriptedPerformer(), ManualClock()
    with running(workspace, world, clock) as place:
        version = place.publish(WAITING)
        place.send()
        place.settle(version, current=1)
    clock.time += 6 * HOUR
    owner = host_workspace(workspace, make_performer=lambda *_: world, make_clock=lambda floor: clock)
    assert owner is not None
    owner.writer.write(lambda connection: None)
    owner.start()
    until(lambda: owner.engine.reports.live(CALLER, version.id).metrics["completed"], lambda seen: seen == 1)
    owner.engine.close()


def test_interrupted_call_is_repeated_with_same_key(workspace: Path) -> None:
    clock, first, second = ManualClock(), ScriptedPerformer(), ScriptedPerformer()
    begun = threading.Event()

    async def never(call: Call) -> ActionDone:
        import asyncio

        first.calls.append(call)
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    first.perform = never  # type: ignore[method-assign]
    with running(workspace, first, clock) as place:
        version = place.publish(TELLING)
        place.send()
        assert begun.wait(20)
        assert place.metrics(version)["current"] == 1
    with running(workspace, second, clock) as place:
        place.settle(version, completed=1)
    assert [call.key for call in second.calls] == [call.key for call in first.calls]


def test_invalid_stimulus_becomes_dead_letter(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = advance.enter

    def faulty(program: Any, record: Any, *rest: Any) -> Any:
        if record.key == "bad":
            raise ZeroDivisionError
        return real(program, record, *rest)

    with running(workspace) as place:
        version = place.publish(WAITING)
        monkeypatch.setattr(batch_processor, "enter", faulty)
        with caplog.at_level(logging.ERROR):
            fresh = place.owner.writer.accept([event("bad", "e1")])
        assert fresh == (True,)
        place.send("good")
        assert place.metrics(version)["entered"] == 1
        (aside,) = place.engine.reports.dead_letters(CALLER)
        assert (aside.kind, "ZeroDivisionError" in aside.traceback) == ("arrival", True)
        assert "set aside after three tries" in caplog.text
        assert place.owner.writer.accept([event("bad", "e1")]) == (False,), "its id is known"
        monkeypatch.setattr(batch_processor, "enter", real)
        assert place.engine.reports.retry(CALLER, [aside.id]) == 1
        place.settle(version, entered=2)
        assert place.engine.reports.dead_letters(CALLER) == ()


def test_performer_error_keeps_call(workspace: Path, caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptedPerformer()

    def break_down(call: Call) -> None:
        raise ZeroDivisionError

    world.reply = break_down
    with running(workspace, world) as place:
        version = place.publish(TELLING)
        place.send()
        (aside,) = until(lambda: place.engine.reports.dead_letters(CALLER), bool)
        assert (aside.kind, len(world.calls)) == ("call", 3)
        world.reply = lambda call: None
        assert place.engine.reports.retry(CALLER, [aside.id]) == 1
        place.settle(version, completed=1)
    assert "set aside" in caplog.text


def test_too_many_waiting_events_are_refused(workspace: Path) -> None:
    with running(workspace) as place:
        place.engine.settings.set(CALLER, "max_waiting_events", 2)
        go = threading.Event()
        held = threading.Thread(target=lambda: place.owner.writer.write(lambda connection: go.wait(20)))
        held.start()
        until(lambda: place.owner.writer.waiting, lambda waiting: waiting == 0)
        futures = [place.owner.writer.submit([event(key, key)]) for key in ("a", "b")]
        with pytest.raises(BusyError) as caught:
            place.owner.writer.submit([event("c", "c")])
        assert caught.value.code == "too_much_waiting"
        go.set()
        held.join()
        assert [future.result(20) for future in futures] == [(True,), (True,)]
        assert place.owner.writer.accept([event("c", "c")]) == (True,)


def test_full_disk_refuses_events_and_recovers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with running(tmp_path / "w", max_pages=400) as place:
        version = place.publish(WAITING)
        taken, refusal = 0, ""
        while not refusal:
            try:
                place.send(f"p{taken}", when="x" * 20_000)
                taken += 1
            except SojournError as error:
                refusal = error.code
        assert refusal == "workspace_unwritable"
        assert place.owner.writer.failure
        assert place.metrics(version)["entered"] == taken
        with place.owner.database._writer.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA max_page_count=100000")
            connection.exec_driver_sql("BEGIN")
        place.send("later")
        assert place.owner.writer.failure == ""
        assert place.metrics(version)["entered"] == taken + 1
    assert "the database refused" in caplog.text


def test_ledger_is_consistent_under_random_results(workspace: Path) -> None:
    world = ScriptedPerformer()
    answers = ["503", None, "timedOut", None]
    world.reply = lambda call: ActionDone(call.effect.call, error=answers[len(world.calls) % 4])
    with running(workspace, world) as place:
        version = place.publish(TELLING)
        for number in range(40):
            place.send(f"p{number}")
        seen = place.settle(version, current=0)
        assert seen["entered"] == 40 == seen["completed"] + seen["failed"]
        assert len({call.key for call in world.calls}) == 40


def test_data_is_fetched_and_decides(workspace: Path) -> None:
    world = ScriptedPerformer()
    world.reply = lambda call: (
        FetchDone(call.effect.call, data={"reservation": call.effect.parameters["id"] == "a"})
        if isinstance(call.effect, Fetch)
        else None
    )
    condition = activity(
        "stay",
        "condition.data_source",
        paths=[{"id": "yes", "expression": "#{Hotel.Stay.reservation, params: {id: @{Enter.id}}} == true"}],
    )
    with running(workspace, world) as place:
        version = place.publish(journey([entry(), condition, notify("told")], ["in>stay", "stay:yes>told"]))
        place.send("a")
        place.send("b")
        place.settle(version, completed=2)
        assert place.live(version).activities["told"].entered == 1


def test_one_process_owns_workspace(workspace: Path) -> None:
    from engine.facade import connect
    from engine.host import host_workspace

    with running(workspace):
        assert host_workspace(workspace) is None
        assert connect(workspace) is None, "it has not said where it listens"


def test_old_rows_go_and_reports_stay(workspace: Path) -> None:
    with running(workspace) as place:
        version = place.publish(TELLING)
        place.send()
        place.settle(version, completed=1)
        place.pass_time(401 * DAY)
        place.nudge()

        def left() -> int:
            place.pass_time(1_000)
            with place.owner.database.read() as connection:
                tables = ("events", "instances", "step_events")
                return sum(
                    connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() or 0 for table in tables
                )

        until(left, lambda rows: rows == 0)
        assert place.metrics(version)["completed"] == 1
