"""Addresses are compared by their normal form."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec
import sqlalchemy as sa
from alembic import op

from engine.model.address import normal_identity
from engine.model.channel import suppression_key

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ADDRESSES = ("Email", "Phone")


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


profiles = _table("profiles", "id", "attributes", "identities", "test_profile", "events")
identities = _table("identities", "sandbox", "namespace", "value", "profile_id")
profile_events = _table("profile_events", "n", "profile_id")
memberships = _table("memberships", "profile_id", "segment")
suppressed = _table("suppressed", "sandbox", "channel", "address")
versions = _table("versions", "id", "journey_id", "body")
entries = _table("entries", "journey_id", "key", "entrances", "last_entered", "instance")
instances = _table("instances", "id", "version_id", "key", "state")


def upgrade() -> None:
    """Give what is stored its normal form; what then is the same becomes one."""
    connection = op.get_bind()
    _suppressed(connection)
    _identities(connection)
    _keys(connection)


def _suppressed(connection: sa.Connection) -> None:
    rows = connection.execute(sa.select(suppressed)).all()
    known = {(row.sandbox, row.channel, row.address) for row in rows}
    for row in rows:
        form = row.address if row.address.startswith("blake2b:") else suppression_key(row.channel, row.address)
        if form == row.address:
            continue
        here = sa.and_(*(suppressed.c[name] == row._mapping[name] for name in ("sandbox", "channel", "address")))
        if (row.sandbox, row.channel, form) in known:
            connection.execute(sa.delete(suppressed).where(here))
        else:
            known.add((row.sandbox, row.channel, form))
            connection.execute(sa.update(suppressed).where(here).values(address=form))


def _identities(connection: sa.Connection) -> None:
    query = sa.select(identities).where(identities.c.namespace.in_(ADDRESSES)).order_by(identities.c.profile_id)
    owners: dict[tuple[str, str, str], int] = {}
    joined: dict[int, int] = {}
    for row in connection.execute(query).all():
        owner = joined.get(row.profile_id, row.profile_id)
        form = normal_identity(row.namespace, row.value)
        first = owners.setdefault((row.sandbox, row.namespace, form), owner)
        here = (identities.c.sandbox == row.sandbox) & (identities.c.namespace == row.namespace)
        connection.execute(sa.delete(identities).where(here, identities.c.value == row.value))
        if first != owner and _join(connection, first, owner):
            joined[owner] = first
            owners |= {name: first for name, one in owners.items() if one == owner}
            joined |= {name: first for name, one in joined.items() if one == owner}
    rows = [
        {"sandbox": sandbox, "namespace": namespace, "value": value, "profile_id": owner}
        for (sandbox, namespace, value), owner in owners.items()
    ]
    if rows:
        connection.execute(sa.insert(identities), rows)


def _join(connection: sa.Connection, first: int, other: int) -> bool:
    """Make one profile of two; two that differ in another identity than an address are two people."""
    query = sa.select(profiles).where(profiles.c.id.in_((first, other)))
    by_id = {row.id: row for row in connection.execute(query)}
    one, two = by_id[first], by_id[other]
    names: tuple[Mapping[str, str], Mapping[str, str]] = (json.loads(one.identities), json.loads(two.identities))
    if any(names[0].get(code, value) != value for code, value in names[1].items() if code not in ADDRESSES):
        return False
    for table in (identities, profile_events):
        connection.execute(sa.update(table).where(table.c.profile_id == other).values(profile_id=first))
    known = sa.select(memberships.c.segment).where(memberships.c.profile_id == first)
    twice = memberships.c.segment.in_(list(connection.execute(known).scalars()))
    connection.execute(sa.delete(memberships).where(memberships.c.profile_id == other, twice))
    connection.execute(sa.update(memberships).where(memberships.c.profile_id == other).values(profile_id=first))
    connection.execute(sa.delete(profiles).where(profiles.c.id == other))
    attributes = json.loads(two.attributes) | json.loads(one.attributes)
    values = {
        "attributes": json.dumps(attributes, ensure_ascii=False),
        "identities": json.dumps({**names[1], **names[0]}, ensure_ascii=False),
        "test_profile": bool(one.test_profile or two.test_profile),
        "events": one.events + two.events,
    }
    connection.execute(sa.update(profiles).where(profiles.c.id == first).values(**values))
    return True


def _keys(connection: sa.Connection) -> None:
    """Give the keys of journeys whose people are addresses their normal form."""
    found = connection.execute(sa.select(versions).order_by(versions.c.id)).all()
    by_journey = {row.journey_id: json.loads(row.body).get("namespace") or "" for row in found}
    of_addresses = {journey: code for journey, code in by_journey.items() if code in ADDRESSES}
    for journey, namespace in of_addresses.items():
        _entries(connection, journey, namespace)
    for row in found:
        if row.journey_id in of_addresses:
            _instances(connection, row.id, of_addresses[row.journey_id])


def _entries(connection: sa.Connection, journey: int, namespace: str) -> None:
    rows = connection.execute(sa.select(entries).where(entries.c.journey_id == journey)).all()
    known = {row.key: (row.entrances, row.last_entered, row.instance) for row in rows}
    for row in rows:
        form = normal_identity(namespace, row.key)
        if form == row.key:
            continue
        here = (entries.c.journey_id == journey) & (entries.c.key == row.key)
        same = known.get(form)
        if same is None:
            connection.execute(sa.update(entries).where(here).values(key=form))
            known[form] = known[row.key]
            continue
        connection.execute(sa.delete(entries).where(here))
        running = same[2] if same[2] is not None else row.instance
        known[form] = (same[0] + row.entrances, max(same[1], row.last_entered), running)
        values = dict(zip(("entrances", "last_entered", "instance"), known[form], strict=True))
        one = (entries.c.journey_id == journey) & (entries.c.key == form)
        connection.execute(sa.update(entries).where(one).values(**values))


def _instances(connection: sa.Connection, version: int, namespace: str) -> None:
    query = sa.select(instances.c.id, instances.c.key, instances.c.state).where(instances.c.version_id == version)
    for number, key, state in connection.execute(query).all():
        form = normal_identity(namespace, key)
        if form != key:
            fields = msgspec.msgpack.decode(state)
            fields[4] = form  # the key, of an instance of format 1
            values = {"key": form, "state": msgspec.msgpack.encode(fields)}
            connection.execute(sa.update(instances).where(instances.c.id == number).values(**values))
