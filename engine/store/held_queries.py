"""Queries of what waits for suspended versions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from engine.store.tables import held, instances, outbox


class HeldRow(NamedTuple):
    """A stimulus that waits; ``instance`` is None for an arrival."""

    id: int
    version_id: int
    instance: int | None
    stimulus: bytes


def insert_held(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep stimuli in their order: (at, version_id, instance, stimulus)."""
    names = ("at", "version_id", "instance", "stimulus")
    if rows:
        connection.execute(insert(held), [dict(zip(names, row, strict=True)) for row in rows])


def load_ready(connection: Connection, suspended: Collection[int], limit: int) -> list[HeldRow]:
    """Load the first stimuli whose versions are none of these."""
    columns = [held.c[name] for name in HeldRow._fields]
    query = select(*columns).where(held.c.version_id.not_in(list(suspended))).order_by(held.c.id).limit(limit)
    return [HeldRow(*row) for row in connection.execute(query)]


def delete_held(connection: Connection, number: int) -> int:
    """Delete a stimulus; return how many there were: 0 or 1."""
    return connection.execute(delete(held).where(held.c.id == number)).rowcount


def count_held(connection: Connection) -> dict[int, int]:
    """Count the stimuli that wait, by version."""
    query = select(held.c.version_id, func.count()).group_by(held.c.version_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def instance_version(connection: Connection, row: int) -> tuple[int, bool] | None:
    """Return the version of an instance and whether it is in test."""
    found = connection.execute(select(instances.c.version_id, instances.c.in_test).where(instances.c.id == row)).first()
    return None if found is None else (found[0], bool(found[1]))


def set_due(connection: Connection, row: int, at: int) -> None:
    """Wake an instance at a time."""
    connection.execute(update(instances).where(instances.c.id == row).values(due=at))


def with_suspended_calls(connection: Connection, rows: Collection[int], suspended: Collection[int]) -> set[int]:
    """Return those of the instances that have calls of these versions."""
    here = outbox.c.instance.in_(list(rows)) & outbox.c.version_id.in_(list(suspended))
    return set(connection.execute(select(outbox.c.instance).where(here)).scalars())
