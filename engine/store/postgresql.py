"""PostgreSQL as the store: durable commits, readers that see one state, and one owner.

The writer has one connection, and this connection holds the lock that says who owns the workspace. So what is written
is written by the owner: when the connection breaks, the lock is gone with it, and the next one is only used after the
lock is taken anew and nobody else owned the workspace meanwhile (the mark in the table ``workspace`` is still ours).
"""

from __future__ import annotations

import os
import socket
from secrets import token_hex
from typing import Any

import psycopg
from psycopg.errors import LockNotAvailable
from psycopg.types.string import StrBinaryDumper, StrDumperUnknown, TextLoader
from sqlalchemy import URL, Connection, Engine, create_engine, event

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.store import setting_queries
from engine.store.database_errors import WorkspaceTakenError
from engine.store.location import PASSWORD, display_name

OLDEST = 140000
_LOCK = 0x736F6A6F
_LOCK_TIMEOUT_MS = 10_000
_OWNER = "owner"
_ESCAPE = "\ue000"
_SCHEMA = "hashtext(coalesce(current_schema(), ''))"
_TAKE = f"SELECT pg_advisory_lock(%s, {_SCHEMA})"
_WHO = f"""
SELECT holder.application_name FROM pg_locks AS held JOIN pg_stat_activity AS holder USING (pid)
WHERE held.locktype = 'advisory' AND held.granted AND holder.datname = current_database()
AND held.classid::bigint = %s AND held.objid::bigint = {_SCHEMA}::bigint & 4294967295
"""
_KEEPALIVE = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
"""A server that lost sight of an owner's machine gives its lock free after a minute, not after hours."""

_NETWORK = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Limits of waiting for an unreachable server; options of the URL take precedence."""


class OwnershipClaim:
    """The right of this process to write; see the module."""

    def __init__(self) -> None:
        self._mark = ""

    def write_mark(self, connection: Connection) -> None:
        """Claim the workspace: write a unique mark."""
        self._mark = token_hex(8)
        setting_queries.put_workspace_fact(connection, _OWNER, self._mark)

    def acquire(self, connection: psycopg.Connection[object], where: str) -> None:
        """Take the owner's lock on this connection; raises TakenError when another process has or had it."""
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {_LOCK_TIMEOUT_MS}")
            try:
                cursor.execute(_TAKE, (_LOCK,))
            except LockNotAvailable:
                connection.rollback()
                raise _owner_phrase(connection, where) from None
            cursor.execute("SET lock_timeout = 0")
            cursor.execute(_KEEPALIVE)
            if self._mark:
                self._check(cursor, where)
        connection.commit()

    def _check(self, cursor: psycopg.Cursor[Any], where: str) -> None:
        cursor.execute("SELECT value FROM workspace WHERE name = %s", (_OWNER,))
        found = cursor.fetchone()
        if found is None or found[0] != self._mark:
            raise WorkspaceTakenError("workspace_owned.lost", workspace=where)


def _owner_phrase(connection: psycopg.Connection[Any], where: str) -> WorkspaceTakenError:
    found = connection.execute(_WHO, (_LOCK,)).fetchone()
    owner = found[0] if found else Phrase("word.another_process")
    return WorkspaceTakenError("workspace_owned", owner=owner, workspace=where)


def engines(url: URL, synchronous: str, claim: OwnershipClaim) -> tuple[Engine, Engine]:
    """Create the writer's and the readers' engine. Only ``synchronous`` OFF and NORMAL let a commit return early."""
    where = display_name(url)
    named = {"application_name": f"Sojourn on {socket.gethostname()}, process {os.getpid()}"}
    patient = {name: value for name, value in _NETWORK.items() if name not in url.query}
    common: dict[str, Any] = {"connect_args": named | patient, "paramstyle": "format", "hide_parameters": True}
    writer = create_engine(url, pool_size=1, max_overflow=0, **common)
    reader = create_engine(url, pool_size=8, pool_pre_ping=True, **common)

    @event.listens_for(writer, "connect")
    def set_up_writer(connection: psycopg.Connection[object], _record: object) -> None:
        try:
            _adapt(connection)
            _make_durable(connection, synchronous)
            claim.acquire(connection, where)
        except BaseException:
            connection.close()
            raise

    @event.listens_for(reader, "connect")
    def set_up_reader(connection: psycopg.Connection[object], _record: object) -> None:
        _adapt(connection)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True

    return writer, reader


class PostgresqlServer:
    """One workspace's database on a server: the writer's and the readers' engine, and the right to write."""

    def __init__(self, url: URL, synchronous: str) -> None:
        self._shown = display_name(url)
        self.claim = OwnershipClaim()
        self.writer, self.reader = engines(url, synchronous, self.claim)

    def check(self, connection: Connection) -> None:
        """Raise SojournError for a server or a database that cannot hold a workspace."""
        check(connection, self._shown)

    def cannot_open(self, said: object) -> SojournError:
        """Return the error for a database that cannot be opened."""
        return cannot_open(self._shown, said)


_VARIANTS = (
    ("password", "password"),
    ("does not exist", "missing"),
    ("permission denied", "permission"),
    ("", "silent"),
)
"""Words in the server's message, and the variant of the error; the first that fits."""


def cannot_open(database: str, said: object) -> SojournError:
    """Return the error for a database that cannot be opened, with the message of the server or the network."""
    reason = " ".join(str(said).split())
    variant = next(variant for word, variant in _VARIANTS if word in reason)
    return SojournError(f"workspace_unreadable.{variant}", database=database, variable=PASSWORD, reason=reason)


def check(connection: Connection, where: str) -> None:
    """Raise SojournError for a server or a database that cannot hold a workspace."""
    version = str(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    if int(version) < OLDEST:
        raise SojournError("database_unfit.version", database=where, version=version[:-4])
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise SojournError("database_unfit.encoding", database=where, encoding=encoding)


def _make_durable(connection: psycopg.Connection[Any], synchronous: str) -> None:
    """Make commits survive a power cut, even if the server's default says otherwise."""
    (found,) = connection.execute("SHOW synchronous_commit").fetchone() or ("",)
    if synchronous == "FULL":
        if found == "off":
            connection.execute("SET synchronous_commit = on")
    else:
        connection.execute("SET synchronous_commit = off")
    connection.commit()


def _adapt(connection: psycopg.Connection[object]) -> None:
    connection.adapters.register_dumper(str, _BinaryTextDumper)
    connection.adapters.register_dumper(str, _TextDumper)
    connection.adapters.register_loader("text", _TextLoader)
    connection.adapters.register_loader("varchar", _TextLoader)


def _escaped(text: str) -> str:
    """PostgreSQL's texts cannot hold U+0000, which keys and payloads may: it is escaped on the way in."""
    if "\0" in text or _ESCAPE in text:
        return text.replace(_ESCAPE, f"{_ESCAPE}1").replace("\0", f"{_ESCAPE}0")
    return text


class _TextDumper(StrDumperUnknown):
    def dump(self, obj: str) -> Any:
        return super().dump(_escaped(obj))


class _BinaryTextDumper(StrBinaryDumper):
    def dump(self, obj: str) -> Any:
        return super().dump(_escaped(obj))


class _TextLoader(TextLoader):
    """The way back."""

    def load(self, data: Any) -> bytes | str:
        """Return the original text."""
        found = super().load(data)
        if isinstance(found, str) and _ESCAPE in found:
            return found.replace(f"{_ESCAPE}0", "\0").replace(f"{_ESCAPE}1", _ESCAPE)
        return found
