"""Queries of sessions, which are found by the digest of their token."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from engine.store.results import columns_of, fetch_one
from engine.store.tables import sessions


class StoredSession(NamedTuple):
    """A session: who signed in, and when it was used last."""

    actor: str
    used_at: int


def create_session(connection: Connection, digest: str, actor: str, now: int) -> None:
    """One more session."""
    connection.execute(insert(sessions).values(digest=digest, actor=actor, used_at=now))


def find_session(connection: Connection, digest: str) -> StoredSession | None:
    """Find a session by its digest."""
    query = select(*columns_of(sessions, StoredSession._fields)).where(sessions.c.digest == digest)
    return fetch_one(connection, query, StoredSession)


def touch_session(connection: Connection, digest: str, now: int) -> None:
    """Note that a session is in use; one that ended meanwhile stays so."""
    connection.execute(update(sessions).where(sessions.c.digest == digest).values(used_at=now))


def end_session(connection: Connection, digest: str) -> None:
    """Delete a session."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest))


def end_other_sessions(connection: Connection, actor: str, but: str = "") -> None:
    """All sessions of a user are over, but the one with that digest."""
    connection.execute(delete(sessions).where(sessions.c.actor == actor, sessions.c.digest != but))


def end_unused_sessions(connection: Connection, before: int) -> None:
    """Sessions that were last used before then are over."""
    connection.execute(delete(sessions).where(sessions.c.used_at < before))
