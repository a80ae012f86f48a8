"""Statements of the hot path, compiled once: parameters are tuples in a given order, many rows go in one statement.

SQLite's driver loops over rows as fast as can be. PostgreSQL would be told of every row by itself; there the columns go
as arrays and one statement works them off (``unnest``), a fifth of the work on both sides. Arrays go in binary form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Connection, Dialect, Table, bindparam, column, func, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.visitors import replacement_traverse

_ARRAY = re.compile(r"%s(?=::\w+\[\])")


class Statement:
    """A statement for one row, or a query; parameters are in the order of ``names``."""

    def __init__(self, statement: Any, names: Sequence[str], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        self.text = str(compiled) if dialect.name == "sqlite" else _ARRAY.sub("%b", str(compiled))
        order = list(compiled.positiontup or ())
        self._places = [list(names).index(name) for name in order]
        self._straight = self._places == list(range(len(names)))

    def many(self, connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
        """Execute for all rows; nothing for none."""
        if rows:
            given = list(rows) if self._straight else [tuple(row[place] for place in self._places) for row in rows]
            connection.exec_driver_sql(self.text, given)

    def __call__(self, connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
        """Execute for all rows; nothing for none."""
        self.many(connection, rows)

    def rows(self, connection: Connection, *values: object) -> Sequence[Any]:
        """All rows of a query."""
        given = values if self._straight else tuple(values[place] for place in self._places)
        return connection.exec_driver_sql(self.text, given).all()


class _Columns(Statement):
    """A statement that takes all rows at once, column by column."""

    def many(self, connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
        """Execute for all rows; nothing for none."""
        if rows:
            columns = [list(values) for values in zip(*rows, strict=True)]
            connection.exec_driver_sql(self.text, tuple(columns[place] for place in self._places))


def _unnested(types: Mapping[str, Any]) -> Any:
    arrays = (bindparam(name, type_=ARRAY(type_)) for name, type_ in types.items())
    return (
        func.unnest(*arrays)
        .table_valued(*(column(name, type_) for name, type_ in types.items()))
        .alias("given")
        .render_derived()
    )


def insert_statement(
    table: Table, names: Sequence[str], dialect: Dialect, *, ignore_existing: bool = False
) -> Statement:
    """Build an insert of these columns; ``ignore_existing`` keeps rows with the same key."""
    build = sqlite_insert if dialect.name == "sqlite" else postgresql_insert
    return _inserting(
        table, names, dialect, build(table).on_conflict_do_nothing() if ignore_existing else insert(table)
    )


def increment_statement(table: Table, keys: Sequence[str], amount: str, dialect: Dialect) -> Statement:
    """Build an insert of all columns that adds the amount to a row with the same keys."""
    upsert = (sqlite_insert if dialect.name == "sqlite" else postgresql_insert)(table)
    sum_ = table.c[amount] + upsert.excluded[amount]
    upsert = upsert.on_conflict_do_update(index_elements=[table.c[key] for key in keys], set_={amount: sum_})
    return _inserting(table, (*keys, amount), dialect, upsert)


def upsert_statement(table: Table, keys: Sequence[str], values: Sequence[str], dialect: Dialect) -> Statement:
    """Build an insert of these columns that updates a row with the same keys."""
    upsert = (sqlite_insert if dialect.name == "sqlite" else postgresql_insert)(table)
    new = {name: upsert.excluded[name] for name in values}
    upsert = upsert.on_conflict_do_update(index_elements=[table.c[key] for key in keys], set_=new)
    return _inserting(table, (*keys, *values), dialect, upsert)


def _inserting(table: Table, names: Sequence[str], dialect: Dialect, statement: Any) -> Statement:
    if dialect.name == "sqlite":
        return Statement(statement.inline().values({name: bindparam(name) for name in names}), names, dialect)
    given = _unnested({name: table.c[name].type for name in names})
    return _Columns(statement.inline().from_select(list(names), select(*given.c)), names, dialect)


def change_statement(statement: Any, table: Table, names: Mapping[str, str], dialect: Dialect) -> Statement:
    """Build an update or delete of many rows; ``names`` maps its parameters, in order, to columns."""
    if dialect.name == "sqlite":
        return Statement(statement, list(names), dialect)
    given = _unnested({name: table.c[of].type for name, of in names.items()})

    def from_array(element: object, **_: object) -> Any:
        return given.c[element.key] if isinstance(element, BindParameter) and element.key in names else None

    return _Columns(replacement_traverse(statement, {}, from_array), list(names), dialect)
