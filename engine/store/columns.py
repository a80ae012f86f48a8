"""Columns of tables in groups of one type, and indexes of some rows.

The revisions are written with these functions too, so what a function makes never changes.
"""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, SmallInteger, Text, text
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine

_ID = BigInteger().with_variant(Integer(), "sqlite")
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Texts are ordered by their code points, on every server and as SQLite does."""

Default = str | ColumnElement[bool] | None
Value = TypeVar("Value")


def _columns(
    kind: TypeEngine[Value], names: tuple[str, ...], key: bool, optional: bool, default: Default
) -> list[Column[Value]]:
    return [Column(name, kind, primary_key=key, nullable=optional, server_default=default) for name in names]


def ids(*names: str, key: bool = False, optional: bool = False) -> list[Column[int]]:
    """Return columns of row numbers; a key of one column is numbered by the database."""
    return _columns(_ID, names, key, optional, None)


def texts(*names: str, key: bool = False, optional: bool = False) -> list[Column[str]]:
    """Return columns of texts."""
    return _columns(_TEXT, names, key, optional, None)


def integers(*names: str, key: bool = False, default: Default = None) -> list[Column[int]]:
    """Return columns of integers of 32 bits."""
    return _columns(Integer(), names, key, False, default)


def small_integers(*names: str) -> list[Column[int]]:
    """Return columns of integers of 16 bits."""
    return _columns(SmallInteger(), names, False, False, None)


def times(*names: str, optional: bool = False, default: Default = None) -> list[Column[int]]:
    """Return columns of integers of 64 bits: times, durations, counts."""
    return _columns(BigInteger(), names, False, optional, default)


def flags(*names: str, key: bool = False, optional: bool = False, default: Default = None) -> list[Column[bool]]:
    """Return columns of truth values."""
    return _columns(Boolean(), names, key, optional, default)


def blobs(*names: str) -> list[Column[bytes]]:
    """Return columns of bytes."""
    return _columns(LargeBinary(), names, False, False, None)


def authorship() -> list[SchemaItem]:
    """Return who created and last changed a row, and when."""
    return [*texts("created_by"), *times("created_at"), *texts("changed_by"), *times("changed_at")]


def partial_index(name: str, column: str, condition: str) -> Index:
    """Return an index of the rows that satisfy a condition."""
    return Index(name, column, sqlite_where=text(condition), postgresql_where=text(condition))
