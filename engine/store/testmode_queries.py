"""Queries of test mode: the session's own clock, its participants and its running instances."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from engine.core.virtual_clock import VirtualClock
from engine.store.tables import RUNNING, instances, versions


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
