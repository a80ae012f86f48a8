"""Query results as typed rows, and row numbers from and to text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import sqlalchemy
from sqlalchemy import CursorResult, Select, Table
from sqlalchemy.sql.elements import ColumnElement

Connection: TypeAlias = sqlalchemy.Connection
"""A database connection within a transaction, as the queries take it; only they look inside."""

RowType = TypeVar("RowType")

_LONGEST_ID = 18
"""Digits that any database's whole numbers hold."""


def columns_of(table: Table, names: tuple[str, ...]) -> list[ColumnElement[object]]:
    """Return the columns of ``table`` with these names, in this order."""
    return [table.c[name] for name in names]


def fetch_all(
    connection: Connection, query: Select[*tuple[object, ...]], make: Callable[..., RowType]
) -> tuple[RowType, ...]:
    """Return all rows of a query, each made by ``make`` from its columns in order."""
    return tuple(make(*row) for row in connection.execute(query))


def fetch_one(
    connection: Connection, query: Select[*tuple[object, ...]], make: Callable[..., RowType]
) -> RowType | None:
    """Return the only row of a query; None if there is none."""
    row = connection.execute(query).one_or_none()
    return None if row is None else make(*row)


def new_id(result: CursorResult[object]) -> int:
    """Return the number that an inserted row was given."""
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def row_id(text: str) -> int:
    """Return the row number in a text; -1, which no row has, for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID else -1
