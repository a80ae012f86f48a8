"""Query step events with SQL: one read-only SELECT from ``steps`` (runtime.md).

``steps`` has the columns of the files (``step_files``), with ``next_node`` and ``ended_as`` for the two names that SQL
keeps for itself. On SQLite ``file_query`` answers, in a process with limited memory. On PostgreSQL the transaction is
read-only, only known functions may be called (others take a query or the name of a file as a text), and the plan says
which tables are read.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from engine.errors import SojournError
from engine.store.file_query import (
    PROGRAM,
    TABLES,
    FileAnswer,
    FileQuery,
    LimitError,
    bounded,
    read_frames,
    write_frame,
)
from engine.store.step_files import COLUMNS

Record = Mapping[str, object]

LONGEST_SECONDS = 30.0
_GRACE_SECONDS = 10.0
_BUFFER = 100
"""Rows that a server sends at a time."""
_NAMES = {"to": "next_node", "end": "ended_as"}
_OWN = {"n": "step_events.n", "sandbox": "versions.sandbox", "journey_name": "journeys.name"}
_FROM = (
    "FROM step_events JOIN versions ON versions.id = step_events.version_id"
    " JOIN journeys ON journeys.id = versions.journey_id AND journeys.sandbox = versions.sandbox"
)
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
    """Query a workspace in a file, with the ``archived`` step events if given, in a process of its own."""
    kept = f"SELECT {', '.join(_sqlite_columns())} {_FROM} WHERE versions.sandbox = {_quoted(sandbox)}"
    largest, with_archived = LARGEST_ANSWER, archived is not None
    asked = FileQuery(str(path), query, limit, kept, column_names(), LONGEST_SECONDS, largest, with_archived)
    rows = ([record[name] for name in COLUMNS] for record in archived or () if record["sandbox"] == sandbox)
    found = _ask(asked, rows)
    if found.error:
        raise _ERRORS[found.error](" ".join(found.reason.split()))
    return StepQueryResult(found.columns, found.rows, found.more)


def _ask(asked: FileQuery, archived: Iterable[Sequence[object]]) -> FileAnswer:
    """Have a query answered; a process that ends without an answer needed more memory than it may have."""
    with (
        tempfile.TemporaryFile() as given,
        subprocess.Popen(
            [sys.executable, "-P", str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=given
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(asked.seconds + _GRACE_SECONDS, process.kill)
        try:
            with suppress(BrokenPipeError):
                write_frame(process.stdin, msgspec.msgpack.encode(asked))
                for row in archived:
                    write_frame(process.stdin, msgspec.msgpack.encode(row))
                process.stdin.close()
            timer.start()
            frame = next(read_frames(process.stdout), None)
        finally:
            timer.cancel()
            process.kill()
    return FileAnswer(error="large") if frame is None else msgspec.msgpack.decode(frame, type=FileAnswer)


def _sqlite_columns() -> Iterator[str]:
    empty = {int: "0", bool: "0", str: "''"}
    for name, kind in COLUMNS.items():
        value = _OWN.get(name) or f"coalesce(json_extract(step_events.fields, '$.{name}'), {empty[kind]})"
        yield f'{value} AS "{_NAMES.get(name, name)}"'


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
            strange = set(_relations(plan if isinstance(plan, list) else json.loads(plan))) - {*TABLES}
            if strange:
                raise _refused(f"it reads {', '.join(sorted(strange))}")
            limited = text(f"{statement.text} LIMIT {limit + 1}")
            result = connection.execution_options(stream_results=True, max_row_buffer=_BUFFER).execute(limited, given)
            with closing(result):
                columns = tuple(result.keys())
                rows = list(bounded(map(tuple, result), deadline, LARGEST_ANSWER))
        except LimitError as error:
            raise _ERRORS[str(error)]("") from None
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
    _check_functions(named)
    plain = re.sub(r"\"(?:[^\"]|\"\")*\"", "''", named)
    if re.search(r"--|/\*|\$\w*\$|;\s*\S", plain):
        raise _refused("it holds a comment or more than one statement")
    depth = 0
    for mark in re.findall(r"[()]", plain):
        depth += 1 if mark == "(" else -1
        if depth < 0:
            raise _refused("its parentheses do not fit")


def _check_functions(query: str) -> None:
    """Refuse a function that is not in the table; names before the columns of a ``with`` or of an alias are none."""
    query = _WITH_COLUMNS.sub(" (", query)
    for quoted, word in _CALL.findall(query):
        if quoted or not (FUNCTIONS.fullmatch(word) or _WORDS.fullmatch(word)):
            raise _refused(f"it calls {quoted or word}")


_WITH_COLUMNS = re.compile(
    r"\w+\s*\([\w\s,]*\)(?=\s+as\s*(?:not\s+)?(?:materialized\s*)?\(\s*(?:select|values)\b)", re.IGNORECASE
)
_CALL = re.compile(r"(?<!\w)(?<!\bas )(?:(\"(?:[^\"]|\"\")*\")|([^\W\d][\w$]*))\s*\(", re.IGNORECASE)
_WORDS = re.compile(
    r"all|and|any|array|as|between|by|case|char|character|cube|current_time|current_timestamp|"
    r"decimal|distinct|else|except|exists|filter|float|from|group|grouping|having|ilike|in|"
    r"intersect|interval|is|join|lateral|like|limit|localtime|localtimestamp|materialized|not|"
    r"numeric|offset|on|or|order|over|partition|precision|recursive|rollup|select|sets|similar|"
    r"some|then|time|timestamp|union|using|values|varchar|varying|when|where|with|within",
    re.IGNORECASE,
)
FUNCTIONS = re.compile(
    r"abs|age|array_agg|array_length|avg|bool_and|bool_or|btrim|cardinality|cast|ceil|ceiling|"
    r"char_length|coalesce|concat|concat_ws|corr|count|cume_dist|date_bin|date_part|date_trunc|"
    r"dense_rank|div|every|exp|extract|first_value|floor|greatest|initcap|json_agg|json_build_object|"
    r"jsonb_agg|jsonb_build_object|lag|last_value|lead|least|left|length|ln|log|lower|ltrim|"
    r"make_date|make_interval|make_time|make_timestamp|max|md5|min|mod|mode|now|nth_value|ntile|"
    r"nullif|octet_length|overlay|percent_rank|percentile_cont|percentile_disc|position|power|rank|"
    r"regexp_count|regexp_like|regexp_match|regexp_replace|regexp_substr|replace|reverse|right|round|"
    r"row|row_number|rtrim|sign|split_part|sqrt|starts_with|stddev|stddev_pop|stddev_samp|string_agg|"
    r"strpos|substr|substring|sum|to_char|to_date|to_number|to_timestamp|translate|trim|trunc|upper|"
    r"var_pop|var_samp|variance|width_bucket",
    re.IGNORECASE,
)
"""The functions of PostgreSQL that a query may call."""


# Both ----------------------------------------------------------------------------------------------------------------


def _refused(why: str) -> SojournError:
    return SojournError("query_refused", why=why)


def _explained(said: str) -> SojournError:
    if "read-only" in said:
        return _refused(said)
    return _slow() if "statement timeout" in said else _malformed(" ".join(said.split()))


def _slow(_: str = "") -> SojournError:
    seconds = f"{LONGEST_SECONDS:.0f}"
    return SojournError("query_slow", seconds=seconds)


def _malformed(reason: str) -> SojournError:
    return SojournError("query_malformed", reason=reason)


_ERRORS: Mapping[str, Callable[[str], SojournError]] = {
    "refused": _refused,
    "slow": _slow,
    "large": lambda _: SojournError("query_large"),
    "malformed": _malformed,
}
