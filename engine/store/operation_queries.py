"""Queries of what needs a person to decide: dead letters, accepted events, and people whose journey failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, literal, select

from engine.store.results import fetch_all
from engine.store.tables import STATUS_NAMES, dead_letters, events, instances, journeys, outbox, versions

_FAILED = STATUS_NAMES.index("error")


class StoredEvent(NamedTuple):
    """An accepted event; ``document`` is '' where it was not asked for or is no longer kept."""

    id: str
    at: int
    document: str


class StoredFailure(NamedTuple):
    """A person whose journey ended in an error, at an activity."""

    journey: str
    version: int
    instance: str
    key: str
    activity: str
    at: int


def traceback_of(connection: Connection, number: int) -> str:
    """Return the traceback of a dead letter; '' if there is none."""
    query = select(dead_letters.c.traceback).where(dead_letters.c.id == number)
    return connection.execute(query).scalar() or ""


def drop_dead_letters(connection: Connection, numbers: Sequence[int]) -> int:
    """Delete dead letters, and the calls that some of them are about; return how many."""
    here = dead_letters.c.id.in_(list(numbers))
    calls = select(dead_letters.c.instance).where(here, dead_letters.c.kind == "call")
    connection.execute(delete(outbox).where(outbox.c.instance.in_(list(connection.execute(calls).scalars()))))
    return connection.execute(delete(dead_letters).where(here)).rowcount


def received_events(connection: Connection, sandbox: str, search: str, limit: int) -> tuple[StoredEvent, ...]:
    """List the newest accepted events without their documents."""
    query = select(events.c.source_id, events.c.at, literal("")).where(events.c.sandbox == sandbox)
    if search:
        query = query.where(events.c.source_id.contains(search, autoescape=True))
    return fetch_all(connection, query.order_by(events.c.id.desc()).limit(limit), StoredEvent)


def received_event(connection: Connection, sandbox: str, event_id: str) -> StoredEvent | None:
    """Return an accepted event with its document; None if there is none with this id."""
    query = select(events.c.source_id, events.c.at, events.c.payload)
    row = connection.execute(query.where(events.c.sandbox == sandbox, events.c.source_id == event_id)).first()
    return StoredEvent(row[0], row[1], row[2] or "") if row is not None else None


def failed_people(
    connection: Connection, sandbox: str, journey: str, activity: str, key: str, limit: int
) -> tuple[StoredFailure, ...]:
    """List failed instances of the sandbox, the latest first; each filter may be empty, ``key`` is a part of a key."""
    query = (
        select(
            journeys.c.name,
            versions.c.version,
            instances.c.id,
            instances.c.key,
            instances.c.activity,
            instances.c.changed_at,
        )
        .join(versions, versions.c.id == instances.c.version_id)
        .join(journeys, journeys.c.id == versions.c.journey_id)
        .where(journeys.c.sandbox == sandbox, instances.c.status == _FAILED)
    )
    if journey:
        query = query.where(journeys.c.name == journey)
    if activity:
        query = query.where(instances.c.activity == activity)
    if key:
        query = query.where(instances.c.key.contains(key, autoescape=True))
    rows = connection.execute(query.order_by(instances.c.changed_at.desc(), instances.c.id).limit(limit))
    return tuple(StoredFailure(row[0], row[1], str(row[2]), *row[3:]) for row in rows)
