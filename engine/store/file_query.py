"""Run one query of the step events in a workspace's file, in a process of its own whose memory is limited.

The connection is read-only, and an authorizer refuses every table but ``steps``. The module is run as a program
(``step_query`` starts it) and imports nothing of the engine. It reads frames from its standard input, each with its
length in four bytes: the query, then archived step events as rows. It writes the answer as one frame.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import IO, Any
from urllib.parse import quote

import msgspec
import pysqlite3

MEMORY = 1 << 30
"""Bytes that the process may use."""
TABLES = ("step_events", "versions", "journeys")
_EVERY = 20_000
_READING = {pysqlite3.SQLITE_SELECT, pysqlite3.SQLITE_RECURSIVE}
_DENY = pysqlite3.SQLITE_DENY
_INNER = ("sqlite_", "pragma_", "json_tree", "fts")
_REFUSED_FUNCTIONS = {"load_extension", "fts3_tokenizer", "readfile", "writefile", "randomblob", "zeroblob"}


class FileQuery(msgspec.Struct):
    """A query. ``kept`` selects the stored step events, ``columns`` are their names.

    ``seconds`` and ``largest`` (characters and bytes) limit the answer; ``archived`` says that rows follow.
    """

    path: str
    query: str
    limit: int
    kept: str
    columns: tuple[str, ...]
    seconds: float
    largest: int
    archived: bool


class FileAnswer(msgspec.Struct):
    """The rows; or ``error``: ``refused``, ``slow``, ``large`` or ``malformed``, with the reason."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    more: bool = False
    error: str = ""
    reason: str = ""


class LimitError(Exception):
    """The answer is too large or too late; the argument is the error of the answer."""


def bounded(rows: Iterable[tuple[object, ...]], deadline: float, largest: int) -> Iterator[tuple[object, ...]]:
    """Yield the rows; raise LimitError if they are too large together or too late."""
    size = 0
    for row in rows:
        if time.monotonic() > deadline:
            raise LimitError("slow")
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if size > largest:
            raise LimitError("large")
        yield row


def answer(asked: FileQuery, archived: Iterable[Sequence[object]]) -> FileAnswer:
    """Answer a query."""
    uri = f"file:{quote(asked.path)}?mode=ro"
    with closing(pysqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        connection.execute("PRAGMA temp_store=FILE").close()
        whole = "SELECT * FROM {view}"
        if asked.archived:
            _load(connection, asked.columns, archived)
            whole = f"{whole} UNION ALL SELECT * FROM archived_steps"
        guard = _Guard(connection)
        connection.execute(f"CREATE TEMP VIEW {guard.view} AS {asked.kept}").close()
        connection.execute(f"CREATE TEMP VIEW steps AS {whole.format(view=guard.view)}").close()
        deadline = time.monotonic() + asked.seconds
        connection.set_authorizer(guard)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _EVERY)
        try:
            cursor = connection.execute(asked.query)
            if cursor.description is None:
                return FileAnswer(error="refused", reason="it is no SELECT")
            rows = tuple(bounded(islice(cursor, asked.limit + 1), deadline, asked.largest))
        except LimitError as error:
            return FileAnswer(error=str(error))
        except MemoryError:
            return FileAnswer(error="large")
        except (pysqlite3.Error, pysqlite3.Warning) as error:
            return _fault(str(error))
        columns = tuple(column[0] for column in cursor.description)
    return FileAnswer(columns, rows[: asked.limit], len(rows) > asked.limit)


def _fault(said: str) -> FileAnswer:
    for error, words in (
        ("refused", ("not authorized", "prohibited", "readonly", "read-only")),
        ("slow", ("interrupted",)),
        ("large", ("out of memory", "too big")),
    ):
        if any(one in said for one in words):
            return FileAnswer(error=error, reason=said)
    return FileAnswer(error="malformed", reason=said)


def _load(connection: Any, columns: Sequence[str], archived: Iterable[Sequence[object]]) -> None:
    connection.execute(f"CREATE TEMP TABLE archived_steps ({', '.join(columns)})").close()
    marks = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO archived_steps VALUES ({marks})", archived).close()


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
            return first in TABLES
        if first in ("steps", "archived_steps", self.view):
            return where in ("temp", None)
        return where is None and first.lower() not in self._known and not first.lower().startswith(_INNER)


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write a frame."""
    stream.write(len(content).to_bytes(4, "big") + content)


def read_frames(stream: IO[bytes]) -> Iterator[bytes]:
    """Read frames until the end."""
    while len(head := stream.read(4)) == 4:
        yield stream.read(int.from_bytes(head, "big"))


def main() -> None:
    """Answer the query on the standard input."""
    with suppress(ValueError, OSError):  # a lower limit of the system stays
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    frames = read_frames(sys.stdin.buffer)
    asked = msgspec.msgpack.decode(next(frames), type=FileQuery)
    found = answer(asked, (msgspec.msgpack.decode(frame) for frame in frames))
    write_frame(sys.stdout.buffer, msgspec.msgpack.encode(found))


PROGRAM = Path(__file__)
if __name__ == "__main__":
    main()
