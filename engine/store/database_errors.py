"""What it means that the database refused: a full disk, a lock, a lost connection pass and are no fault of the work.

PostgreSQL says by its code (SQLSTATE) what it was; without one the server was not reached or the connection broke.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from engine.errors import SojournError

_FULL = "53"
_PASSING = ("08", "40", _FULL, "55", "57", "58", "25006")
"""Beginnings of the codes of what passes: connection, rollback, resources, locks, shutdown, the system, a standby."""


class WorkspaceTakenError(Exception):
    """Another process owns the workspace's database; the message is a sentence that says which."""


class DatabaseUnavailableError(SojournError):
    """The database cannot be read for now."""


def is_database_error(error: BaseException) -> bool:
    """Whether the database refused (full, locked, away), rather than the work being at fault."""
    if isinstance(error, WorkspaceTakenError | DatabaseUnavailableError):
        return True
    if not isinstance(error, DBAPIError):
        return type(error).__name__ == "OperationalError"
    code = _code(error)
    if code:
        return code.startswith(_PASSING)
    return isinstance(error, OperationalError | InterfaceError)


def error_reason(error: BaseException) -> str:
    """A sentence for the one who waits: what is wrong and how to mend it."""
    if isinstance(error, WorkspaceTakenError | DatabaseUnavailableError):
        return str(error)
    code, said = _code(error), str(getattr(error, "orig", error))
    if code.startswith(("08", "57")) or getattr(error, "connection_invalidated", False) or "connection" in said:
        return "the workspace's database does not answer; start it"
    if code.startswith("25006") or "readonly" in said:
        return "the workspace cannot be written, it is read-only; allow writing"
    if "locked" in said:
        return "the workspace is locked by another program; end that one"
    return "the workspace cannot be written; make room on its disk"


def _code(error: BaseException) -> str:
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""
