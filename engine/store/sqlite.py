"""Set up SQLite so that it loses nothing, and copy its log to the database file in a thread of its own.

It comes from ``pysqlite3``, because versions before 3.51.3 can corrupt a write-ahead log when two connections write
and checkpoint at once. Writers begin with BEGIN IMMEDIATE: a read transaction that turns into a write fails at once,
whatever the busy timeout (design: engines.md). Readers have connections of their own and never block the writer.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pysqlite3
from sqlalchemy import Connection, Engine, create_engine, event

from engine.errors import SojournError
from engine.store.location import SQLITE_FILE

FILE = SQLITE_FILE
OLDEST = (3, 51, 3)
_BUSY_MS = 10_000

# Without these the driver looks for an adapter anew for each such value of each row, two microseconds each time.
pysqlite3.register_adapter(bool, int)
pysqlite3.register_adapter(bytes, memoryview)
pysqlite3.register_adapter(type(None), lambda nothing: nothing)


def engines(path: Path, synchronous: str, max_pages: int | None) -> tuple[Engine, Engine]:
    """Create the writer's and the readers' engine; raise SojournError if SQLite is too old."""
    if pysqlite3.sqlite_version_info < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise SojournError("sqlite_old", version=pysqlite3.sqlite_version, oldest=oldest)
    reading = ("PRAGMA query_only=ON", f"PRAGMA busy_timeout={_BUSY_MS}")
    return (
        open_engine(path, "BEGIN IMMEDIATE", _pragmas(synchronous, max_pages)),
        open_engine(path, "BEGIN", reading),
    )


def _pragmas(synchronous: str, max_pages: int | None) -> tuple[str, ...]:
    pragmas = [
        f"PRAGMA busy_timeout={_BUSY_MS}",
        "PRAGMA journal_mode=WAL",
        f"PRAGMA synchronous={synchronous}",
        "PRAGMA secure_delete=FAST",
        "PRAGMA cache_size=-65536",
        "PRAGMA wal_autocheckpoint=16000",
        "PRAGMA journal_size_limit=67108864",
    ]
    if max_pages is not None:
        pragmas.append(f"PRAGMA max_page_count={max_pages}")
    return tuple(pragmas)


def open_engine(path: Path, begin: str, pragmas: tuple[str, ...] = ()) -> Engine:
    """Create an engine whose transactions start with ``begin``."""
    engine = create_engine(
        f"sqlite:///{path}",
        module=pysqlite3,
        connect_args={"isolation_level": None, "check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


MIN_PAGES = 1_000
"""Pages in the log that are not in the file yet; fewer are left for later."""

PAGE = 4_096
_PAUSE_SECONDS = 0.05


class Checkpointer:
    """Checkpoints of one database; the thread starts when the log is first long enough.

    Otherwise one commit every few seconds copies the pages of all commits before it and takes a hundred milliseconds.
    Commits still copy pages themselves when the log has grown large in spite of this thread.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._wrote = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def notify_commit(self) -> None:
        """Something was committed."""
        if self._thread is None:
            if not self._is_long():
                return
            self._thread = threading.Thread(target=self._run, name="sojourn-checkpoints", daemon=True)
            self._thread.start()
        self._wrote.set()

    def _is_long(self) -> bool:
        try:
            return self._log.stat().st_size > MIN_PAGES * PAGE
        except OSError:
            return False

    def _run(self) -> None:
        try:
            connection = pysqlite3.connect(str(self._path), isolation_level=None, timeout=0)
        except pysqlite3.Error:
            return
        try:
            while not self._stopping.is_set():
                self._wrote.wait()
                self._wrote.clear()
                _checkpoint(connection)
                self._stopping.wait(_PAUSE_SECONDS)
        finally:
            connection.close()

    def close(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._wrote.set()
        if self._thread is not None:
            self._thread.join()


def _checkpoint(connection: Any) -> None:
    """Copy log pages to the database; what fails (a lock, a full disk) is done next time or by a commit."""
    try:
        _, pages, done = connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
        if pages - done >= MIN_PAGES:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except pysqlite3.Error:
        return
