"""A workspace's database: one writer, any number of readers, on SQLite in its folder or on a PostgreSQL server.

What differs between the two stands in ``sqlite`` and ``postgresql``; tables, queries and tests are the same.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pysqlite3
from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.store import backups, revisions, sqlite
from engine.store.database_errors import (
    DatabaseUnavailableError,
    WorkspaceTakenError,
    error_reason,
    is_damage,
    is_database_error,
)
from engine.store.high_water import Ownership, forget_owner, lost_error, missing_commits, read_mark, remove_mark
from engine.store.integrity import PAGES, IntegrityCheck, check, damage_in
from engine.store.location import create_folder, database_url, display_name, lock_workspace
from engine.store.permissions import check_permissions
from engine.store.scrub import ScrubResult, scrub
from engine.store.sqlite import FILE, Checkpointer
from engine.store.step_query import Record, StepQueryResult, query_file, query_server
from engine.store.vault import FILE_NAME

log = logging.getLogger("sojourn.store")

_SMALL, _LARGE = 32 << 20, 4 << 30
"""Bytes up to which a file is looked at when it is opened: after an orderly end, and after any other."""

BACKUPS = "backups"
"""The folder beneath the workspace's in which a copy is kept before its tables change."""

if TYPE_CHECKING:
    from engine.store.postgresql import PostgresqlServer


class Database:
    """One workspace's database: ``write()`` for the one writer, ``read()`` for any number of readers.

    ``location`` is the workspace's folder. ``synchronous`` is FULL unless a benchmark says otherwise: an acknowledged
    event survives a power cut. ``max_pages`` bounds a SQLite file.
    """

    def __init__(self, location: str, *, synchronous: str = "FULL", max_pages: int | None = None) -> None:
        self.folder = Path(location)
        self.damage: Phrase | None = None
        """How the database is damaged or who owns it now, once that was found; nothing is written any more."""
        url = database_url(self.folder)
        self._path = None if url is not None else self.folder / FILE
        self._server: PostgresqlServer | None = None
        if self._path is not None:
            self.shown = str(location)
            self._writer, self._reader = sqlite.engines(self._path, synchronous, max_pages)
            self._checkpoints = Checkpointer(self._path)
        elif url is not None:
            self.shown = display_name(url)
            from engine.store.postgresql import (
                PostgresqlServer,  # its driver is large, and a workspace in a file needs none
            )

            self._server = PostgresqlServer(url, synchronous)
            self._writer, self._reader = self._server.writer, self._server.reader

        self.ownership = Ownership(self.folder, self.shown)

    @property
    def dialect(self) -> Dialect:
        """What statements are compiled for."""
        return self._writer.dialect

    @property
    def version(self) -> str:
        """The name and version of the database, for people."""
        if self._path is not None:
            return f"SQLite {pysqlite3.sqlite_version}"
        found = self.dialect.server_version_info
        return f"PostgreSQL {'.'.join(map(str, found or ()))}"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a write transaction: committed at the end, rolled back on an exception."""
        if self.damage is not None:
            raise self._damaged()
        try:
            with self._writer.begin() as connection:
                self.ownership.advance(connection)
                yield connection
        except Exception as error:
            self._note_damage(error)
            raise
        self.ownership.committed()
        if self._path is not None:
            self._checkpoints.notify_commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read transaction on one state; raise DatabaseUnavailableError if its server is away."""
        try:
            with self._reader.connect() as connection:
                yield connection
        except DBAPIError as error:
            if self._note_damage(error):
                raise self._damaged() from None
            if self._path is None and is_database_error(error):
                raise DatabaseUnavailableError("workspace_unreadable.away", reason=error_reason(error)) from None
            raise

    def _note_damage(self, error: BaseException) -> bool:
        """Keep what an error says about the state of the database; True if that is damage."""
        if self.ownership.is_lost and isinstance(error, WorkspaceTakenError):
            self.damage = error.phrase
        if not is_damage(error):
            return False
        if self.damage is None:
            self.damage = backups.damage_phrase(self.folder, self.shown)
            log.critical("the workspace's database is damaged", extra={"advice": str(self.damage)})
        return True

    def _damaged(self) -> DatabaseUnavailableError:
        assert self.damage is not None
        return DatabaseUnavailableError.of(self.damage)

    def prepare(self) -> None:
        """Bring the tables to this program's revision, after a backup of what is there.

        Raises SojournError for a workspace of a newer Sojourn, for one that another process owns, and for a database
        that cannot be reached or read.
        """
        try:
            self._prepare()
        except WorkspaceTakenError as error:
            raise SojournError.of(error.phrase) from None
        except DBAPIError as error:
            raise self._unreadable(error) from None

    def _prepare(self) -> None:
        if self._path is not None:
            with suppress(OSError):  # SQLite tells why it cannot
                os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))  # its log gets this mode
        with self._writer.connect() as connection:
            if self._server is not None:
                self._server.check(connection)
            current = revisions.current(connection)
        self._require_whole(current)
        head = revisions.head()
        if current is not None and current not in revisions.known():
            raise SojournError("workspace_newer", workspace=self.shown, current=current)
        if current != head:
            if current is not None:
                self.backup(self.folder / BACKUPS / f"before-{head}-from-{current}.sqlite")
            self._upgrade(head, is_new=current is None)
        if self._server is not None:
            with self._writer.begin() as connection:
                self._server.claim.write_mark(connection)
        with self._writer.begin() as connection:
            self.ownership.take(connection)
        self.ownership.open()

    def _require_whole(self, current: str | None) -> None:
        """Raise SojournError for a database that was emptied, or whose pages are damaged.

        Pages are looked at after an owner that did not end in order, and always in a small file.
        """
        mark = read_mark(self.folder)
        if current is None:
            if mark is not None:
                raise lost_error(self.folder, self.shown)
        elif self._path is not None:
            size = self._path.stat().st_size
            if size <= (_SMALL if mark is None or mark.clean else _LARGE) and any(damage_in(self._path, quick=True)):
                raise SojournError.of(backups.damage_phrase(self.folder, self.shown))

    def _upgrade(self, head: str, *, is_new: bool) -> None:
        """One transaction: when it fails, everything is as it was."""
        try:
            with self._writer.begin() as connection:
                revisions.upgrade(connection, head)
        except Exception as error:
            if is_new:
                raise
            raise SojournError("workspace_upgrade", workspace=self.shown, name=type(error).__name__) from error

    def _unreadable(self, error: DBAPIError) -> SojournError:
        if is_damage(error) and "not a database" not in str(error.orig):
            return SojournError.of(backups.damage_phrase(self.folder, self.shown))
        if self._server is not None:
            return self._server.cannot_open(error.orig)
        if any(word in str(error.orig) for word in ("is full", "readonly")):
            return SojournError("workspace_unwritable", workspace=self.shown, reason=error_reason(error))
        return SojournError("workspace_unreadable", workspace=self.shown, reason=error.orig)

    def backup(self, target: Path) -> int:
        """Write a consistent copy, always a SQLite file, while the workspace is in use; return its size in bytes."""
        with backups.atomic_backup(target) as file:
            if self._path is not None:
                backups.copy_file(self._path, file)
            else:
                with self.read() as connection:
                    backups.copy_out(connection, file)
            if any(damage_in(file)):
                raise SojournError("backup_damaged.written", target=target)
        return target.stat().st_size

    def check(self) -> tuple[IntegrityCheck, ...]:
        """Check pages, rows and commits, while the workspace is in use or not; one that cannot be opened too."""
        results: list[IntegrityCheck] = []
        mark = read_mark(self.folder)
        try:
            with self._reader.connect() as connection:
                results += check(connection)
                results.append(missing_commits(connection, mark))
                results.append(check_permissions(self.folder))
        except DBAPIError as error:
            if not is_damage(error):
                raise self._unreadable(error) from None
            if not any(result.faults for result in results if result.name == PAGES):
                results[:1] = [IntegrityCheck(PAGES, 1, (str(error.orig),))]
        return tuple(results)

    def size(self) -> int:
        """Return the approximate size of a backup in bytes; 0 if unknown, as for a server's database."""
        return self._path.stat().st_size if self._path is not None else 0

    def scrub(self, identifiers: Sequence[str], turn: AbstractContextManager[object]) -> ScrubResult:
        """See that what was deleted cannot be read in the files any more; a server's files are its administrator's."""
        if self._path is not None:
            return scrub(self._path, identifiers, turn)
        with self._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
        return ScrubResult(truncated=False, rewritten=False, remaining=0)

    @property
    def guards_tables(self) -> bool:
        """Whether a query is guaranteed to read step events only."""
        return self._path is not None

    def ask(self, sandbox: str, query: str, limit: int, archived: Iterator[Record] | None = None) -> StepQueryResult:
        """Run one SELECT from ``steps``; raise SojournError for anything else."""
        if self._path is not None:
            return query_file(self._path, sandbox, query, limit, archived)
        if archived is not None:
            raise SojournError("archives_apart")
        return query_server(self._reader, sandbox, query, limit)

    def restore(self, source: Path) -> None:
        """Fill this database, which must be empty, from a backup; raises SojournError."""
        revision = backups.revision_of(source)
        if any(damage_in(source)):
            raise SojournError("backup_damaged", source=source)
        if self._path is not None and not self._path.exists():
            with backups.atomic_backup(self._path) as file:
                backups.copy_file(source, file)
            with self._writer.begin() as connection:
                forget_owner(connection)
            return
        with self._writer.begin() as connection:
            if revisions.current(connection) is not None:
                raise SojournError("workspace_not_empty", workspace=self.shown)
            revisions.upgrade(connection, revision)
            backups.copy_in(source, connection)
            forget_owner(connection)

    def close(self) -> None:
        """Close every connection."""
        self.ownership.close()
        if self._path is not None:
            self._checkpoints.close()
        self._reader.dispose()
        self._writer.dispose()


def restore_workspace(folder: Path, source: Path, vault: Path) -> None:
    """Create the workspace of ``folder``, which must be new, from a backup; on SojournError it stays as it was."""
    create_folder(folder)
    held = lock_workspace(folder)
    if held is None:
        raise SojournError("workspace_owned.restore", folder=folder)
    try:
        if vault.exists() and (folder / FILE_NAME).exists():
            raise SojournError("workspace_not_empty.secrets", folder=folder)
        _restore_database(folder, source)
        remove_mark(folder)
        if vault.exists():
            shutil.copy(vault, folder / FILE_NAME)
            (folder / FILE_NAME).chmod(0o600)
    finally:
        held.release()


def _restore_database(folder: Path, source: Path) -> None:
    database = Database(str(folder))
    try:
        database.restore(source)
    except WorkspaceTakenError as error:
        raise SojournError.of(error.phrase) from None
    except DBAPIError as error:
        if not is_database_error(error):
            raise
        raise SojournError("workspace_unwritable", workspace=database.shown, reason=error_reason(error)) from None
    finally:
        database.close()
