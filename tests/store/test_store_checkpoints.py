"""What was committed comes into the database file beside the writer, and nothing is lost when it cannot."""

from __future__ import annotations

from pathlib import Path

import pysqlite3
import pytest

from engine.store import sqlite
from engine.store.database import Database
from engine.store.location import create_folder
from tests.helpers.embedded_engine import until


def opened(folder: Path) -> Database:
    create_folder(folder)
    database = Database(str(folder))
    database.prepare()
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE heap (n INTEGER PRIMARY KEY, bytes BLOB)")
    return database


def fill(database: Database, rows: int) -> None:
    for _ in range(rows):
        with database.write() as connection:
            connection.exec_driver_sql("INSERT INTO heap (bytes) VALUES (zeroblob(40000))")


def in_the_file(path: Path, folder: Path) -> int:
    """Return the rows in the database file alone, without its log."""
    copy = folder / "alone.sqlite"
    copy.write_bytes(path.read_bytes())
    connection = pysqlite3.connect(str(copy))
    try:
        count: int = connection.execute("SELECT count(*) FROM heap").fetchone()[0]
    except pysqlite3.Error:
        return 0
    finally:
        connection.close()
    return count


def test_long_log_is_checkpointed_while_open(tmp_path: Path) -> None:
    database = opened(tmp_path / "w")
    fill(database, 300)
    path = database.folder / "workspace.sqlite"

    def brought_over() -> int:
        with database.write():
            """Wake the thread, if it rests."""
        return in_the_file(path, tmp_path)

    until(brought_over, lambda rows: rows > 100)
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM heap").scalar() == 300
    database.close()
    assert in_the_file(path, tmp_path) == 300


def test_log_is_retained_after_failed_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def __init__(self) -> None:
            self.asked = 0

        def execute(self, _: str) -> None:
            self.asked += 1
            raise pysqlite3.OperationalError("database is locked")

        def close(self) -> None:
            """Nothing is open."""

    refusing = Refusing()
    monkeypatch.setattr(pysqlite3, "connect", lambda *_, **__: refusing)
    kept = sqlite.Checkpointer(tmp_path / "workspace.sqlite")
    (tmp_path / "workspace.sqlite-wal").write_bytes(bytes(sqlite.MIN_PAGES * sqlite.PAGE + 1))
    kept.notify_commit()
    until(lambda: refusing.asked, bool)
    kept.close()


def test_short_log_needs_no_thread(tmp_path: Path) -> None:
    kept = sqlite.Checkpointer(tmp_path / "workspace.sqlite")
    kept.notify_commit()
    assert kept._thread is None
    kept.close()
