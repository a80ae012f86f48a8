"""Backups of a workspace in use, and the way back: consistent under load, on either store and from one to the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.cli import main
from engine.errors import SojournError
from engine.services.backups import BackupService
from engine.services.views import BackupState
from engine.store import backups, sqlite
from engine.store.database import Database, restore_workspace
from engine.store.tables import metadata
from tests.helpers.embedded_engine import CALLER, HOUR, EmbeddedEngine, ManualClock, ScriptedPerformer, running, until
from tests.helpers.journey_builders import activity, entry, journey, notify
from tests.helpers.postgres import Server

WAITING = journey(
    [entry(), activity("wait", "wait.duration", duration="PT6H"), notify("told")], ["in>wait", "wait>told"]
)


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def made(place: EmbeddedEngine, target: Path) -> BackupState:
    """A backup, when it is done."""
    place.engine.backups.begin(CALLER, str(target))
    return until(lambda: place.engine.backups.state(CALLER), lambda state: state.done)


def test_last_backup_is_known_to_next_engine(workspace: Path, tmp_path: Path) -> None:
    with running(workspace) as first:
        assert first.engine.backups.state(CALLER) == BackupState("")
        kept = made(first, tmp_path / "a.sqlite")
        assert (kept.at, kept.fault) == (first.clock.now(), None)
    with running(workspace) as second:
        assert second.engine.backups.state(CALLER) == kept
        (tmp_path / "taken").write_text("")
        failed = made(second, tmp_path / "taken" / "b.sqlite")
        assert failed.fault
    with running(workspace) as third:
        assert third.engine.backups.state(CALLER) == kept


def test_backup_progress_is_reported(place: EmbeddedEngine, tmp_path: Path) -> None:
    copying, go_on = threading.Event(), threading.Event()

    def copy(target: Path) -> int:
        (tmp_path / ".a.sqlite.new").write_bytes(b"12345")
        copying.set()
        assert go_on.wait(20)
        return 9

    writer = place.owner.writer
    service = BackupService(writer, place.engine.access, copy, lambda: 10, tmp_path / "none")
    service.begin(CALLER, str(tmp_path / "a.sqlite"))
    assert copying.wait(20)
    state = service.state(CALLER)
    assert (state.done, state.size, state.of) == (False, 5, 10)
    go_on.set()
    service.finish()
    assert service.state(CALLER).size == 9


class Senders:
    """People who enter one after the other until they are told to stop."""

    def __init__(self, place: EmbeddedEngine) -> None:
        self._place = place
        self._stopping = threading.Event()
        self.acknowledged = 0
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Senders:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _send(self) -> None:
        while not self._stopping.is_set():
            self._place.send(f"p{self.acknowledged}")
            self.acknowledged += 1


def test_backup_under_load_is_consistent(place: EmbeddedEngine, tmp_path: Path) -> None:
    version = place.publish(WAITING)
    with Senders(place) as senders:
        before = until(lambda: senders.acknowledged, lambda count: count >= 20)
        state = made(place, tmp_path / "kept" / "a.sqlite")
        after = senders.acknowledged
        until(lambda: senders.acknowledged, lambda count: count > after)
    assert (state.fault, state.size) == (None, (tmp_path / "kept" / "a.sqlite").stat().st_size)
    restore_workspace(tmp_path / "again", tmp_path / "kept" / "a.sqlite", tmp_path / "none")
    world = ScriptedPerformer()
    with running(tmp_path / "again", world, ManualClock()) as again:
        seen = again.metrics(version)
        assert before <= seen["entered"] == seen["current"] <= after + 1
        with again.owner.database.read() as connection:
            counted = [connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in TABLES]
        assert counted == [seen["entered"]] * len(TABLES)
        again.pass_time(6 * HOUR)
        again.settle(version, completed=seen["entered"], current=0)
    assert len(world.calls) == seen["entered"]


TABLES = ("events", "entries", "instances", "step_events")
"""In each of them stands one row for each person who waits."""


def test_secrets_are_backed_up_encrypted(place: EmbeddedEngine, tmp_path: Path) -> None:
    place.engine.settings.set_secret(CALLER, "action/Notify/value", "hush")
    made(place, tmp_path / "a.sqlite")
    copies = (tmp_path / "a.sqlite", tmp_path / "a.sqlite.vault.json")
    assert [b"hush" in copy.read_bytes() for copy in copies] == [False, False]
    (tmp_path / "again.key").write_bytes((tmp_path / "w.key").read_bytes())
    (tmp_path / "again.key").chmod(0o600)
    restore_workspace(tmp_path / "again", *copies)
    with running(tmp_path / "again") as again:
        assert again.owner.secrets.get("prod/action/Notify/value") == "hush"


def test_invalid_backup_target_is_refused(place: EmbeddedEngine, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    for path in ("relative.sqlite", str(tmp_path / "there")):
        with pytest.raises(SojournError) as caught:
            place.engine.backups.begin(CALLER, path)
        assert caught.value.code == "backup_path"
    state = made(place, tmp_path / "there" / "a.sqlite")
    assert "cannot be written" in str(state.fault)
    assert sorted(tmp_path.glob(".*.new")) == []


def test_one_backup_at_time(place: EmbeddedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    for way in ("copy_file", "copy_out"):
        monkeypatch.setattr(backups, way, lambda *_: go.wait(20))
    place.engine.backups.begin(CALLER, str(tmp_path / "a"))
    with pytest.raises(SojournError) as caught:
        place.engine.backups.begin(CALLER, str(tmp_path / "b"))
    assert caught.value.code == "backup_under_way"
    assert not place.engine.backups.state(CALLER).done
    go.set()
    until(lambda: place.engine.backups.state(CALLER).done, bool)
    assert "backup" in [line.what for line in place.engine.access.audit(CALLER)]


OF_THE_ORIGINAL = ("owner", "last_backup", "commits", "identity")
"""What a backup cannot have: who owns the workspace now, and how the backup itself ended."""


def rows_of(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    opened = Database(str(folder))
    opened.prepare()
    with opened.read() as connection:
        found = {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }
    opened.close()
    found["workspace"] = [row for row in found["workspace"] if row[0] not in OF_THE_ORIGINAL]
    return found


def test_workspace_moves_between_stores(postgres: Server, tmp_path: Path) -> None:
    with running(tmp_path / "first") as place:
        version = place.publish(WAITING)
        for key in ("a", "b\0c", "서준"):
            place.send(key)
        made(place, tmp_path / "one.sqlite")
    there = postgres.furnish(tmp_path / "there")
    restore_workspace(there, tmp_path / "one.sqlite", tmp_path / "none")
    assert rows_of(there) == rows_of(tmp_path / "first")
    with running(there, clock=ManualClock()) as place:
        place.send("new", "Enter")
        place.pass_time(6 * HOUR)
        place.settle(version, completed=4)
        made(place, tmp_path / "two.sqlite")
    restore_workspace(tmp_path / "back", tmp_path / "two.sqlite", tmp_path / "none")
    assert rows_of(tmp_path / "back") == rows_of(there)


def refused(code: str, folder: Path, source: Path) -> None:
    with pytest.raises(SojournError) as caught:
        restore_workspace(folder, source, source.with_name("none"))
    assert caught.value.code == code


def test_only_new_workspace_is_restored_into(workspace: Path, tmp_path: Path) -> None:
    with running(workspace) as place:
        made(place, tmp_path / "a.sqlite")
        refused("workspace_owned", workspace, tmp_path / "a.sqlite")
    refused("workspace_not_empty", workspace, tmp_path / "a.sqlite")


def test_invalid_backup_is_refused_without_changes(workspace: Path, tmp_path: Path) -> None:
    refused("backup_missing", workspace, tmp_path / "nowhere.sqlite")
    (tmp_path / "text").write_text("no database at all, and long enough to be looked at" * 100)
    refused("backup_malformed", workspace, tmp_path / "text")
    with running(tmp_path / "other") as place:
        made(place, tmp_path / "a.sqlite")
    engine = sqlite.open_engine(tmp_path / "a.sqlite", "BEGIN")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    refused("workspace_newer", workspace, tmp_path / "a.sqlite")
    with running(workspace) as place:
        assert place.engine.journeys.list(CALLER) == ()


def test_commands_back_up_and_restore(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, there = (["--workspace", str(tmp_path / name)] for name in ("w", "again"))
    assert main(["setting", "set", "overdue_timers", "7", *here]) == 0
    assert main(["inlet", "token", *here]) == 0
    capsys.readouterr()
    assert main(["backup", str(tmp_path / "a.sqlite"), *here]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in said] == [f"{tmp_path}/a.sqlite", f"{tmp_path}/a.sqlite.vault.json"]
    assert main(["restore", str(tmp_path / "a.sqlite"), *there]) == 0
    capsys.readouterr()
    assert main(["setting", "list", *there]) == 0
    assert "overdue_timers = 7 " in capsys.readouterr().out
    with pytest.raises(SojournError) as caught:
        main(["backup", str(tmp_path / "a.sqlite"), *here])
    assert caught.value.code == "backup_path"
