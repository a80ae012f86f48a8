"""A database that lost commits, was emptied or replaced is refused; of two owners one writes; checks and backups."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pysqlite3
import pytest
from sqlalchemy import text

from engine.cli import main
from engine.errors import SojournError
from engine.store import database, integrity, sqlite
from engine.store.database import Database, restore_workspace
from engine.store.high_water import read_mark
from engine.store.location import LOCK_FILE, create_folder, database_url, find_owner, write_database_url
from tests.helpers.embedded_engine import running
from tests.helpers.journey_builders import activity, entry, journey
from tests.helpers.postgres import Server

JOURNEY = journey([entry(), activity("wait", "wait.duration", duration="PT6H")], ["in>wait"])


def filled(folder: Path, people: int = 3) -> None:
    """Make a workspace in which people wait."""
    with running(folder) as place:
        place.publish(JOURNEY)
        for number in range(people):
            place.send(f"p{number}")


def refusal(folder: Path) -> str:
    """The code with which the workspace is refused."""
    with pytest.raises(SojournError) as caught, running(folder):
        pass
    return caught.value.code


def test_deleted_database_is_no_new_workspace(tmp_path: Path) -> None:
    filled(tmp_path / "w")
    (tmp_path / "w" / sqlite.FILE).unlink()
    assert refusal(tmp_path / "w") == "workspace_lost"
    assert refusal(tmp_path / "w") == "workspace_lost", "nor the second time"


def test_emptied_database_is_no_new_workspace(tmp_path: Path) -> None:
    filled(tmp_path / "w")
    (tmp_path / "w" / sqlite.FILE).write_bytes(b"")
    assert refusal(tmp_path / "w") == "workspace_lost"


def copied_in_use(folder: Path, target: Path) -> None:
    """Copy a workspace as a kill would leave it, with its log."""
    with running(folder) as place:
        place.publish(JOURNEY)
        for number in range(20):
            place.send(f"p{number}")
        shutil.copytree(folder, target, ignore=shutil.ignore_patterns(LOCK_FILE, "owner.json"))


@pytest.mark.parametrize("fault", ["gone", "short", "flipped"])
def test_lost_log_is_recognised(tmp_path: Path, fault: str) -> None:
    copied_in_use(tmp_path / "w", tmp_path / "copy")
    log = tmp_path / "copy" / f"{sqlite.FILE}-wal"
    data = bytearray(log.read_bytes())
    if fault == "gone":
        log.unlink()
    elif fault == "short":
        log.write_bytes(data[: len(data) // 2])
    else:
        data[len(data) // 2] ^= 0xFF
        log.write_bytes(data)
    assert refusal(tmp_path / "copy") == "workspace_lost"


def test_commits_during_a_check_are_not_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path / "w") as place:
        place.publish(JOURNEY)

        def check(connection: Any) -> Any:
            found = integrity.check(connection)
            place.send("p1")
            return found

        monkeypatch.setattr(database, "check", check)
        assert {one.faults for one in place.owner.database.check()} == {0}


def test_whole_log_is_accepted(tmp_path: Path) -> None:
    copied_in_use(tmp_path / "w", tmp_path / "copy")
    with running(tmp_path / "copy") as place:
        assert place.engine.reports is not None
        assert {one.faults for one in place.owner.database.check()} == {0}


def test_accepted_loss_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copied_in_use(tmp_path / "w", tmp_path / "copy")
    (tmp_path / "copy" / f"{sqlite.FILE}-wal").unlink()
    here = ["--workspace", str(tmp_path / "copy")]
    assert main(["check", "--json", *here]) == 1
    assert json.loads(capsys.readouterr().out)["missing commits"]["faults"] > 0
    main(["check", "--accept-loss", *here])
    with running(tmp_path / "copy"):
        pass


def test_mark_follows_every_commit(workspace: Path) -> None:
    create_folder(workspace)
    database = Database(str(workspace))
    database.prepare()
    before = read_mark(workspace)
    assert before is not None
    for _ in range(3):
        with database.write() as connection:
            connection.execute(text("SELECT 1"))
    after = read_mark(workspace)
    assert after is not None
    assert (after.commit - before.commit, after.clean) == (3, False)
    database.close()
    closed = read_mark(workspace)
    assert closed is not None
    assert closed.clean


def test_second_owner_ends_first(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "w"
    with running(folder) as first:
        first.publish(JOURNEY)
        first.send("before")
        (folder / LOCK_FILE).unlink()
        with running(folder) as second:
            second.owner.publish_address("http://127.0.0.1:1")
            with pytest.raises(SojournError) as caught:
                first.send("late")
            assert caught.value.code == "workspace_owned"
            lost = first.owner.health.dead_part()
            assert lost is not None
            assert lost.key == "workspace_owned.lost"
            assert first.owner.health.refusal() is not None
            second.send("after")
            first.owner._held.release()
            assert find_owner(folder) is not None, "the record is the second owner's"
            monkeypatch.setattr(first.owner._held, "release", lambda: None)
            with second.owner.database.read() as connection:
                keys = connection.execute(text("SELECT key FROM instances ORDER BY id")).scalars().all()
            assert keys == ["before", "after"]
    assert "the database refused" in caplog.text


def test_restored_copy_is_workspace_of_its_own(workspace: Path, tmp_path: Path) -> None:
    filled(workspace)
    before = read_mark(workspace)
    database = Database(str(workspace))
    database.backup(tmp_path / "b.sqlite")
    database.close()
    restore_workspace(tmp_path / "again", tmp_path / "b.sqlite", tmp_path / "none")
    with running(tmp_path / "again"):
        after = read_mark(tmp_path / "again")
    assert before is not None
    assert after is not None
    assert before.identity != after.identity


def test_restore_into_emptied_folder_goes_on(tmp_path: Path) -> None:
    filled(tmp_path / "w")
    database = Database(str(tmp_path / "w"))
    database.backup(tmp_path / "b.sqlite")
    database.close()
    (tmp_path / "w" / sqlite.FILE).unlink()
    restore_workspace(tmp_path / "w", tmp_path / "b.sqlite", tmp_path / "none")
    with running(tmp_path / "w"):
        pass


def overwrite_pages(path: Path, table: str) -> None:
    """Damage the pages of a table."""
    connection = pysqlite3.connect(str(path))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * sqlite.PAGE)
        file.write(b"\xa5" * sqlite.PAGE)


def test_damaged_backup_is_not_restored(tmp_path: Path) -> None:
    filled(tmp_path / "w")
    database = Database(str(tmp_path / "w"))
    database.backup(tmp_path / "b.sqlite")
    database.close()
    overwrite_pages(tmp_path / "b.sqlite", "counters")
    with pytest.raises(SojournError) as caught:
        restore_workspace(tmp_path / "again", tmp_path / "b.sqlite", tmp_path / "none")
    assert caught.value.code == "backup_damaged"
    assert not (tmp_path / "again" / sqlite.FILE).exists()


def test_copy_of_damaged_database_is_not_kept(tmp_path: Path) -> None:
    filled(tmp_path / "w")
    overwrite_pages(tmp_path / "w" / sqlite.FILE, "counters")
    database = Database(str(tmp_path / "w"))
    with pytest.raises(SojournError) as caught:
        database.backup(tmp_path / "b.sqlite")
    database.close()
    assert caught.value.code == "backup_damaged"
    assert not (tmp_path / "b.sqlite").exists()


def test_check_command_reports_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled(tmp_path / "w")
    here = ["--workspace", str(tmp_path / "w")]
    assert main(["check", *here]) == 0
    assert "pages: good" in capsys.readouterr().out
    overwrite_pages(tmp_path / "w" / sqlite.FILE, "entries")
    assert main(["check", "--json", *here]) == 1
    assert json.loads(capsys.readouterr().out)["pages"]["faults"] > 0


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("DELETE FROM entries", "running instances without an entry"),
        ("UPDATE entries SET instance = 77", "entries without their running instance"),
        ("DELETE FROM instances", "entries without their running instance"),
        ("UPDATE counters SET n = n + 1 WHERE kind = 'at'", "counters that differ from the rows"),
        ("UPDATE instances SET version_id = 99", "instances without a version"),
        ("UPDATE step_events SET version_id = 99", "step events without a version"),
        ("INSERT INTO outbox (instance, call, version_id, key, created, effect) VALUES (77, 1, 1, 'k', 0, '')",
         "calls without an instance"),
    ],
)  # fmt: skip
def test_check_finds_rows_that_disagree(workspace: Path, statement: str, name: str) -> None:
    filled(workspace)
    database = Database(str(workspace))
    assert {one.faults for one in database.check()} == {0}
    with database.write() as connection:
        connection.execute(text(statement))
    assert name in {one.name for one in database.check() if one.faults}
    database.close()


def test_check_agrees_with_workspace_in_use(workspace: Path) -> None:
    with running(workspace) as place:
        place.publish(JOURNEY)
        place.send("ann")
        assert {one.faults for one in place.owner.database.check()} == {0}


def test_check_goes_on_after_failing_query(workspace: Path) -> None:
    filled(workspace)
    database = Database(str(workspace))
    with database.write() as connection:
        connection.execute(text("DROP TABLE outbox"))
        connection.execute(
            text("INSERT INTO identities (sandbox, namespace, value, profile_id) VALUES ('x', 'y', 'z', 99)")
        )
    faults = {one.name: one.faults for one in database.check()}
    assert faults.pop("calls without an instance") == 1
    assert faults.pop("identities without a profile") == 1
    assert set(faults.values()) == {0}
    database.close()


@pytest.mark.parametrize("options", [[], ["--accept-loss"]])
def test_check_of_missing_workspace_is_refused(tmp_path: Path, options: list[str]) -> None:
    with pytest.raises(SojournError) as caught:
        main(["check", *options, "--workspace", str(tmp_path / "nowhere")])
    assert caught.value.code == "workspace_missing"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("damaged", ["the header", "the revision", "the facts of the workspace"])
def test_check_reports_database_that_cannot_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damaged: str
) -> None:
    filled(tmp_path / "w")
    file = tmp_path / "w" / sqlite.FILE
    if damaged == "the header":
        with file.open("r+b") as stream:
            stream.write(bytes(range(16)))
    else:
        overwrite_pages(file, "workspace" if damaged == "the facts of the workspace" else "alembic_version")
    assert main(["check", "--json", "--workspace", str(tmp_path / "w")]) == 1
    assert json.loads(capsys.readouterr().out)["pages"]["faults"] > 0
    assert refusal(tmp_path / "w") in ("workspace_damaged", "workspace_unreadable")


def test_check_of_unreachable_server_is_refused(postgres: Server, tmp_path: Path) -> None:
    postgres.furnish(tmp_path / "w")
    url = database_url(tmp_path / "w")
    assert url is not None
    write_database_url(tmp_path / "w", url.set(host="127.0.0.1", port=1, query={}))
    with pytest.raises(SojournError, match="start its server"):
        main(["check", "--workspace", str(tmp_path / "w")])
