"""The store fails at random, is locked, or full: nothing is lost, the state is told, and all goes on without hands."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pysqlite3
import pytest
from sqlalchemy import event as hooks
from sqlalchemy import select

from engine.api.server import health
from engine.errors import SojournError
from engine.ports import Call
from engine.runtime import job_runner
from engine.store import sqlite
from engine.store.tables import dead_letters, events, instances, outbox, step_events
from tests.helpers.embedded_engine import CALLER, HOUR, EmbeddedEngine, ScriptedPerformer, running, until
from tests.helpers.journey_builders import activity, entry, journey, notify

JOURNEY = journey(
    [entry(), notify("told"), activity("wait", "wait.duration", duration="PT6H"), notify("again")],
    ["in>told", "told>wait", "wait>again"],
)
STEPS = 4


@contextmanager
def faulty(place: EmbeddedEngine, chance: Random, share: float) -> Iterator[Counter[str]]:
    """Writes and commits of this engine fail at random; how often each kind did."""
    failed: Counter[str] = Counter()
    engine = place.owner.database._writer

    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        kind = statement.split(None, 1)[0]
        if kind in ("INSERT", "UPDATE", "DELETE") and chance.random() < share:
            failed[kind] += 1
            raise pysqlite3.OperationalError("disk I/O error")

    def at_commit(_connection: Any) -> None:
        if chance.random() < share:
            failed["COMMIT"] += 1
            raise pysqlite3.OperationalError("disk I/O error")

    hooks.listen(engine, "before_cursor_execute", before)
    hooks.listen(engine, "commit", at_commit)
    try:
        yield failed
    finally:
        hooks.remove(engine, "before_cursor_execute", before)
        hooks.remove(engine, "commit", at_commit)


def send(place: EmbeddedEngine, key: str) -> None:
    """As a sender does: again and again, under the same id, until it is acknowledged."""

    def acknowledged() -> bool:
        try:
            return bool(place.engine.events.accept(CALLER, [{"_id": f"e-{key}", "id": key}], "Enter").accepted)
        except SojournError as error:
            if error.code != "workspace_unwritable":
                raise
            return False

    until(acknowledged, bool)


def check(place: EmbeddedEngine, keys: list[str]) -> None:
    """Everyone is through, once, with every step."""
    with place.owner.database.read() as connection:
        people = connection.execute(select(instances.c.id, instances.c.key)).all()
        accepted = Counter(connection.execute(select(events.c.source_id)).scalars())
        steps = Counter(connection.execute(select(step_events.c.instance)).scalars())
        left = [connection.execute(select(table)).all() for table in (outbox, dead_letters)]
    assert Counter(row.key for row in people) == Counter(keys)
    assert accepted == Counter(f"e-{key}" for key in keys)
    assert steps == Counter({row.id: STEPS for row in people})
    assert left == [[], []]
    assert {number for kind, number in Counter(call.key for call in place.world.calls).items()} <= {1, 2, 3}
    assert len({call.key for call in place.world.calls}) == 2 * len(keys)


def test_random_write_failures_lose_and_repeat_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(job_runner, "RETRY_SECONDS", 0.001)
    keys = [f"p{number}" for number in range(60)]
    with running(tmp_path / "w") as place, caplog.at_level(logging.CRITICAL):
        version = place.publish(JOURNEY)
        with faulty(place, Random(5), 0.08) as failed:
            for key in keys:
                send(place, key)
            until(lambda: place.live(version).activities["wait"].current, lambda number: number == len(keys))
            place.clock.time += 6 * HOUR
            until(lambda: len({call.key for call in place.world.calls}), lambda told: told == 2 * len(keys))
        place.settle(version, completed=len(keys), current=0, failed=0, stopped=0)
        assert min(failed[kind] for kind in ("INSERT", "UPDATE", "DELETE", "COMMIT")) > 0
        check(place, keys)
        assert health(place.owner)["status"] == "ok"


def test_locked_workspace_is_reported_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_MS", 20)
    with running(tmp_path / "w") as place:
        version = place.publish(JOURNEY)
        send(place, "before")
        until(lambda: len(place.world.calls), lambda told: told == 1)
        place.settle(version, current=1)
        other = pysqlite3.connect(str(tmp_path / "w" / sqlite.FILE), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SojournError) as caught:
            place.engine.events.accept(CALLER, [{"id": "meanwhile"}], "Enter")
        assert (caught.value.code, "locked" in caught.value.message) == ("workspace_unwritable", True)
        assert (health(place.owner)["status"], "locked" in health(place.owner)["reason"]) == ("degraded", True)
        place.clock.time += 6 * HOUR
        other.execute("ROLLBACK")
        other.close()
        send(place, "after")
        place.settle(version, entered=2, completed=1)
        assert health(place.owner)["status"] == "ok"
    assert "the database refused" in caplog.text


def test_refusing_store_answers_immediately(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer of a call waits to be written; those who send meanwhile do not wait with it."""
    monkeypatch.setattr(job_runner, "RETRY_SECONDS", 0.001)
    world = ScriptedPerformer()
    asked, go = threading.Event(), threading.Event()

    def late(call: Call) -> None:
        asked.set()
        assert go.wait(20)

    world.reply = late
    with running(tmp_path / "w", world) as place, caplog.at_level(logging.CRITICAL):
        version = place.publish(JOURNEY)
        send(place, "first")
        assert asked.wait(20)
        with faulty(place, Random(1), 1.0) as failed:
            go.set()
            until(failed.total, lambda number: number > 3)
            for key in ("second", "third"):
                with pytest.raises(SojournError) as caught:
                    place.engine.events.accept(CALLER, [{"id": key}], "Enter")
                assert caught.value.code == "workspace_unwritable"
        place.settle(version, entered=1, current=1)
        until(lambda: place.live(version).activities["wait"].current, lambda number: number == 1)


def test_error_between_batches_stops_only_timers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def faulty() -> None:
        raise ZeroDivisionError

    with running(tmp_path / "w") as place:
        version = place.publish(journey([entry(), activity("wait", "wait.duration", duration="PT6H")], ["in>wait"]))
        place.send("a")
        place.settle(version, current=1)
        with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
            patch.setattr(place.owner.writer._maintenance, "look", faulty)
            until(lambda: health(place.owner)["reason"], lambda reason: "ZeroDivisionError" in reason)
            place.send("b")
            place.settle(version, current=2)
            assert [record.message for record in caplog.records] == ["timers do not fire after a fault"]
        place.pass_time(6 * HOUR)
        place.settle(version, completed=2)
        assert health(place.owner)["status"] == "ok"
