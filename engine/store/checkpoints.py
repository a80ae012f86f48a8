"""Copy committed pages from SQLite's write-ahead log to the database file in a separate thread.

Otherwise one commit every few seconds copies the pages of all commits before it and takes a hundred milliseconds.
Commits still copy pages themselves when the log has grown large in spite of this thread.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pysqlite3

MIN_PAGES = 1_000
"""Pages in the log that are not in the file yet; fewer are left for later."""

PAGE = 4_096
_PAUSE_SECONDS = 0.05


class Checkpointer:
    """Checkpoints of one database; the thread starts when the log is first long enough."""

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
