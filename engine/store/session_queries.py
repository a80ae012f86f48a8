"""Who is signed in where, as rows: a session is found by the digest of what its studio shows."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from engine.store.results import Row, one_row
from engine.store.tables import sessions


def create_session(connection: Connection, digest: str, actor: str, now: int) -> None:
    """One more session."""
    connection.execute(insert(sessions).values(digest=digest, actor=actor, used_at=now))


def find_session(connection: Connection, digest: str) -> Row | None:
    """A session."""
    return one_row(connection.execute(select(sessions).where(sessions.c.digest == digest)))


def touch_session(connection: Connection, digest: str, now: int) -> None:
    """Note that a session is in use; one that ended meanwhile stays so."""
    connection.execute(update(sessions).where(sessions.c.digest == digest).values(used_at=now))


def end_session(connection: Connection, digest: str) -> None:
    """A session is over."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest))


def end_other_sessions(connection: Connection, actor: str, but: str = "") -> None:
    """All sessions of a user are over, but the one with that digest."""
    connection.execute(delete(sessions).where(sessions.c.actor == actor, sessions.c.digest != but))


def end_unused_sessions(connection: Connection, before: int) -> None:
    """Sessions that were last used before then are over."""
    connection.execute(delete(sessions).where(sessions.c.used_at < before))
