"""Making sure that what was deleted cannot be read in the workspace's files any more (runtime.md, Durability).

SQLite's ``secure_delete`` overwrites what is deleted, but neither pages that were freed before it was on nor old bytes
in pages that were split. So freed pages are taken into use and filled with zeros, the write-ahead log is carried over
and truncated, and then the files themselves are searched. Where the erased bytes still stand, the unused part of the
page is overwritten, while the writer rests; if they stand somewhere else too, the database is written anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3

from engine.store import page_gaps

WAL = "-wal"
LARGEST_REWRITE = 512 << 20
"""Bytes of a database that is written anew; SQLite keeps the copy in memory."""

SHORTEST_SEARCHED = 6
"""Bytes of an identifier that is searched for: shorter ones stand in other people's data by chance."""

_PAGES = 1_000
_PATIENCE = 10.0
_SHORT_PATIENCE = 2.0
"""How long readers are waited for while the writer rests."""
_PAUSE = 0.05
_CHUNK = 8 << 20
_ROW = "scrub"


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What was done: the log was emptied, the database written anew, and in how many places the bytes still stand."""

    truncated: bool
    rewritten: bool
    remaining: int


def scrub(path: Path, identifiers: Sequence[str], turn: AbstractContextManager[Any]) -> Scrubbed:
    """See the module. ``turn`` is held while the database is written anew: nobody else writes then."""
    needles = [name.encode() for name in identifiers if len(name.encode()) >= SHORTEST_SEARCHED]
    with closing(pysqlite3.connect(str(path), isolation_level=None, timeout=_PATIENCE)) as connection:
        connection.execute("PRAGMA secure_delete=ON").close()
        _fill_free_pages(connection)
        truncated = _truncate(connection)
        remaining = count(path, needles)
        if remaining and truncated:
            places = list(page_gaps.find(path, needles))
            with turn:
                truncated = _wipe_gaps(path, places, connection)
            remaining = count(path, needles)
        rewritten = remaining > 0 and path.stat().st_size <= LARGEST_REWRITE
        if rewritten:
            with turn:
                connection.execute("VACUUM").close()
                truncated = _truncate(connection)
            remaining = count(path, needles)
    return Scrubbed(truncated, rewritten, remaining)


def _wipe_gaps(path: Path, places: Sequence[int], connection: Any) -> bool:
    """Overwrite the bytes in the unused parts of pages, once the log is empty; whether it is in the end.

    The commit afterwards has every connection read its pages anew: what it keeps of them has the old bytes still.
    """
    if not _truncate(connection, _SHORT_PATIENCE):
        return False
    connection.execute("BEGIN IMMEDIATE").close()
    try:
        log = path.with_name(path.name + WAL)
        if not log.exists() or not log.stat().st_size:
            page_gaps.wipe(path, places)
    finally:
        connection.execute("ROLLBACK").close()
    with closing(pysqlite3.connect(str(path), isolation_level=None, timeout=_PATIENCE)) as fresh:
        fresh.execute("PRAGMA secure_delete=ON").close()
        fresh.execute("INSERT OR REPLACE INTO workspace (name, value) VALUES (?, '')", (_ROW,)).close()
        fresh.execute("DELETE FROM workspace WHERE name = ?", (_ROW,)).close()
        return _truncate(fresh, _SHORT_PATIENCE)


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


def _truncate(connection: Any, patience: float = _PATIENCE) -> bool:
    """Carry the log over and empty it; readers that look at an older state are waited for a while."""
    deadline = time.monotonic() + patience
    while True:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)


def count(path: Path, needles: Sequence[bytes]) -> int:
    """In how many places of the database's files one of these byte sequences stands."""
    files = [file for file in (path, path.with_name(path.name + WAL)) if file.exists()]
    return sum(chunk.count(needle) for file in files for needle in needles for chunk in _chunks(file, len(needle) - 1))


def _chunks(file: Path, overlap: int) -> Iterator[bytes]:
    """The file's bytes, each chunk with the end of the one before, too short to hold what was counted there."""
    before = b""
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            joined = before + chunk
            yield joined
            before = joined[-overlap:] if overlap else b""
