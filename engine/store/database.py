"""Opening a workspace's database: SQLite as it must be set up to lose nothing, or PostgreSQL by its URL.

SQLite comes from ``pysqlite3``, because versions before 3.51.3 can corrupt a write-ahead log when two connections
write and checkpoint at once. Writers begin with BEGIN IMMEDIATE: a read transaction that turns into a write fails at
once, whatever the busy timeout (design: engines.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysqlite3
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from engine.errors import SojournError

FILE = "workspace.sqlite"
_BUSY_MS = 10_000
MIGRATIONS = Path(__file__).parent / "migrations"

# Without these the driver looks for an adapter anew for each such value of each row, two microseconds each time.
pysqlite3.register_adapter(bool, int)
pysqlite3.register_adapter(bytes, memoryview)
pysqlite3.register_adapter(type(None), lambda nothing: nothing)


class Database:
    """One workspace's database: ``write()`` for the one writer, ``read()`` for any number of readers.

    ``location`` is a folder (SQLite inside) or a PostgreSQL URL. ``synchronous`` is FULL unless a benchmark says
    otherwise: an acknowledged event survives a power cut.
    """

    def __init__(self, location: str, *, synchronous: str = "FULL", max_pages: int | None = None) -> None:
        self.location = location
        self.is_sqlite = not location.startswith("postgresql")
        if self.is_sqlite:
            path = Path(location) / FILE
            self.path: Path | None = path
            self._writer = _sqlite(path, "BEGIN IMMEDIATE", _pragmas(synchronous, max_pages))
            self._reader = _sqlite(path, "BEGIN", ("PRAGMA query_only=ON", f"PRAGMA busy_timeout={_BUSY_MS}"))
        else:
            self.path = None
            self._writer = create_engine(location, pool_size=2)
            self._reader = create_engine(location, pool_size=8)

    @property
    def dialect(self) -> Dialect:
        """What statements are compiled for."""
        return self._writer.dialect

    @property
    def version(self) -> str:
        """The version of the database library, for ``doctor``."""
        return f"SQLite {pysqlite3.sqlite_version}" if self.is_sqlite else self._writer.dialect.name

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction: committed at the end, rolled back on an exception."""
        with self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction that sees one state of the workspace."""
        with self._reader.connect() as connection:
            yield connection

    def prepare(self) -> None:
        """Bring the schema to this program's revision; raises SojournError for a workspace of a newer Sojourn.

        An older schema is backed up beside the workspace first.
        """
        config = _alembic()
        script = ScriptDirectory.from_config(config)
        head = script.get_current_head()
        try:
            with self._writer.connect() as connection:
                current = MigrationContext.configure(connection).get_current_revision()
        except DatabaseError as error:
            raise SojournError(
                "workspace_unreadable",
                f"the workspace {self.location} cannot be read ({_cause(error)}); restore a backup or choose another",
            ) from None
        if current == head:
            return
        if current is not None:
            self._refuse_newer(script, current)
            self.backup(Path(self.location) / "backups" / f"before-{head}-from-{current}.sqlite")
        with self._writer.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def _refuse_newer(self, script: ScriptDirectory, current: str) -> None:
        known = {revision.revision for revision in script.walk_revisions()}
        if current not in known:
            raise SojournError(
                "workspace_newer",
                f"the workspace {self.location} was written by a newer Sojourn (revision {current});"
                " open it with that one or choose another workspace",
            )

    def backup(self, target: Path) -> None:
        """A consistent copy while the workspace is in use; nothing is copied of a PostgreSQL database."""
        if self.path is None:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        with self._writer.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
            connection.exec_driver_sql("BEGIN")

    def close(self) -> None:
        """Close every connection."""
        self._reader.dispose()
        self._writer.dispose()


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _pragmas(synchronous: str, max_pages: int | None) -> tuple[str, ...]:
    pragmas = [
        f"PRAGMA busy_timeout={_BUSY_MS}",
        "PRAGMA journal_mode=WAL",
        f"PRAGMA synchronous={synchronous}",
        "PRAGMA secure_delete=FAST",
        "PRAGMA cache_size=-65536",
        "PRAGMA wal_autocheckpoint=4000",
        "PRAGMA journal_size_limit=67108864",
    ]
    if max_pages is not None:
        pragmas.append(f"PRAGMA max_page_count={max_pages}")
    return tuple(pragmas)


def _sqlite(path: Path, begin: str, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}", module=pysqlite3, connect_args={"isolation_level": None, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def create_folder(location: str) -> None:
    """The workspace's folder, readable by its owner alone; raises SojournError when it cannot be made."""
    path = Path(location)
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SojournError(
            "workspace_folder", f"the workspace folder {path} cannot be made ({error.strerror}); choose another"
        ) from None
    if not os.access(path, os.W_OK):
        raise SojournError("workspace_folder", f"the workspace folder {path} cannot be written; choose another")


def _cause(error: DatabaseError) -> str:
    return str(error.orig)


def is_database_error(error: BaseException) -> bool:
    """Whether the database refused (full, locked, unreadable), rather than the work being at fault."""
    return isinstance(error, OperationalError) or type(error).__name__ == "OperationalError"
