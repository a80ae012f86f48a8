"""Remove deleted data from the workspace's files (runtime.md, Durability).

SQLite's ``secure_delete`` overwrites what is deleted, but neither pages that were freed before it was on nor old bytes
in pages that were split. So freed pages are taken into use and filled with zeros, the write-ahead log is carried over
and truncated, and then the files themselves are searched: if the erased bytes still stand anywhere, the database is
written anew, while the writer rests.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3

from engine.store import byte_search

WAL = "-wal"
LARGEST_REWRITE = 512 << 20
"""Bytes of a database that is written anew; SQLite keeps the copy in memory."""

SHORTEST_SEARCHED = 6
"""Bytes of an identifier that is searched for: shorter ones stand in other people's data by chance."""

_PAGES = 1_000
_TIMEOUT = 10.0
_PAUSE = 0.05
_ROW = "scrub"


@dataclass(frozen=True, slots=True)
class ScrubResult:
    """The result: whether the log was truncated and the database rewritten, and how many occurrences remain."""

    truncated: bool
    rewritten: bool
    remaining: int


def scrub(path: Path, identifiers: Sequence[str], turn: AbstractContextManager[object]) -> ScrubResult:
    """See the module. ``turn`` is held while the database is written anew: nobody else writes then."""
    needles = [name.encode() for name in identifiers if len(name.encode()) >= SHORTEST_SEARCHED]
    with closing(pysqlite3.connect(str(path), isolation_level=None, timeout=_TIMEOUT)) as connection:
        connection.execute("PRAGMA secure_delete=ON").close()
        _fill_free_pages(connection)
        truncated = _truncate(connection)
        remaining = count(path, needles)
        rewritten = remaining > 0 and path.stat().st_size <= LARGEST_REWRITE
        if rewritten:
            with turn:
                connection.execute("VACUUM").close()
                truncated = _truncate(connection)
            remaining = count(path, needles)
    return ScrubResult(truncated, rewritten, remaining)


def _fill_free_pages(connection: Any) -> None:
    """Take every free page into use for zeros, some at a time, and give them back."""
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    for number in range(_free_pages(connection) // _PAGES + 2):
        free = min(_free_pages(connection), _PAGES)
        if not free:
            break
        zeros = max(1, free - 2) * (size - 4)
        statement = "INSERT OR REPLACE INTO workspace (name, value) VALUES (?, zeroblob(?))"
        connection.execute(statement, (f"{_ROW}-{number}", zeros)).close()
        if free <= 2:
            break
    for (name,) in connection.execute(f"SELECT name FROM workspace WHERE name LIKE '{_ROW}-%'").fetchall():
        connection.execute("DELETE FROM workspace WHERE name = ?", (name,)).close()


def _free_pages(connection: Any) -> int:
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])


def _truncate(connection: Any) -> bool:
    """Carry the log over and empty it; readers that look at an older state are waited for a while."""
    deadline = time.monotonic() + _TIMEOUT
    while True:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)


def count(path: Path, needles: Sequence[bytes]) -> int:
    """In how many places of the database's files one of these byte sequences stands.

    Another process looks, since this one must not close the files: it would lose its locks on them.
    """
    files = [str(file) for file in (path, path.with_name(path.name + WAL)) if file.exists()]
    asked = json.dumps({"files": files, "needles": [needle.hex() for needle in needles]})
    line = [sys.executable, "-I", byte_search.__file__]
    return int(subprocess.run(line, input=asked, check=True, capture_output=True, text=True).stdout)
