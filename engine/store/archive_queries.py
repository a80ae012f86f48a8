"""Queries of archives of step events and of the files that users exported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from engine.store.results import columns_of, fetch_all
from engine.store.tables import archives, exports, instances, journeys, step_events, versions


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
