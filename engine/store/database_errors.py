"""Errors of the database: a full disk, a lock or a lost connection is temporary and no fault of the work.

PostgreSQL says by its code (SQLSTATE) what it was; without one the server was not reached or the connection broke.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from engine.catalogue import Phrase, PhraseArgument
from engine.errors import SojournError

_FULL = "53"
_PASSING = ("08", "40", _FULL, "55", "57", "58", "25006")
"""Beginnings of the codes of what passes: connection, rollback, resources, locks, shutdown, the system, a standby."""


class WorkspaceTakenError(Exception):
    """Another process owns the workspace's database; ``phrase`` says which."""

    def __init__(self, key: str, /, **arguments: PhraseArgument) -> None:
        super().__init__(key)
        self.phrase = Phrase(key, arguments)


class DatabaseUnavailableError(SojournError):
    """The database cannot be read for now."""


_DAMAGE_TEXTS = ("database disk image is malformed", "malformed database schema", "file is not a database")
_DAMAGE_CODES = ("XX001", "XX002")
_READ_OR_WRITE_FAILED = "58030"
_NO_TABLE = "42P01"


def is_damage(error: BaseException) -> bool:
    """Whether the database's content is damaged: no repetition helps, and no work is at fault."""
    if isinstance(error, SojournError):
        return error.code == "workspace_damaged"
    said = str(getattr(error, "orig", error))
    if isinstance(error, DBAPIError):
        return _code(error) in _DAMAGE_CODES or any(text in said for text in _DAMAGE_TEXTS)
    return type(error).__name__ == "DatabaseError" and any(text in said for text in _DAMAGE_TEXTS)


def is_missing_table(error: DBAPIError) -> bool:
    """Whether a statement named a table that the database lacks."""
    return _code(error) == _NO_TABLE or "no such table" in str(error.orig)


def is_database_error(error: BaseException) -> bool:
    """Whether the database refused (full, locked, away, damaged), rather than the work being at fault."""
    if isinstance(error, WorkspaceTakenError | DatabaseUnavailableError):
        return True
    if is_damage(error):
        return True
    if not isinstance(error, DBAPIError):
        return type(error).__name__ == "OperationalError"
    code = _code(error)
    if code:
        return code.startswith(_PASSING)
    return isinstance(error, OperationalError | InterfaceError)


def error_reason(error: BaseException) -> Phrase:
    """Say what is wrong with the database and how to fix it."""
    if isinstance(error, WorkspaceTakenError | DatabaseUnavailableError):
        return error.phrase
    if is_damage(error):
        return Phrase("database.damaged")
    code, said = _code(error), str(getattr(error, "orig", error))
    if code == _READ_OR_WRITE_FAILED or "disk I/O error" in said:
        return Phrase("database.input_output")
    if code.startswith(("08", "57")) or getattr(error, "connection_invalidated", False) or "connection" in said:
        return Phrase("database.away")
    if code.startswith("25006") or "readonly" in said:
        return Phrase("database.read_only")
    if "locked" in said:
        return Phrase("database.locked")
    return Phrase("database.full")


def _code(error: BaseException) -> str:
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""
