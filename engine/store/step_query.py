"""Query step events with SQL: one read-only SELECT from ``steps`` (runtime.md).

``steps`` has the columns of the files (``step_files``), with ``next_node`` and ``ended_as`` for the two names that SQL
keeps for itself. On SQLite the connection is read-only, and an authorizer refuses every table but this one. On
PostgreSQL the transaction is read-only, and the plan says which tables are read.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple
from urllib.parse import quote

import pysqlite3
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from engine.errors import SojournError
from engine.store.step_files import COLUMNS

Record = Mapping[str, object]

LONGEST_SECONDS = 30.0
_EVERY = 20_000
_BUFFER = 100
"""Rows that a server sends at a time."""
_NAMES = {"to": "next_node", "end": "ended_as"}
_TABLES = {"step_events", "versions", "journeys"}
_OWN = {"n": "step_events.n", "sandbox": "versions.sandbox", "journey_name": "journeys.name"}
_FROM = (
    "FROM step_events JOIN versions ON versions.id = step_events.version_id"
    " JOIN journeys ON journeys.id = versions.journey_id AND journeys.sandbox = versions.sandbox"
)
_READING = {pysqlite3.SQLITE_SELECT, pysqlite3.SQLITE_RECURSIVE}
_DENY = pysqlite3.SQLITE_DENY
_INNER = ("sqlite_", "pragma_", "json_tree", "fts")
_REFUSED_FUNCTIONS = {"load_extension", "fts3_tokenizer", "readfile", "writefile", "randomblob", "zeroblob"}
LARGEST_ANSWER = 64 * 1024 * 1024
"""Characters and bytes in an answer: it is held in memory."""


class StepQueryResult(NamedTuple):
    """The rows of a query; ``more`` is set if the limit cut others off."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    more: bool


def column_names() -> tuple[str, ...]:
    """Return the columns of ``steps``."""
    return tuple(_NAMES.get(name, name) for name in COLUMNS)


# SQLite --------------------------------------------------------------------------------------------------------------


def query_file(
    path: Path, sandbox: str, query: str, limit: int, archived: Iterable[Record] | None = None
) -> StepQueryResult:
    """Query a workspace in a file, with the ``archived`` step events if given."""
    uri = f"file:{quote(str(path))}?mode=ro"
    with closing(pysqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        kept = f"SELECT {', '.join(_sqlite_columns())} {_FROM} WHERE versions.sandbox = {_quoted(sandbox)}"
        whole = "SELECT * FROM {view}"
        if archived is not None:
            _load(connection, sandbox, archived)
            whole = f"{whole} UNION ALL SELECT * FROM archived_steps"
        guard = _Guard(connection)
        connection.execute(f"CREATE TEMP VIEW {guard.view} AS {kept}").close()
        connection.execute(f"CREATE TEMP VIEW steps AS {whole.format(view=guard.view)}").close()
        deadline = time.monotonic() + LONGEST_SECONDS
        connection.set_authorizer(guard)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _EVERY)
        try:
            cursor = connection.execute(query)
            if cursor.description is None:
                raise _refused("it is no SELECT")
            rows = list(_bounded(islice(cursor, limit + 1), deadline))
        except (pysqlite3.Error, pysqlite3.Warning) as error:
            raise _explained(str(error)) from None
        columns = tuple(column[0] for column in cursor.description)
    return StepQueryResult(columns, tuple(rows[:limit]), len(rows) > limit)


def _bounded(rows: Iterable[tuple[object, ...]], deadline: float) -> Iterator[tuple[object, ...]]:
    """Yield the rows; raise SojournError if they are too large together or too late."""
    size = 0
    for row in rows:
        if time.monotonic() > deadline:
            raise _slow()
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if size > LARGEST_ANSWER:
            raise SojournError("query_large")
        yield row


def _sqlite_columns() -> Iterator[str]:
    empty = {int: "0", bool: "0", str: "''"}
    for name, kind in COLUMNS.items():
        value = _OWN.get(name) or f"coalesce(json_extract(step_events.fields, '$.{name}'), {empty[kind]})"
        yield f'{value} AS "{_NAMES.get(name, name)}"'


def _load(connection: Any, sandbox: str, archived: Iterable[Record]) -> None:
    columns = ", ".join(column_names())
    connection.execute(f"CREATE TEMP TABLE archived_steps ({columns})").close()
    marks = ", ".join("?" * len(COLUMNS))
    rows = ([record[name] for name in COLUMNS] for record in archived if record["sandbox"] == sandbox)
    connection.executemany(f"INSERT INTO archived_steps VALUES ({marks})", rows).close()


class _Guard:
    """Authorizer that lets a query read ``steps`` and nothing else.

    The tables beneath are read by a view alone whose name nobody can know: a query may call its own parts as it likes.
    """

    def __init__(self, connection: Any) -> None:
        self.view = f"kept_{token_hex(16)}"
        found = connection.execute("SELECT name FROM sqlite_master").fetchall()
        self._known = {str(name).lower() for (name,) in found}

    def __call__(self, action: int, first: str | None, second: str | None, where: str | None, view: str | None) -> int:
        """SQLite's question about one thing that a statement would do."""
        return int(pysqlite3.SQLITE_OK if self._allows(action, first or "", second or "", where, view) else _DENY)

    def _allows(self, action: int, first: str, second: str, where: str | None, view: str | None) -> bool:
        if action == pysqlite3.SQLITE_FUNCTION:
            return second.lower() not in _REFUSED_FUNCTIONS
        if action != pysqlite3.SQLITE_READ:
            return action in _READING
        if view == self.view:
            return first in _TABLES
        if first in ("steps", "archived_steps", self.view):
            return where in ("temp", None)
        return where is None and first.lower() not in self._known and not first.lower().startswith(_INNER)


def _quoted(text_: str) -> str:
    return "'" + text_.replace("'", "''") + "'"


# PostgreSQL ----------------------------------------------------------------------------------------------------------


def query_server(engine: Engine, sandbox: str, query: str, limit: int) -> StepQueryResult:
    """Query a workspace on a server."""
    _check_one(query)
    kept = f"SELECT {', '.join(_postgresql_columns())} {_FROM} WHERE versions.sandbox = :sandbox"
    whole = f"WITH steps AS ({kept}) SELECT * FROM ({query}) AS answer"
    statement = text(whole.replace(query, re.sub(r"(?<!:):(?!:)", r"\:", query)))
    given = {"sandbox": sandbox}
    deadline = time.monotonic() + LONGEST_SECONDS
    with engine.connect() as connection:
        try:
            connection.execute(text(f"SET LOCAL statement_timeout = {int(LONGEST_SECONDS * 1000)}"))
            connection.execute(text("SET TRANSACTION READ ONLY"))
            plan = connection.execute(text(f"EXPLAIN (FORMAT JSON, VERBOSE) {statement.text}"), given).scalar_one()
            strange = set(_relations(plan if isinstance(plan, list) else json.loads(plan))) - _TABLES
            if strange:
                raise _refused(f"it reads {', '.join(sorted(strange))}")
            bounded = text(f"{statement.text} LIMIT {limit + 1}")
            result = connection.execution_options(stream_results=True, max_row_buffer=_BUFFER).execute(bounded, given)
            with closing(result):
                columns = tuple(result.keys())
                rows = list(_bounded(map(tuple, result), deadline))
        except DBAPIError as error:
            raise _explained(str(error.orig)) from None
        finally:
            connection.rollback()
    return StepQueryResult(columns, tuple(rows[:limit]), len(rows) > limit)


def _postgresql_columns() -> Iterator[str]:
    casts = {int: "::bigint", bool: "::boolean", str: ""}
    empty = {int: "0", bool: "false", str: "''"}
    for name, kind in COLUMNS.items():
        found = f"coalesce((step_events.fields::json ->> '{name}'){casts[kind]}, {empty[kind]})"
        yield f'{_OWN.get(name) or found} AS "{_NAMES.get(name, name)}"'


def _relations(plan: object) -> Iterator[str]:
    """Yield the tables that a plan reads, and functions that return rows."""
    if isinstance(plan, list):
        for one in plan:
            yield from _relations(one)
    elif isinstance(plan, dict):
        for key, value in plan.items():
            if key in ("Relation Name", "Function Name"):
                yield str(value)
            else:
                yield from _relations(value)


def _check_one(query: str) -> None:
    """One statement, whose parentheses do not reach out of it, and that names no table but ``steps``."""
    named = re.sub(r"'(?:[^']|'')*'", "''", query)
    if re.search(
        r"\b(step_events|versions|journeys|information_schema|pg_\w+)\b|\b[UuEe]&?'|\bU&\"", named, re.IGNORECASE
    ):
        raise _refused("it reads something else")
    plain = re.sub(r"\"(?:[^\"]|\"\")*\"", "''", named)
    if re.search(r"--|/\*|\$\w*\$|;\s*\S", plain):
        raise _refused("it holds a comment or more than one statement")
    depth = 0
    for mark in re.findall(r"[()]", plain):
        depth += 1 if mark == "(" else -1
        if depth < 0:
            raise _refused("its parentheses do not fit")


# Both ----------------------------------------------------------------------------------------------------------------


def _refused(why: str) -> SojournError:
    return SojournError("query_refused", why=why)


def _explained(said: str) -> SojournError:
    if "not authorized" in said or "prohibited" in said or "readonly" in said or "read-only" in said:
        return _refused(said)
    if "interrupted" in said or "statement timeout" in said:
        return _slow()
    return SojournError("query_malformed", reason=" ".join(said.split()))


def _slow() -> SojournError:
    seconds = f"{LONGEST_SECONDS:.0f}"
    return SojournError("query_slow", seconds=seconds)
