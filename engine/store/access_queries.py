"""Queries of access: users, product profiles, sessions (found by the digest of their token) and the audit log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from engine.store.results import columns_of, fetch_all, fetch_one
from engine.store.tables import audit, product_profiles, sessions, users


class StoredProductProfile(NamedTuple):
    """A product profile: permissions in sandboxes."""

    permissions: tuple[str, ...]
    sandboxes: tuple[str, ...]


class StoredUser(NamedTuple):
    """A user; ``password`` is a hash, None before one was set."""

    password: str | None
    product_profiles: tuple[str, ...]


class AuditEntry(NamedTuple):
    """A line of the audit log."""

    at: int
    actor: str
    what: str
    about: str
    refused: bool


class StoredSession(NamedTuple):
    """A session: who signed in, and when it was used last."""

    actor: str
    used_at: int


def load_access(connection: Connection) -> tuple[dict[str, StoredProductProfile], dict[str, StoredUser]]:
    """Product profiles and users by name; their lists as tuples."""
    columns = (product_profiles.c.name, product_profiles.c.permissions, product_profiles.c.sandboxes)
    profiles = {
        name: StoredProductProfile(tuple(json.loads(permissions)), tuple(json.loads(sandboxes)))
        for name, permissions, sandboxes in connection.execute(select(*columns))
    }
    known = select(users.c.name, users.c.password, users.c.product_profiles)
    people = {
        name: StoredUser(password, tuple(json.loads(listed))) for name, password, listed in connection.execute(known)
    }
    return profiles, people


def put_product_profile(
    connection: Connection, name: str, permissions: tuple[str, ...], sandboxes: tuple[str, ...]
) -> None:
    """Create or change a product profile."""
    connection.execute(delete(product_profiles).where(product_profiles.c.name == name))
    values = {"name": name, "permissions": json.dumps(permissions), "sandboxes": json.dumps(sandboxes)}
    connection.execute(insert(product_profiles).values(**values))


def remove_product_profile(connection: Connection, name: str) -> bool:
    """Delete a product profile; return whether there was one."""
    return connection.execute(delete(product_profiles).where(product_profiles.c.name == name)).rowcount > 0


def remove_user(connection: Connection, name: str) -> bool:
    """Delete a user; return whether there was one."""
    return connection.execute(delete(users).where(users.c.name == name)).rowcount > 0


def put_user(connection: Connection, name: str, password: str | None, profiles: tuple[str, ...]) -> None:
    """Create or change a user; ``password`` is a hash."""
    connection.execute(delete(users).where(users.c.name == name))
    connection.execute(insert(users).values(name=name, password=password, product_profiles=json.dumps(profiles)))


def add_audit_entry(
    connection: Connection, now: int, actor: str, sandbox: str, what: str, about: str, *, refused: bool = False
) -> None:
    """Append to the audit log."""
    values = {"at": now, "actor": actor, "sandbox": sandbox, "what": what, "about": about, "refused": refused}
    connection.execute(insert(audit).values(**values))


def audit_rows(connection: Connection, sandboxes: Sequence[str], limit: int) -> tuple[AuditEntry, ...]:
    """List the newest entries of the audit log of these sandboxes; '' stands for the workspace."""
    query = select(*columns_of(audit, AuditEntry._fields)).where(audit.c.sandbox.in_(list(sandboxes)))
    return fetch_all(connection, query.order_by(audit.c.n.desc()).limit(limit), AuditEntry)


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
