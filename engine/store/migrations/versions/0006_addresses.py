"""Addresses are compared by their normal form."""

from __future__ import annotations

import json
from collections.abc import Iterable

import msgspec
import sqlalchemy as sa
from alembic import op

from engine.core.identity import KnownProfile, is_people, join_memberships, precedence
from engine.core.profiles import Membership, join_profiles
from engine.model.address import normal_identity
from engine.model.channel import suppression_key
from engine.model.definitions import Profile

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ADDRESSES = ("Email", "Phone")


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


profiles = _table("profiles", "id", "attributes", "identities", "test_profile", "events", "changed_at")
identities = _table("identities", "sandbox", "namespace", "value", "profile_id")
profile_events = _table("profile_events", "n", "profile_id", "body")
memberships = _table("memberships", "profile_id", "segment", "inside", "given")
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
    """Give an address to the profile that ``plan_merge`` would give it to, and join those of one person."""
    query = sa.select(identities).where(identities.c.namespace.in_(ADDRESSES)).order_by(identities.c.profile_id)
    claims: dict[tuple[str, str, str], list[int]] = {}
    for row in connection.execute(query).all():
        claims.setdefault((row.sandbox, row.namespace, normal_identity(row.namespace, row.value)), []).append(
            row.profile_id
        )
    connection.execute(sa.delete(identities).where(identities.c.namespace.in_(ADDRESSES)))
    joined: dict[int, int] = {}

    def owner_of(number: int) -> int:
        while number in joined:
            number = joined[number]
        return number

    owners: dict[tuple[str, str, str], int] = {}
    for name, claimants in claims.items():
        ids = {owner_of(number) for number in claimants}
        known = _load(connection, ids) if len(ids) > 1 else {}
        first, *others = sorted(ids, key=lambda number: precedence(known[number])) if known else ids
        owners[name] = first
        for other in others:
            if _join(connection, first, other):
                joined[other] = first
    rows = [
        {"sandbox": sandbox, "namespace": namespace, "value": value, "profile_id": owner_of(owner)}
        for (sandbox, namespace, value), owner in owners.items()
    ]
    if rows:
        connection.execute(sa.insert(identities), rows)


def _load(connection: sa.Connection, ids: Iterable[int]) -> dict[int, KnownProfile]:
    found = connection.execute(sa.select(profiles).where(profiles.c.id.in_(list(ids)))).all()
    return {
        row.id: KnownProfile(
            Profile.model_construct(
                identities=json.loads(row.identities),
                attributes=json.loads(row.attributes),
                test_profile=bool(row.test_profile),
                events=(),
            ),
            row.changed_at,
        )
        for row in found
    }


def _join(connection: sa.Connection, first: int, other: int) -> bool:
    """Make one profile of two; two that differ in an identity of people are two people."""
    by_id = _load(connection, (first, other))
    one, two = by_id[first].profile, by_id[other].profile
    if any(is_people(code) and one.identities.get(code, value) != value for code, value in two.identities.items()):
        return False
    merged = join_profiles(one, two)
    own = sa.select(profile_events.c.body).where(profile_events.c.profile_id == first).scalar_subquery()
    connection.execute(
        sa.delete(profile_events).where(profile_events.c.profile_id == other, profile_events.c.body.in_(own))
    )
    for table in (identities, profile_events):
        connection.execute(sa.update(table).where(table.c.profile_id == other).values(profile_id=first))
    _join_memberships(connection, first, other)
    connection.execute(sa.delete(profiles).where(profiles.c.id == other))
    count = sa.select(sa.func.count()).where(profile_events.c.profile_id == first)
    values = {
        "attributes": json.dumps(dict(merged.attributes), ensure_ascii=False),
        "identities": json.dumps(dict(merged.identities), ensure_ascii=False),
        "test_profile": merged.test_profile,
        "events": connection.execute(count).scalar_one(),
    }
    connection.execute(sa.update(profiles).where(profiles.c.id == first).values(**values))
    return True


def _join_memberships(connection: sa.Connection, first: int, other: int) -> None:
    """Keep who was a member of a segment in it."""
    found = connection.execute(sa.select(memberships).where(memberships.c.profile_id.in_((first, other)))).all()
    mine = {row.segment: row for row in found if row.profile_id == first}
    for row in found:
        here = (memberships.c.profile_id == other) & (memberships.c.segment == row.segment)
        if row.profile_id == first:
            continue
        if row.segment not in mine:
            connection.execute(sa.update(memberships).where(here).values(profile_id=first))
            continue
        known = mine[row.segment]
        both = join_memberships(Membership(bool(known.inside), known.given), Membership(bool(row.inside), row.given))
        connection.execute(sa.delete(memberships).where(here))
        here = (memberships.c.profile_id == first) & (memberships.c.segment == row.segment)
        connection.execute(sa.update(memberships).where(here).values(inside=both.inside, given=both.given))


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
