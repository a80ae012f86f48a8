"""Back up a workspace's database while it is in use, and restore it.

A backup is always a SQLite file of the same revision, whatever store it comes from: it can be opened as a workspace,
restored into either store, and so carries a workspace from one to the other. A SQLite database is copied page by page
in one step of SQLite's backup interface, a PostgreSQL database row by row in one read transaction; neither stops the
writer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pysqlite3
from sqlalchemy import Connection, MetaData, Table, func, select, text
from sqlalchemy.exc import DBAPIError

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.files import atomic_path, make_private_folder, temporary_path, write_text
from engine.store import revisions, sqlite

_AT_ONCE = 2_000
_PAUSE = 0.001
"""Seconds after so many rows: the writer's thread, which shares the interpreter with this one, goes first."""
_VERSION = "alembic_version"


@contextmanager
def atomic_backup(target: Path) -> Iterator[Path]:
    """Create a file that replaces ``target``, durably, when the block ends; raise SojournError if it cannot."""
    try:
        make_private_folder(target.parent)
        with atomic_path(target, 0o600) as temporary:
            yield temporary
    except OSError as error:
        raise SojournError("backup_unwritable", target=target, reason=error.strerror) from None


LAST_FILE = "last-backup.json"
"""Names the last finished backup, outside the database: it is needed when the database cannot be read."""


def note_last(folder: Path, target: Path) -> None:
    """Remember the last finished backup of the workspace in ``folder``; raise OSError."""
    write_text(folder / LAST_FILE, json.dumps({"path": str(target)}), 0o600)


def last_good(folder: Path) -> Path | None:
    """Return the last finished backup of the workspace in ``folder``, if its file is still there."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        path = Path(json.loads((folder / LAST_FILE).read_text("utf-8"))["path"])
        return path if path.is_file() else None
    return None


def damage_phrase(folder: Path, shown: str) -> Phrase:
    """Say that the workspace is damaged, and which backup to restore."""
    found = last_good(folder)
    if found is None:
        return Phrase("workspace_damaged.no_backup", {"workspace": shown})
    return Phrase("workspace_damaged", {"workspace": shown, "backup": str(found)})


def bytes_written(target: Path) -> int:
    """Return the size of the backup being written to ``target`` in bytes; 0 if there is none."""
    with suppress(OSError):
        return temporary_path(target).stat().st_size
    return 0


def copy_file(source: Path, target: Path) -> None:
    """Copy a SQLite database, as it is at this moment, to one file."""
    with closing(pysqlite3.connect(source)) as there, closing(pysqlite3.connect(target)) as here:
        there.backup(here)
        here.execute("PRAGMA journal_mode=DELETE").close()


def copy_out(source: Connection, target: Path) -> None:
    """Copy a database's rows to a new SQLite file with the tables of the same revision."""
    revision = revisions.current(source)
    engine = sqlite.open_engine(target, "BEGIN")
    try:
        with engine.begin() as into:
            if revision is not None:
                revisions.upgrade(into, revision)
            _copy(source, into)
    finally:
        engine.dispose()


def copy_in(source: Path, target: Connection) -> None:
    """Copy a backup's rows to the empty tables of its revision."""
    engine = sqlite.open_engine(source, "BEGIN", ("PRAGMA query_only=ON",))
    try:
        with engine.connect() as out:
            _copy(out, target)
    finally:
        engine.dispose()


def revision_of(source: Path) -> str:
    """Return the revision of a backup; raise SojournError if the file is none, or a newer one."""
    if not source.is_file():
        raise SojournError("backup_missing", source=source)
    engine = sqlite.open_engine(source, "BEGIN", ("PRAGMA query_only=ON",))
    try:
        with engine.connect() as connection:
            found = revisions.current(connection)
    except DBAPIError:
        found = None
    finally:
        engine.dispose()
    if found is None:
        raise SojournError("backup_malformed", source=source)
    if found not in revisions.known():
        raise SojournError("workspace_newer.backup", source=source)
    return found


def _copy(source: Connection, target: Connection) -> None:
    given, taking = _tables(source), _tables(target)
    put = _put_in_postgresql if target.dialect.name == "postgresql" else _put_in_sqlite
    for name in sorted(given):
        rows = source.execution_options(yield_per=_AT_ONCE).execute(select(given[name]))
        names = [f'"{column.name}"' for column in given[name].columns]
        for rows_at_once in rows.partitions():
            put(target, name, names, rows_at_once)
            time.sleep(_PAUSE)
        _continue_numbers(target, taking[name])


def _put_in_sqlite(target: Connection, table: str, names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    marks = ", ".join("?" * len(names))
    target.exec_driver_sql(f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({marks})', [tuple(row) for row in rows])


def _put_in_postgresql(target: Connection, table: str, names: Sequence[str], rows: Sequence[object]) -> None:
    driver: Any = target.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({", ".join(names)}) FROM STDIN') as copying:
        for row in rows:
            copying.write_row(row)


def _tables(connection: Connection) -> dict[str, Table]:
    found = MetaData()
    found.reflect(connection)
    return {name: table for name, table in found.tables.items() if name != _VERSION}


def _continue_numbers(target: Connection, table: Table) -> None:
    """Set PostgreSQL's sequence after the largest copied number."""
    column = table.autoincrement_column
    if target.dialect.name != "postgresql" or column is None:
        return
    largest = target.execute(select(func.max(column))).scalar()
    if largest is not None:
        where = {"table": table.name, "column": column.name, "largest": largest}
        target.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :largest)"), where)
