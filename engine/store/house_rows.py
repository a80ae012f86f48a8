"""Rows that go with time: old events, finished instances and step events; and versions whose time has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Delete, delete, func, select, update

from engine.store.tables import (
    RUNNING,
    counters,
    discards,
    entries,
    events,
    feedback,
    instances,
    journeys,
    messages,
    outbox,
    passages,
    set_aside,
    step_events,
    versions,
)

Change = Callable[[Connection], None]
_AT_ONCE = 5_000
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


def test_idle_since(connection: Connection, version_id: int) -> int:
    """When a test had its last event, or began."""
    query = select(versions.c.test_last_event, versions.c.test_since).where(versions.c.id == version_id)
    row = connection.execute(query).one()
    return max(row[0] or 0, row[1] or 0)


def end_test(connection: Connection, version_id: int) -> None:
    """Switch test mode off: its people and its reporting go."""
    test_people = select(instances.c.id).where(instances.c.version_id == version_id, instances.c.in_test)
    for table in (step_events, outbox, set_aside):
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
    """What the test refused is part of its reporting; where a version is live too, only what no other can refuse."""
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


def _old(limits: Mapping[str, int]) -> tuple[Delete, ...]:
    old_events = select(events.c.id).where(events.c.at < limits["payload"]).limit(_AT_ONCE)
    old_discards = select(discards.c.n).where(discards.c.at < limits["payload"]).limit(_AT_ONCE)
    ended = (instances.c.status != RUNNING) & (instances.c.changed_at < limits["instance"])
    old_instances = select(instances.c.id).where(ended).limit(_AT_ONCE)
    old_steps = (
        select(step_events.c.n).where(step_events.c.at < limits["step_event"]).order_by(step_events.c.n).limit(_AT_ONCE)
    )
    return (
        delete(events).where(events.c.id.in_(old_events)),
        delete(discards).where(discards.c.n.in_(old_discards)),
        delete(instances).where(instances.c.id.in_(old_instances)),
        delete(step_events).where(step_events.c.n.in_(old_steps)),
    )


def anything_old(connection: Connection, limits: Mapping[str, int]) -> bool:
    """Whether :func:`prune` would delete anything; cheap, since the oldest rows come first."""
    first = (
        (select(events.c.at).order_by(events.c.id).limit(1), limits["payload"]),
        (select(discards.c.at).order_by(discards.c.n).limit(1), limits["payload"]),
        (select(step_events.c.at).order_by(step_events.c.n).limit(1), limits["step_event"]),
        (
            select(instances.c.changed_at)
            .where(instances.c.status != RUNNING)
            .order_by(instances.c.changed_at)
            .limit(1),
            limits["instance"],
        ),
    )
    return any((connection.execute(query).scalar() or limit) < limit for query, limit in first)


def prune(connection: Connection, limits: Mapping[str, int]) -> None:
    """Delete some rows that are older than these times (by ``payload``, ``instance``, ``step_event``)."""
    for statement in _old(limits):
        connection.execute(statement)
