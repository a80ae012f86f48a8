"""Queries of maintenance: expired rows, and versions whose state changes with time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sqlalchemy import Column, Connection, delete, func, select, update

from engine.store import runtime_queries
from engine.store.runtime_queries import IDEMPOTENT_MS
from engine.store.tables import (
    RUNNING,
    counters,
    dead_letters,
    discards,
    entries,
    events,
    feedback,
    instances,
    journeys,
    messages,
    outbox,
    passages,
    step_events,
    versions,
)

Change = Callable[[Connection], None]
_AT_ONCE = 5_000
_CHUNK = 500
_PUBLISHED = ("live", "closed", "finished", "stopped")
_ONLY_TESTS = ("not_a_test_profile", "journey_full")


def set_states(connection: Connection, due: Mapping[int, str], now: int) -> None:
    """Close, finish or end the test of versions."""
    for version_id, state in due.items():
        if state == "draft":
            end_test(connection, version_id)
            continue
        changed = {"state": state, **({"closed_at": now} if state == "closed" else {})}
        connection.execute(update(versions).where(versions.c.id == version_id).values(**changed))


def last_test_event(connection: Connection, version_id: int) -> int:
    """When a test had its last event, or began."""
    query = select(versions.c.test_last_event, versions.c.test_since).where(versions.c.id == version_id)
    row = connection.execute(query).one()
    return max(row[0] or 0, row[1] or 0)


def end_test(connection: Connection, version_id: int) -> None:
    """Switch test mode off: its people and its reporting go."""
    runtime_queries.keep_largest_instance(connection)
    test_people = select(instances.c.id).where(instances.c.version_id == version_id, instances.c.in_test)
    for table in (step_events, outbox, dead_letters):
        connection.execute(delete(table).where(table.c.instance.in_(test_people)))
    test_messages = (messages.c.version_id == version_id) & messages.c.in_test
    connection.execute(delete(feedback).where(feedback.c.message.in_(select(messages.c.id).where(test_messages))))
    connection.execute(delete(messages).where(test_messages))
    _forget_discards(connection, version_id)
    _forget_entrances(connection, version_id)
    for table in (counters, passages, instances):
        connection.execute(delete(table).where(table.c.version_id == version_id, table.c.in_test))
    ended = {"state": "draft", "test_since": None, "test_people": 0, "test_last_event": None, "test_clock": None}
    connection.execute(update(versions).where(versions.c.id == version_id).values(**ended))


def _forget_discards(connection: Connection, version_id: int) -> None:
    """Delete the test's discards; where a version is live too, only those that no other version can cause."""
    columns = (versions.c.journey_id, versions.c.sandbox, versions.c.test_since, journeys.c.name)
    joined = select(*columns).join(journeys, journeys.c.id == versions.c.journey_id)
    test = connection.execute(joined.where(versions.c.id == version_id)).one()
    here = (discards.c.sandbox == test.sandbox) & (discards.c.journey == test.name) & (discards.c.at >= test.test_since)
    published = select(versions.c.id).where(versions.c.journey_id == test.journey_id, versions.c.state.in_(_PUBLISHED))
    if connection.execute(published.limit(1)).first() is not None:
        here &= discards.c.reason.in_(_ONLY_TESTS)
    connection.execute(delete(discards).where(here))


def _forget_entrances(connection: Connection, version_id: int) -> None:
    """Let the people of a test enter as if they never had, unless they are or were in the journey for real too."""
    journey = select(versions.c.journey_id).where(versions.c.id == version_id).scalar_subquery()
    siblings = select(versions.c.id).where(versions.c.journey_id == journey)
    tested = select(instances.c.key).where(instances.c.version_id == version_id, instances.c.in_test)
    real = select(instances.c.key).where(instances.c.version_id.in_(siblings), instances.c.in_test.is_(False))
    here = (entries.c.journey_id == journey) & entries.c.key.in_(tested)
    connection.execute(delete(entries).where(here, entries.c.key.not_in(real)))
    latest = select(func.max(instances.c.entered_at)).where(
        instances.c.version_id.in_(siblings), instances.c.in_test.is_(False), instances.c.key == entries.c.key
    )
    connection.execute(update(entries).where(here).values(last_entered=latest.scalar_subquery()))


@dataclass(frozen=True, slots=True)
class RetentionLimits:
    """The oldest times that are kept, in epoch ms: payloads, finished instances, and step events.

    Step events that go to files have no limit here.
    """

    now: int
    payloads: int
    instances: int
    steps: int | None


def has_expired_rows(connection: Connection, limits: RetentionLimits) -> bool:
    """Whether :func:`delete_expired_rows` would delete anything; cheap, since the oldest rows come first."""
    ended = select(instances.c.changed_at).where(instances.c.status != RUNNING).order_by(instances.c.changed_at)
    first = (
        (select(events.c.at).where(events.c.payload.isnot(None)).order_by(events.c.id), limits.payloads),
        (select(events.c.at).order_by(events.c.id), min(limits.payloads, limits.now - IDEMPOTENT_MS)),
        (select(discards.c.at).order_by(discards.c.n), limits.payloads),
        (ended, limits.instances),
        (select(messages.c.at).order_by(messages.c.at), limits.instances),
        (select(step_events.c.at).order_by(step_events.c.n), limits.steps or 0),
    )
    return any((connection.execute(query.limit(1)).scalar() or limit) < limit for query, limit in first)


def delete_expired_rows(connection: Connection, limits: RetentionLimits, batch_size: int = _AT_ONCE) -> bool:
    """Delete some rows that are too old; whether there may be more."""
    steps = limits.steps
    counts = (
        _prune_events(connection, limits, batch_size),
        _prune_oldest(connection, discards.c.n, discards.c.at, limits.payloads, batch_size),
        _prune_instances(connection, limits.instances, batch_size),
        _prune_messages(connection, limits.instances, batch_size),
        _prune_oldest(connection, step_events.c.n, step_events.c.at, steps, batch_size) if steps is not None else 0,
    )
    return batch_size in counts


def _prune_oldest(connection: Connection, number: Column[Any], at: Column[Any], limit: int, batch_size: int) -> int:
    """Delete the first rows, up to the first that is young enough: time and number grow together."""
    rows = connection.execute(select(number, at).order_by(number).limit(batch_size)).all()
    old = [row[0] for row in takewhile(lambda row: row[1] < limit, rows)]
    return connection.execute(delete(number.table).where(number.between(old[0], old[-1]))).rowcount if old else 0


def _prune_events(connection: Connection, limits: RetentionLimits, batch_size: int) -> int:
    """Payloads go with their age; ids stay as long as they make an event idempotent."""
    forgotten = min(limits.payloads, limits.now - IDEMPOTENT_MS)
    gone = _prune_oldest(connection, events.c.id, events.c.at, forgotten, batch_size)
    if limits.payloads == forgotten:
        return gone
    old = select(events.c.id).where(events.c.payload.isnot(None), events.c.at < limits.payloads)
    emptied = update(events).where(events.c.id.in_(old.order_by(events.c.id).limit(batch_size))).values(payload=None)
    return max(gone, connection.execute(emptied).rowcount)


def _prune_instances(connection: Connection, limit: int, batch_size: int) -> int:
    ended = (instances.c.status != RUNNING) & (instances.c.changed_at < limit)
    old = list(connection.execute(select(instances.c.id).where(ended).limit(batch_size)).scalars())
    if old:
        runtime_queries.keep_largest_instance(connection)
    for start in range(0, len(old), _CHUNK):
        connection.execute(delete(instances).where(instances.c.id.in_(old[start : start + _CHUNK])))
    return len(old)


def _prune_messages(connection: Connection, limit: int, batch_size: int) -> int:
    query = select(messages.c.id).where(messages.c.at < limit).order_by(messages.c.at).limit(batch_size)
    old = list(connection.execute(query).scalars())
    for start in range(0, len(old), _CHUNK):
        some = old[start : start + _CHUNK]
        connection.execute(delete(feedback).where(feedback.c.message.in_(some)))
        connection.execute(delete(messages).where(messages.c.id.in_(some)))
    return len(old)
