"""Queries of journeys and their versions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from engine.errors import SojournError
from engine.model.activity import ACTIVITY_KINDS, kind_of
from engine.model.journey import JourneyState, JourneyVersion
from engine.store import setting_queries, testmode_queries
from engine.store.results import columns_of, fetch_all, fetch_one, new_id, row_id
from engine.store.tables import (
    counters,
    discards,
    entries,
    instances,
    journeys,
    messages,
    outbox,
    passages,
    step_events,
    versions,
)


class StoredVersion(NamedTuple):
    """A journey version with its journey's name; ``body`` is the design as JSON, ``test_clock`` a stored clock."""

    id: int
    journey_id: int
    sandbox: str
    version: int
    state: JourneyState
    body: str
    created_by: str
    created_at: int
    changed_by: str
    changed_at: int
    published_by: str | None
    published_at: int | None
    closed_at: int | None
    test_since: int | None
    test_wait: int
    test_people: int
    test_last_event: int | None
    test_clock: str | None
    revision: int
    name: str


_JOINED = select(*columns_of(versions, StoredVersion._fields[:-1]), journeys.c.name).join(
    journeys, journeys.c.id == versions.c.journey_id
)


def journey_id(connection: Connection, sandbox: str, name: str) -> int | None:
    """Return the id of the journey of that name."""
    query = select(journeys.c.id).where(journeys.c.sandbox == sandbox, journeys.c.name == name)
    return connection.execute(query).scalar_one_or_none()


def names(connection: Connection, sandbox: str) -> tuple[str, ...]:
    """List the names of all journeys, sorted."""
    query = select(journeys.c.name).where(journeys.c.sandbox == sandbox).order_by(journeys.c.name)
    return tuple(connection.execute(query).scalars())


def version_row(connection: Connection, sandbox: str, version_id: int) -> StoredVersion | None:
    """One version with its journey's name."""
    query = _JOINED.where(versions.c.id == version_id, versions.c.sandbox == sandbox)
    return fetch_one(connection, query, StoredVersion)


def version_rows(connection: Connection, sandbox: str, name: str | None = None) -> tuple[StoredVersion, ...]:
    """All versions of a journey, or of the sandbox, by name and number."""
    query = _JOINED.where(versions.c.sandbox == sandbox)
    if name is not None:
        query = query.where(journeys.c.name == name)
    return fetch_all(connection, query.order_by(journeys.c.name, versions.c.version), StoredVersion)


def in_states(connection: Connection, states: Sequence[str]) -> tuple[StoredVersion, ...]:
    """List the versions of all sandboxes in one of these states."""
    return fetch_all(connection, _JOINED.where(versions.c.state.in_(states)).order_by(versions.c.id), StoredVersion)


def version_model(found: StoredVersion) -> JourneyVersion:
    """Build the version as designed; its name and number are those of the row.

    Raises SojournError for one with a kind of activity that is not installed any more.
    """
    body = {**json.loads(found.body), "name": found.name, "version": found.version}
    kinds = {kind_of(activity) for activity in body.get("activities", ())}
    if missing := sorted(kinds.difference(ACTIVITY_KINDS)):
        raise SojournError("journey_kind_missing", journey=body["name"], kinds=tuple(missing))
    return JourneyVersion.model_validate_json(json.dumps(body))


def _body(version: JourneyVersion) -> str:
    return version.model_dump_json(exclude_defaults=True, exclude={"version"})


def create(connection: Connection, sandbox: str, version: JourneyVersion, actor: str, now: int) -> int:
    """Insert a draft of ``version.name`` with the number ``version.version``; return its id."""
    journey = journey_id(connection, sandbox, version.name)
    if journey is None:
        journey = new_id(connection.execute(insert(journeys).values(sandbox=sandbox, name=version.name)))
    values = {
        "journey_id": journey,
        "sandbox": sandbox,
        "version": version.version,
        "state": "draft",
        "body": _body(version),
        "created_by": actor,
        "created_at": now,
        "changed_by": actor,
        "changed_at": now,
        "revision": setting_queries.next_revision(connection),
    }
    return new_id(connection.execute(insert(versions).values(**values)))


def change(connection: Connection, version_id: int, version: JourneyVersion, actor: str, now: int) -> None:
    """Store a design; the journey takes its name."""
    query = select(versions.c.journey_id).where(versions.c.id == version_id)
    journey = connection.execute(query).scalar_one()
    connection.execute(update(journeys).where(journeys.c.id == journey).values(name=version.name))
    changed = {"body": _body(version), "changed_by": actor, "changed_at": now, "revision": versions.c.revision + 1}
    connection.execute(update(versions).where(versions.c.id == version_id).values(**changed))


def frozen_definitions(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return what these versions have kept of the definitions that they use, as JSON."""
    query = select(versions.c.id, versions.c.frozen).where(versions.c.id.in_(list(ids)), versions.c.frozen.isnot(None))
    return {row[0]: row[1] for row in connection.execute(query)}


def set_state(connection: Connection, version_id: int, **values: object) -> None:
    """Change a version's state and the times that belong to it."""
    connection.execute(update(versions).where(versions.c.id == version_id).values(**values))


def set_states(connection: Connection, due: Mapping[int, JourneyState], now: int) -> None:
    """Close, finish or end the test of versions."""
    for version_id, state in due.items():
        if state == "draft":
            testmode_queries.end_test(connection, version_id)
        else:
            set_state(connection, version_id, state=state, **({"closed_at": now} if state == "closed" else {}))


def next_number(connection: Connection, journey: int) -> int:
    """Return the number of the journey's next version."""
    query = select(func.max(versions.c.version)).where(versions.c.journey_id == journey)
    return int(connection.execute(query).scalar_one()) + 1


def remove(connection: Connection, version_id: int) -> None:
    """Delete a version with its people and its reporting, and the journey with its last version."""
    query = select(versions.c.journey_id, versions.c.revision).where(versions.c.id == version_id)
    journey, revision = connection.execute(query).one()
    setting_queries.next_revision(connection, revision)
    for table in (instances, step_events, counters, passages, outbox, messages):
        connection.execute(delete(table).where(table.c.version_id == version_id))
    connection.execute(delete(versions).where(versions.c.id == version_id))
    left = connection.execute(select(func.count()).select_from(versions).where(versions.c.journey_id == journey))
    if not left.scalar_one():
        gone = connection.execute(select(journeys.c.sandbox, journeys.c.name).where(journeys.c.id == journey)).one()
        here = (discards.c.sandbox == gone.sandbox) & (discards.c.journey == gone.name)
        connection.execute(delete(discards).where(here))
        connection.execute(delete(entries).where(entries.c.journey_id == journey))
        connection.execute(delete(journeys).where(journeys.c.id == journey))


def description(found: StoredVersion) -> str:
    """Return a version's description without building the whole design."""
    return str(json.loads(found.body).get("description", ""))


def entry_type(found: StoredVersion) -> Literal["event", "segment_qualification", ""]:
    """Return the type of the activity that begins a version, without building the design; '' if there is none."""
    body = json.loads(found.body)
    entered = {edge["to"] for edge in body.get("edges", ())}
    types = [one["type"] for one in body.get("activities", ()) if one["id"] not in entered]
    return next((kind for kind in ("event", "segment_qualification") if kind in types), "")


def names_by_id(connection: Connection, sandbox: str) -> dict[int, str]:
    """Return the names of the sandbox's journeys by id."""
    query = select(journeys.c.id, journeys.c.name).where(journeys.c.sandbox == sandbox)
    return {row[0]: row[1] for row in connection.execute(query)}


def has_instance(connection: Connection, version_id: int, instance: str) -> bool:
    """Whether there is such an instance in a version."""
    number = row_id(instance)
    query = select(instances.c.id).where(instances.c.id == number, instances.c.version_id == version_id)
    return connection.execute(query).first() is not None
