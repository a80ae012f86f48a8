"""Set up SQLite so that it loses nothing.

It comes from ``pysqlite3``, because versions before 3.51.3 can corrupt a write-ahead log when two connections write
and checkpoint at once. Writers begin with BEGIN IMMEDIATE: a read transaction that turns into a write fails at once,
whatever the busy timeout (design: engines.md). Readers have connections of their own and never block the writer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pysqlite3
from sqlalchemy import Connection, Engine, create_engine, event

from engine.errors import SojournError

FILE = "workspace.sqlite"
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
