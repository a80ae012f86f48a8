"""Query results as plain mappings of column names to values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult, Result

Row = Mapping[str, Any]


def all_rows(result: Result[Any]) -> tuple[Row, ...]:
    """All rows."""
    return tuple({str(name): value for name, value in row.items()} for row in result.mappings())


def one_row(result: Result[Any]) -> Row | None:
    """The one row, or None."""
    row = result.mappings().one_or_none()
    return None if row is None else {str(name): value for name, value in row.items()}


def new_id(result: CursorResult[Any]) -> int:
    """The number that an inserted row was given."""
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


_LONGEST_ID = 18
"""Digits that any database's whole numbers hold."""


def row_id(text: str) -> int:
    """A row's number out of its text; -1, which no row has, for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID else -1
