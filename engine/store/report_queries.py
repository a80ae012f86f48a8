"""Queries of reports: counters, step events, instances, messages, refused events; cheap enough for one a second."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from engine.core.instance import Instance
from engine.store.results import columns_of, fetch_all
from engine.store.runtime_queries import InstanceRow
from engine.store.tables import (
    DISCARD,
    NO_VERSION,
    counters,
    dead_letters,
    discards,
    events,
    feedback,
    instances,
    messages,
    step_events,
    versions,
)

Counts = dict[tuple[str, str], int]
_AT_ONCE = 5_000
_NEIGHBOURS = 256


class StoredStep(NamedTuple):
    """A step event; ``fields`` is its JSON."""

    n: int
    version_id: int
    instance: int
    at: int
    node_id: str
    status: str
    fields: str


class StoredMessage(NamedTuple):
    """A message of the local outbox with the number of its version."""

    id: str
    at: int
    version_id: int
    instance: int
    in_test: bool
    activity: str
    channel: str
    address: str
    subject: str
    body: str
    html: str
    version: int
    journey_id: int


class StoredDiscard(NamedTuple):
    """A refused event; None for what is not known of it."""

    at: int
    event: str | None
    key: str | None
    journey: str | None
    reason: str
    field: str


class StoredDeadLetter(NamedTuple):
    """A stimulus that failed three times, with the traceback of its last failure."""

    id: int
    at: int
    kind: str
    instance: int | None
    traceback: str


def main_counts(connection: Connection, version_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return the journey counters of these versions without test mode."""
    query = select(counters.c.version_id, counters.c.name, counters.c.n).where(
        counters.c.version_id.in_(list(version_ids)), counters.c.in_test.is_(False), counters.c.kind == "metric"
    )
    found: dict[int, dict[str, int]] = {}
    for version_id, name, number in connection.execute(query):
        found.setdefault(version_id, {})[name] = number
    return found


def counts(connection: Connection, version_ids: Sequence[int], in_test: bool) -> Counts:
    """All counters of these versions together, by (kind, name)."""
    query = (
        select(counters.c.kind, counters.c.name, func.sum(counters.c.n))
        .where(counters.c.version_id.in_(version_ids), counters.c.in_test == in_test)
        .group_by(counters.c.kind, counters.c.name)
    )
    return {(kind, name): int(number) for kind, name, number in connection.execute(query)}


def latest_steps(
    connection: Connection, version_id: int, limit: int, instance: int | None = None, since: int = 0
) -> tuple[StoredStep, ...]:
    """List the newest step events of a version or of one instance, newest first."""
    query = select(*columns_of(step_events, StoredStep._fields))
    if instance is not None:
        query = query.where(step_events.c.instance == instance)
    query = query.where(step_events.c.version_id == version_id, step_events.c.at >= since)
    return fetch_all(connection, query.order_by(step_events.c.n.desc()).limit(limit), StoredStep)


def payloads(connection: Connection, sandbox: str, ids: Sequence[str]) -> dict[str, object]:
    """Return the documents of these events, as far as they are stored."""
    query = select(events.c.source_id, events.c.payload).where(events.c.sandbox == sandbox, events.c.source_id.in_(ids))
    return {name: json.loads(text) for name, text in connection.execute(query) if text is not None}


def steps_between(
    connection: Connection, version_ids: Sequence[int], since: int, until: int
) -> Generator[tuple[int, str], None, None]:
    """Yield the step events of these versions in a period (``until`` excluded): (version, JSON), oldest first."""
    first = _first_step(connection, since)
    query = (
        select(step_events.c.version_id, step_events.c.fields)
        .where(step_events.c.n >= first, step_events.c.version_id.in_(version_ids))
        .where(step_events.c.at >= since, step_events.c.at < until)
        .order_by(step_events.c.n)
    )
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as found:
        for row in found:
            yield row[0], row[1]


def _first_step(connection: Connection, since: int) -> int:
    """Return a number at or before that of the first step event of a period; steps are numbered in order.

    Those of a test on a virtual clock may lie ahead of the real time, so the earliest of several neighbours counts.
    """
    low, high = connection.execute(select(func.min(step_events.c.n), func.max(step_events.c.n))).one()
    if low is None:
        return 0
    while high - low > _NEIGHBOURS:
        middle = (low + high) // 2
        near = select(step_events.c.at).where(step_events.c.n >= middle).order_by(step_events.c.n).limit(_NEIGHBOURS)
        earliest = connection.execute(select(func.min(near.subquery().c.at))).scalar()
        low, high = (middle, high) if earliest is not None and earliest < since else (low, middle)
    return int(low)


def version_instances(
    connection: Connection, version_id: int, activity: str | None, limit: int
) -> tuple[InstanceRow, ...]:
    """List the instances of a version, the latest first; with ``activity`` only those waiting there."""
    query = select(*columns_of(instances, InstanceRow._fields)).where(instances.c.version_id == version_id)
    if activity is not None:
        query = query.where(instances.c.status == 0, instances.c.activity == activity)
    return fetch_all(connection, query.order_by(instances.c.id.desc()).limit(limit), InstanceRow)


def message_rows(connection: Connection, sandbox: str, limit: int) -> tuple[StoredMessage, ...]:
    """List the newest messages with their version's number."""
    query = select(*columns_of(messages, StoredMessage._fields[:-2]), versions.c.version, versions.c.journey_id)
    query = query.join(versions, versions.c.id == messages.c.version_id).where(messages.c.sandbox == sandbox)
    return fetch_all(connection, query.order_by(messages.c.at.desc(), messages.c.id).limit(limit), StoredMessage)


def feedback_of(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the feedback on these messages."""
    query = select(feedback.c.message, feedback.c.kind).where(feedback.c.message.in_(ids)).order_by(feedback.c.n)
    found: dict[str, tuple[str, ...]] = {}
    for message, kind in connection.execute(query):
        found[message] = (*found.get(message, ()), kind)
    return found


def feedback_between(
    connection: Connection, version_ids: Sequence[int], since: int, until: int, *, in_test: bool
) -> dict[str, int]:
    """How much feedback of each kind came in a time (``until`` excluded) on the messages of these versions."""
    query = select(feedback.c.kind, func.count()).join(messages, messages.c.id == feedback.c.message)
    query = query.where(feedback.c.at >= since, feedback.c.at < until, messages.c.in_test == in_test)
    query = query.where(messages.c.version_id.in_(version_ids)).group_by(feedback.c.kind)
    return {row[0]: row[1] for row in connection.execute(query)}


def discard_rows(connection: Connection, sandbox: str, limit: int, journey: str = "") -> tuple[StoredDiscard, ...]:
    """List the newest refused events, of one journey or all."""
    query = select(*columns_of(discards, StoredDiscard._fields)).where(discards.c.sandbox == sandbox)
    if journey:
        query = query.where(discards.c.journey == journey)
    return fetch_all(connection, query.order_by(discards.c.n.desc()).limit(limit), StoredDiscard)


def discard_counts(connection: Connection) -> dict[str, int]:
    """How many refusals there were, by reason; counted when they are listed."""
    here = (counters.c.version_id == NO_VERSION) & (counters.c.kind == DISCARD)
    return {row[0]: row[1] for row in connection.execute(select(counters.c.name, counters.c.n).where(here))}


def dead_letter_rows(connection: Connection, limit: int = 100) -> tuple[StoredDeadLetter, ...]:
    """List the dead letters, newest first."""
    query = select(*columns_of(dead_letters, StoredDeadLetter._fields)).order_by(dead_letters.c.id.desc())
    return fetch_all(connection, query.limit(limit), StoredDeadLetter)


def count_dead_letters(connection: Connection, since: int = 0) -> int:
    """Count the dead letters that are not older than ``since``."""
    return connection.execute(select(func.count()).where(dead_letters.c.at >= since)).scalar_one()


def count_steps(connection: Connection, version_id: int, since: int, limit: int) -> int:
    """How many of the newest ``limit`` step events belong to a version and are not older than ``since``."""
    newest = select(step_events.c.version_id, step_events.c.at).order_by(step_events.c.n.desc()).limit(limit).subquery()
    query = select(func.count()).where(newest.c.version_id == version_id, newest.c.at >= since)
    return connection.execute(query.select_from(newest)).scalar_one()


def read_instance(row: InstanceRow) -> Instance:
    """Decode the instance of a row."""
    return Instance.load(row.state)
