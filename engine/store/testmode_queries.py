"""Test mode as rows: the session's own clock, who takes part, and what is left behind when it ends."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select, update

from engine.store.tables import RUNNING, instances, versions

UNTIL_PAUSED = -1
"""``VirtualClock.moments`` of a clock that runs until it is paused."""


class VirtualClock(msgspec.Struct, frozen=True, omit_defaults=True):
    """The clock of a test session that its user moves. ``now`` is epoch ms and stands still in between.

    ``moments`` is at how many points of time something may still happen before the clock is paused; ``until`` is where
    it stops at the latest, and goes to. Between two points at least ``pace_ms`` of real time pass, for the eye.
    """

    now: int
    moments: int = 0
    until: int | None = None
    pace_ms: int = 0

    def dump(self) -> str:
        """The stored form."""
        return msgspec.json.encode(self).decode()


def read_clock(stored: str | None) -> VirtualClock | None:
    """The clock of :meth:`VirtualClock.dump`; None where the real clock holds."""
    return None if stored is None else msgspec.json.decode(stored, type=VirtualClock)


def put_clock(connection: Connection, version_id: int, clock: VirtualClock | None) -> None:
    """Give a session its clock."""
    stored = None if clock is None else clock.dump()
    connection.execute(update(versions).where(versions.c.id == version_id).values(test_clock=stored))


def clear_due_times(connection: Connection, version_id: int) -> None:
    """Nobody of a session is woken by the real clock any more."""
    here = (instances.c.version_id == version_id) & (instances.c.status == RUNNING) & instances.c.in_test
    connection.execute(update(instances).where(here).values(due=None))


def running_states(connection: Connection, version_id: int) -> list[bytes]:
    """The stored states of the people of a session who are on their way."""
    here = (instances.c.version_id == version_id) & (instances.c.status == RUNNING) & instances.c.in_test
    return list(connection.execute(select(instances.c.state).where(here).order_by(instances.c.id)).scalars())


def entered_keys(connection: Connection, version_id: int) -> set[str]:
    """The keys that entered in a session."""
    query = select(instances.c.key).where(instances.c.version_id == version_id, instances.c.in_test).distinct()
    return set(connection.execute(query).scalars())


def record_test_event(connection: Connection, version_id: int, people: int, now: int) -> None:
    """Record how many people take part in a session, and that an event came."""
    here = versions.c.id == version_id
    connection.execute(update(versions).where(here).values(test_people=people, test_last_event=now))
