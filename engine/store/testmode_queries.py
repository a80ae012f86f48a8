"""Queries of test mode: the clock of a session, its participants, its running instances, and its end."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select, update

from engine.ports import VirtualClock
from engine.store import runtime_queries
from engine.store.tables import (
    RUNNING,
    counters,
    dead_letters,
    discards,
    entries,
    feedback,
    held,
    instances,
    journeys,
    messages,
    outbox,
    passages,
    step_events,
    versions,
)

_PUBLISHED = ("live", "closed", "finished", "stopped")
_ONLY_TESTS = ("not_a_test_profile", "journey_full")


def put_clock(connection: Connection, version_id: int, clock: VirtualClock | None) -> None:
    """Give a session its clock."""
    stored = None if clock is None else clock.dump()
    connection.execute(update(versions).where(versions.c.id == version_id).values(test_clock=stored))


def clear_due_times(connection: Connection, version_id: int) -> None:
    """Clear the due times of a session's instances, so that the real clock does not wake them."""
    here = (instances.c.version_id == version_id) & (instances.c.status == RUNNING) & instances.c.in_test
    connection.execute(update(instances).where(here).values(due=None))


def running_states(connection: Connection, version_id: int) -> list[bytes]:
    """List the stored states of the running instances of a session."""
    here = (instances.c.version_id == version_id) & (instances.c.status == RUNNING) & instances.c.in_test
    return list(connection.execute(select(instances.c.state).where(here).order_by(instances.c.id)).scalars())


def entered_keys(connection: Connection, version_id: int) -> set[str]:
    """Return the keys that entered in a session."""
    query = select(instances.c.key).where(instances.c.version_id == version_id, instances.c.in_test).distinct()
    return set(connection.execute(query).scalars())


def record_test_event(connection: Connection, version_id: int, people: int, now: int) -> None:
    """Record how many people take part in a session, and that an event came."""
    here = versions.c.id == version_id
    connection.execute(update(versions).where(here).values(test_people=people, test_last_event=now))


def last_test_event(connection: Connection, version_id: int) -> int:
    """When a test had its last event, or began."""
    query = select(versions.c.test_last_event, versions.c.test_since).where(versions.c.id == version_id)
    row = connection.execute(query).one()
    return max(row[0] or 0, row[1] or 0)


def end_test(connection: Connection, version_id: int) -> None:
    """Switch test mode off: its people and its reporting go."""
    runtime_queries.keep_largest_instance(connection)
    test_people = select(instances.c.id).where(instances.c.version_id == version_id, instances.c.in_test)
    for table in (step_events, outbox, dead_letters, held):
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
