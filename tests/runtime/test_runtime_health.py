"""Health: what it says of each part, and what ends the process."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pysqlite3
import pytest

from engine.api.server import HttpServer, bind, health
from engine.cli.health import EXIT_PART_ENDED, Watchdog
from engine.errors import SojournError
from engine.host import EventLoop
from engine.remote import RpcClient
from engine.runtime import health as limits
from engine.store import backups, sqlite
from engine.store.database_errors import error_reason, is_damage, is_database_error
from engine.store.tables import dead_letters
from tests.helpers.embedded_engine import EmbeddedEngine, running, until
from tests.helpers.journey_builders import activity, entry, journey, notify

JOURNEY = journey([entry(), activity("wait", "wait.duration", duration="PT6H")], ["in>wait"])


class EndedError(Exception):
    """Ends a thread of the engine."""


def end_writer(place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """End the writer's thread by an error that nothing handles."""

    def end(batch: object) -> None:
        raise EndedError

    monkeypatch.setattr(place.owner.writer._runner, "run", end)
    with pytest.raises(SojournError) as caught:
        place.nudge()
    assert caught.value.code == "engine_stopped"
    until(lambda: place.owner.writer.is_alive, lambda alive: not alive)


def asked(place: EmbeddedEngine, server: HttpServer, path: str) -> tuple[int, dict[str, str]]:
    """Answer of the engine at a path."""
    status, body = RpcClient(server.address, place.owner.token).request("GET", path)
    return status, json.loads(body)


def test_idle_engine_passes_every_check(tmp_path: Path) -> None:
    with running(tmp_path / "w") as place:
        state = health(place.owner)
    assert (state["status"], state["reason"]) == ("ok", "")
    assert {check["status"] for check in state["checks"].values()} == {"ok"}
    names = {"writer", "database", "commits", "drain", "dispatch", "dead_letters", "timers", "vault", "clock"}
    assert state["checks"].keys() == names | {"address", "descriptors", "disk", "suspended"}


def test_dead_writer_is_told_and_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path / "w") as place:
        server = HttpServer(place.owner, place.events, bind("127.0.0.1", 0))
        assert [asked(place, server, path)[0] for path in ("/livez", "/readyz", "/healthz")] == [200, 200, 200]
        end_writer(place, monkeypatch)
        found = {path: asked(place, server, path) for path in ("/livez", "/readyz", "/healthz")}
        with pytest.raises(SojournError, match="stop"):
            place.send("late")
        server.close()
    assert {path: status for path, (status, _) in found.items()} == dict.fromkeys(found, 503)
    assert "writer" in found["/livez"][1]["reason"]
    assert "the writer's thread ended" in caplog.text


def test_watchdog_ends_process_for_dead_writer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    codes: list[int] = []
    with running(tmp_path / "w") as place:
        watchdog = Watchdog(place.owner.health.dead_part, place.events, codes.append, look_seconds=0.001)
        end_writer(place, monkeypatch)
        until(lambda: list(codes), bool)
        watchdog.close()
    assert codes == [EXIT_PART_ENDED]
    (line,) = capsys.readouterr().err.splitlines()
    assert "writer (EndedError)" in line
    assert "a part of the engine ended" in caplog.text


def test_watchdog_ends_process_for_silent_loop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("engine.cli.health.UNANSWERED", 3)
    events, goes_on, codes = EventLoop(), threading.Event(), list[int]()
    watchdog = Watchdog(lambda: None, events, codes.append, look_seconds=0.001)
    events.loop.call_soon_threadsafe(goes_on.wait)
    until(lambda: list(codes), bool)
    goes_on.set()
    watchdog.close()
    events.close()
    assert codes == [EXIT_PART_ENDED]
    assert "loop" in capsys.readouterr().err
    assert caplog.records


def test_failed_worker_of_calls_is_dead_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def end(job: object) -> None:
        raise EndedError

    with running(tmp_path / "w") as place:
        world = place.owner.dispatch
        monkeypatch.setattr(world, "_put", end)
        place.publish(journey([entry(), notify("told")], ["in>told"]))
        place.send("p1")
        until(place.owner.health.dead_part, bool)
        dead = place.owner.health.dead_part()
        assert dead is not None
        assert dict(dead.arguments) == {"part": "dispatch", "name": "EndedError"}
        assert health(place.owner)["checks"]["dispatch"]["status"] == "degraded"
    assert "the dispatch of calls ended" in caplog.text


@pytest.mark.parametrize(
    ("limit", "value", "check"), [("FEW_DESCRIPTORS", 1 << 40, "descriptors"), ("LITTLE_DISK", 1 << 60, "disk")]
)
def test_scarce_resource_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, check: str
) -> None:
    monkeypatch.setattr(limits, limit, value)
    with running(tmp_path / "w") as place:
        state = health(place.owner)
        assert state["status"] == "degraded"
        assert [name for name, one in state["checks"].items() if one["status"] != "ok"] == [check]
        assert place.owner.health.refusal() is None


def test_recent_dead_letter_is_told(tmp_path: Path) -> None:
    with running(tmp_path / "w") as place:
        at = place.clock.now()
        row = {"at": at, "kind": "timer", "instance": 1, "stimulus": b"", "traceback": ""}
        place.owner.writer.write(lambda connection: connection.execute(dead_letters.insert().values(row)))
        assert health(place.owner)["checks"]["dead_letters"]["value"] == 1
        assert health(place.owner)["status"] == "degraded"
        place.clock.time += 2 * 86_400_000
        assert health(place.owner)["checks"]["dead_letters"]["status"] == "ok"


def test_batch_without_commit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STALL_SECONDS", 0)
    with running(tmp_path / "w") as place:
        assert place.owner.health.refusal() is not None, "0 seconds is too long already"
        monkeypatch.setattr(limits, "STALL_SECONDS", 1)
        until(place.owner.health.refusal, lambda reason: reason is None)


def damage(folder: Path, table: str) -> None:
    """Overwrite the pages of a table and of its indexes in the database file."""
    path = folder / sqlite.FILE
    connection = pysqlite3.connect(str(path))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    roots = [row[0] for row in connection.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = ?", (table,))]
    connection.close()
    with path.open("r+b") as file:
        for root in roots:
            file.seek((root - 1) * sqlite.PAGE)
            file.write(b"\xa5" * sqlite.PAGE)
        file.flush()
        os.fsync(file.fileno())


def prepared(folder: Path) -> Path:
    """Make a workspace with one person, and return a backup that it remembers."""
    with running(folder) as place:
        place.publish(JOURNEY)
        place.send("before")
    backup = folder.parent / "good.sqlite"
    backup.touch()
    backups.note_last(folder, backup)
    return backup


@pytest.mark.parametrize("table", ["events", "step_events", "outbox", "profiles"])
def test_damage_at_start_names_backup(tmp_path: Path, caplog: pytest.LogCaptureFixture, table: str) -> None:
    backup = prepared(tmp_path / "w")
    damage(tmp_path / "w", table)
    with pytest.raises(SojournError) as caught, running(tmp_path / "w"):
        pass
    assert (caught.value.code, str(backup) in caught.value.message) == ("workspace_damaged", True)
    assert {record.getMessage() for record in caplog.records} <= {"the workspace's database is damaged"}


@pytest.mark.parametrize("table", ["entries", "counters"])
def test_damaged_table_stops_acceptance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, table: str
) -> None:
    monkeypatch.setattr("engine.store.database._SMALL", 0)
    folder = tmp_path / "w"
    backup = prepared(folder)
    damage(folder, table)
    with running(folder) as place:
        for number in range(3):
            with pytest.raises(SojournError) as caught:
                place.send(f"p{number}")
            assert (caught.value.code, str(backup) in caught.value.message) == ("workspace_damaged", True)
        state = health(place.owner)
        assert (state["status"], "damaged" in state["reason"]) == ("degraded", True)
        assert place.owner.health.refusal() is not None
        assert place.owner.writer.is_alive
    assert "set aside" not in caplog.text
    assert "damaged" in caplog.text


def test_input_output_error_is_not_full_disk() -> None:
    error = pysqlite3.OperationalError("disk I/O error")
    assert is_database_error(error)
    assert not is_damage(error)
    assert "input or output error" in str(error_reason(error))
    assert "room" in str(error_reason(pysqlite3.OperationalError("database or disk is full")))
