"""Queries of retention: expired rows, archives of step events, and the files that users exported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from sqlalchemy import Column, Connection, delete, insert, select, update

from engine.store import runtime_queries
from engine.store.results import columns_of, fetch_all
from engine.store.runtime_queries import IDEMPOTENT_MS
from engine.store.tables import (
    RUNNING,
    archives,
    discards,
    events,
    exports,
    feedback,
    instances,
    journeys,
    merges,
    messages,
    step_events,
    versions,
)

_AT_ONCE = 5_000
_CHUNK = 500


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
        (select(merges.c.at).order_by(merges.c.n), limits.instances),
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
        _prune_oldest(connection, merges.c.n, merges.c.at, limits.instances, batch_size),
        _prune_oldest(connection, step_events.c.n, step_events.c.at, steps, batch_size) if steps is not None else 0,
    )
    return batch_size in counts


def _prune_oldest(connection: Connection, number: Column[int], at: Column[int], limit: int, batch_size: int) -> int:
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


class Archive(NamedTuple):
    """A file of archived step events: the range of their numbers and of their times."""

    name: str
    first: int
    last: int
    rows: int
    from_at: int
    until_at: int
    made_at: int


class ArchivableStep(NamedTuple):
    """A step event with the names of its sandbox and its journey; ``fields`` is JSON."""

    n: int
    at: int
    instance: int
    fields: str
    sandbox: str
    journey_name: str


def list_archives(connection: Connection) -> tuple[Archive, ...]:
    """List the archives in the order of creation, which is that of their step events."""
    query = select(*columns_of(archives, Archive._fields)).order_by(archives.c.made_at, archives.c.first)
    return fetch_all(connection, query, Archive)


def put_archive(connection: Connection, archive: Archive) -> None:
    """Step events are in a file from now on, and in the workspace no more.

    Both at once: their numbers may be given out again later. One that was given out meanwhile is younger.
    """
    connection.execute(insert(archives).values(**archive._asdict()))
    here = step_events.c.n.between(archive.first, archive.last) & (step_events.c.at <= archive.until_at)
    connection.execute(delete(step_events).where(here))


def oldest_steps(connection: Connection, before: int, limit: int) -> list[ArchivableStep]:
    """Return the oldest step events, up to the first that is not older than ``before``."""
    steps = steps_after(connection, 0, limit)
    young = next((index for index, step in enumerate(steps) if step.at >= before), len(steps))
    return steps[:young]


def steps_after(
    connection: Connection,
    after: int,
    limit: int,
    *,
    sandbox: str | None = None,
    journey: str | None = None,
    since: int = 0,
    until: int | None = None,
) -> list[ArchivableStep]:
    """Return the step events after a number, in order, with the names of their sandboxes and journeys."""
    columns = (step_events.c.n, step_events.c.at, step_events.c.instance, step_events.c.fields)
    query = (
        select(*columns, versions.c.sandbox, journeys.c.name)
        .select_from(step_events)
        .join(versions, versions.c.id == step_events.c.version_id)
        .join(journeys, journeys.c.id == versions.c.journey_id)
        .where(step_events.c.n > after)
    )
    if sandbox is not None:
        query = query.where(versions.c.sandbox == sandbox)
    if journey is not None:
        query = query.where(journeys.c.name == journey)
    if since:
        query = query.where(step_events.c.at >= since)
    if until is not None:
        query = query.where(step_events.c.at < until)
    return list(fetch_all(connection, query.order_by(step_events.c.n).limit(limit), ArchivableStep))


def instance_keys(connection: Connection, ids: set[int]) -> Mapping[int, tuple[str, str]]:
    """Return the key and the namespace of these instances, as far as they are stored."""
    query = select(instances.c.id, instances.c.key, versions.c.body).join(
        versions, versions.c.id == instances.c.version_id
    )
    rows = connection.execute(query.where(instances.c.id.in_(sorted(ids))))
    return {row[0]: (row[1], json.loads(row[2]).get("namespace") or "") for row in rows}


def record_export(
    connection: Connection, at: int, actor: str, sandbox: str, what: str, path: str, with_keys: bool
) -> None:
    """Remember a file that a user wrote."""
    row = {"at": at, "actor": actor, "sandbox": sandbox, "what": what, "path": path, "with_keys": with_keys}
    connection.execute(insert(exports).values(**row))
