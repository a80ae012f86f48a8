"""The high-water mark of a workspace: how far its database was written, kept in a small file outside of it.

Every writing transaction advances a number in the database, in the row that also carries the owner's epoch. An owner
that finds another epoch has lost the workspace and writes nothing more. After the commit the number goes into the file.
A database that is behind its file lost commits: it was emptied, replaced, or its log vanished.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Connection, delete, update

from engine.errors import SojournError
from engine.store import backups, revisions, setting_queries
from engine.store.database_errors import WorkspaceTakenError
from engine.store.integrity import IntegrityCheck
from engine.store.location import MARK_FILE
from engine.store.tables import workspace

FILE = MARK_FILE
_IDENTITY, _COMMITS = "identity", "commits"
_FLUSH_SECONDS = 1.0
_LENGTH = 80
CLEAN, OPEN = "clean", "open"


@dataclass(frozen=True, slots=True)
class Mark:
    """What the file says: the workspace, the last commit, and whether its owner ended in order."""

    identity: str
    commit: int
    clean: bool


def read_mark(folder: Path) -> Mark | None:
    """Read the mark of the workspace in ``folder``; None without a readable one."""
    with suppress(OSError, ValueError):
        identity, commit, state = (folder / FILE).read_text("ascii").split()
        return Mark(identity, int(commit), state == CLEAN)
    return None


def remove_mark(folder: Path) -> None:
    """Forget how far the database of this folder was written; the next owner accepts it as it is."""
    (folder / FILE).unlink(missing_ok=True)


def forget_owner(connection: Connection) -> None:
    """Make a restored database a workspace of its own: the next owner gives it an identity."""
    connection.execute(delete(workspace).where(workspace.c.name.in_((_IDENTITY, _COMMITS))))


def lost_error(folder: Path, shown: str) -> SojournError:
    """Return the error for a database that is behind its mark, with the backup to restore."""
    found = backups.last_good(folder)
    if found is None:
        return SojournError("workspace_lost", workspace=shown)
    return SojournError("workspace_lost.backup", workspace=shown, backup=found)


def missing_commits(connection: Connection, mark: Mark | None) -> IntegrityCheck:
    """Compare the database with its mark: how many commits it lost, or that it is another workspace's.

    The mark must have been read before the connection's transaction began: commits go on meanwhile.
    """
    if mark is None or revisions.current(connection) is None:
        return IntegrityCheck("missing commits", 0 if mark is None else max(mark.commit, 1))
    same = setting_queries.workspace_fact(connection, _IDENTITY) == mark.identity
    commit = (setting_queries.workspace_fact(connection, _COMMITS) or "0.0").partition(".")[2]
    return IntegrityCheck("missing commits", max(mark.commit - int(commit), 0) if same else max(mark.commit, 1))


class Ownership:
    """The right of one owner to write, by its epoch; and the mark of what it wrote."""

    def __init__(self, folder: Path, shown: str) -> None:
        self._folder, self._shown = folder, shown
        self._identity = ""
        self._epoch = self._commit = 0
        self._handle: int | None = None
        self._flushed = 0.0
        self.is_lost = False
        """Whether another owner came; nothing can be written any more."""

    def take(self, connection: Connection) -> None:
        """Begin a new epoch; raise SojournError when the database is behind its mark."""
        mark = read_mark(self._folder)
        identity = setting_queries.workspace_fact(connection, _IDENTITY)
        epoch, _, commit = (setting_queries.workspace_fact(connection, _COMMITS) or "0.0").partition(".")
        if mark is not None and (identity != mark.identity or int(commit) < mark.commit):
            raise lost_error(self._folder, self._shown)
        self._identity = identity or token_hex(8)
        self._epoch, self._commit = int(epoch) + 1, int(commit)
        setting_queries.put_workspace_fact(connection, _IDENTITY, self._identity)
        setting_queries.put_workspace_fact(connection, _COMMITS, f"{self._epoch}.{self._commit}")

    def open(self) -> None:
        """Begin to keep the mark, after the epoch was committed."""
        self._handle = os.open(self._folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._write(OPEN)
        os.fsync(self._handle)

    def advance(self, connection: Connection) -> None:
        """Count a writing transaction; raise WorkspaceTakenError when another owner's epoch began."""
        if self._handle is None:
            return
        changed = connection.execute(
            update(workspace)
            .where(workspace.c.name == _COMMITS, workspace.c.value.like(f"{self._epoch}.%"))
            .values(value=f"{self._epoch}.{self._commit + 1}")
        )
        if not changed.rowcount:
            self.is_lost = True
            raise WorkspaceTakenError("workspace_owned.lost", workspace=self._shown)

    def committed(self) -> None:
        """Keep the mark of the transaction that was committed; on the disk within a second."""
        if self._handle is None:
            return
        self._commit += 1
        self._write(OPEN)
        now = time.monotonic()
        if now - self._flushed > _FLUSH_SECONDS:
            self._flushed = now
            with suppress(OSError):
                os.fsync(self._handle)

    def close(self) -> None:
        """Note that this owner ended in order, unless another one came."""
        if self._handle is None:
            return
        with suppress(OSError):
            if not self.is_lost:
                self._write(CLEAN)
                os.fsync(self._handle)
        os.close(self._handle)
        self._handle = None

    def _write(self, state: str) -> None:
        """Replace the mark; a full disk must not stop the owner, the next commit writes it again."""
        assert self._handle is not None
        with suppress(OSError):
            os.pwrite(self._handle, f"{self._identity} {self._commit} {state}".ljust(_LENGTH).encode(), 0)
