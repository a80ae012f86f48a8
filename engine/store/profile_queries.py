"""Queries of profiles: found by any identity, merged if several are one person's; imported many at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection, Select, delete, func, insert, or_, select, update

from engine.core.consent import STATED, newly_unwanted
from engine.core.event_time import timed_event
from engine.core.identity import (
    KnownProfile,
    MergePlan,
    join_known,
    join_memberships,
    kept_identities,
    plan_merge,
    without_identity,
)
from engine.core.profiles import MAX_EXPERIENCE_EVENTS, YEAR_MS, Membership, update_profile
from engine.model.address import EMAIL, PHONE, normal_identity
from engine.model.definitions import Profile
from engine.store import merge_queries, runtime_queries, segment_queries
from engine.store.results import columns_of, fetch_all, fetch_one, new_id
from engine.store.tables import identities, memberships, profile_changes, profile_events, profiles

_CHUNK = 500


class ProfileRecord(NamedTuple):
    """A profile of the store; ``events`` is the number of its experience events."""

    id: int
    identities: dict[str, str]
    attributes: dict[str, object]
    test_profile: bool
    events: int

    @classmethod
    def read(cls, number: int, identities: str, attributes: str, test_profile: bool, events: int) -> Self:
        """Make the profile of a row, whose identities and attributes are JSON."""
        return cls(number, json.loads(identities), json.loads(attributes), bool(test_profile), events)

    @property
    def profile(self) -> Profile:
        """The profile without its experience events."""
        return Profile.model_construct(
            identities=self.identities, attributes=self.attributes, test_profile=self.test_profile, events=()
        )


_NOBODY = Profile.model_construct(identities={}, attributes={}, test_profile=False, events=())
_ALL = select(*columns_of(profiles, ProfileRecord._fields))


class Stored(NamedTuple):
    """A profile that was stored, and what became of its identities."""

    id: int
    plan: MergePlan


def put_profile(connection: Connection, sandbox: str, profile: Profile, now: int) -> Stored:
    """Create a profile, or change the one with one of its identities; attributes are merged.

    Identities of several profiles make one of them, as far as ``engine.core.identity`` allows it. What the profile does
    not say stays.
    """
    owners = _owners(connection, sandbox, profile.identities)
    stored = _load_known(connection, owners.values())
    plan = plan_merge(profile.identities, owners, stored)
    if not plan.joined:
        made = _create(connection, sandbox, now)
        plan = plan._replace(joined=(made,))
        stored[made] = KnownProfile(_NOBODY)
    known, *others = plan.joined
    before = merge_queries.snapshot(connection, plan.joined) if others else []
    for other, one in zip(others, before[1:], strict=True):
        one["repeated"] = merge_queries.repeated_events(connection, known, other)
        _move(connection, known, other, now)
    statement, profile = profile, kept_identities(profile, plan)
    merged = update_profile(join_known(stored, plan), profile)
    changed = {
        "attributes": json.dumps(merged.attributes, ensure_ascii=False),
        "identities": json.dumps(merged.identities, ensure_ascii=False),
        "test_profile": merged.test_profile,
        "events": _add_events(connection, known, profile.events, now),
        "changed_at": now,
    }
    connection.execute(update(profiles).where(profiles.c.id == known).values(**changed))
    for code in plan.moved:
        _take_identity(connection, sandbox, known, stored[owners[code]], owners[code], code, profile.identities[code])
    _put_identities(connection, sandbox, known, profile.identities)
    for name in profile.segments:
        segment_queries.set_membership(connection, known, name, True, now)
    segment_queries.mark_profile_changed(connection, sandbox, known)
    former = [stored[one].profile for one in plan.joined]
    silenced = _suppress(connection, sandbox, newly_unwanted(profile.attributes, former, merged), now)
    if others or plan.refused:
        merge_queries.record(connection, sandbox, known, statement, plan, owners, before, silenced, now)
    return Stored(known, plan)


def _suppress(
    connection: Connection, sandbox: str, addresses: Iterable[tuple[str, str]], now: int
) -> list[tuple[str, str]]:
    """Put addresses on the suppression list; return those that were not there."""
    return [
        (channel, address)
        for channel, address in addresses
        if runtime_queries.suppress(connection, sandbox, channel, address, STATED, now)
    ]


def add_experience_event(
    connection: Connection, sandbox: str, namespace: str, value: str, event: Mapping[str, object], now: int
) -> None:
    """Add an experience event to the profile with this identity; create the profile if there is none."""
    known = find_profile(connection, sandbox, namespace, value)
    if known is None:
        put_profile(connection, sandbox, Profile.model_construct(identities={namespace: value}, events=(event,)), now)
        return
    count = _add_events(connection, known, (event,), now)
    connection.execute(update(profiles).where(profiles.c.id == known).values(events=count, changed_at=now))
    segment_queries.mark_profile_changed(connection, sandbox, known)


def _create(connection: Connection, sandbox: str, now: int) -> int:
    values = {"sandbox": sandbox, "attributes": "{}", "identities": "{}", "events": 0, "test_profile": False}
    return new_id(connection.execute(insert(profiles).values(**values, changed_at=now)))


def _owners(connection: Connection, sandbox: str, names: Mapping[str, str]) -> dict[str, int]:
    """Return the profiles that have these identities, by namespace."""
    found = {code: find_profile(connection, sandbox, code, value) for code, value in names.items()}
    return {code: one for code, one in found.items() if one is not None}


def _load_known(connection: Connection, ids: Iterable[int]) -> dict[int, KnownProfile]:
    query = select(*columns_of(profiles, (*ProfileRecord._fields, "changed_at")))
    return dict(fetch_all(connection, query.where(profiles.c.id.in_(set(ids))), _read_known))


def _read_known(
    number: int, identities: str, attributes: str, test_profile: bool, events: int, changed_at: int
) -> tuple[int, KnownProfile]:
    record = ProfileRecord.read(number, identities, attributes, test_profile, events)
    return number, KnownProfile(record.profile, changed_at)


def _take_identity(
    connection: Connection, sandbox: str, known: int, loser: KnownProfile, other: int, code: str, value: str
) -> None:
    """Point an identity of another profile to this one; an identity of people is no longer the other's."""
    here = (identities.c.sandbox == sandbox) & (identities.c.namespace == code)
    here &= identities.c.value == normal_identity(code, value)
    connection.execute(update(identities).where(here).values(profile_id=known))
    left = without_identity(loser.profile, code, value)
    if left is not loser.profile:
        body = json.dumps(dict(left.identities), ensure_ascii=False)
        connection.execute(update(profiles).where(profiles.c.id == other).values(identities=body))


def _move(connection: Connection, known: int, other: int, now: int) -> None:
    """Give a profile what belongs to another, and delete the other."""
    own = select(profile_events.c.body).where(profile_events.c.profile_id == known)
    twice = profile_events.c.body.in_(own.scalar_subquery())
    connection.execute(delete(profile_events).where(profile_events.c.profile_id == other, twice))
    for table in (identities, profile_events):
        connection.execute(update(table).where(table.c.profile_id == other).values(profile_id=known))
    standings = segment_queries.load_standings(connection, (known, other))
    for name, one in standings[other].items():
        joined = join_memberships(standings[known].get(name, Membership()), one)
        segment_queries.put_standing(connection, known, name, joined, now)
    connection.execute(delete(memberships).where(memberships.c.profile_id == other))
    connection.execute(delete(profiles).where(profiles.c.id == other))


def find_profile(connection: Connection, sandbox: str, namespace: str, value: str) -> int | None:
    """Return the id of the profile with this identity."""
    here = (identities.c.sandbox == sandbox) & (identities.c.namespace == namespace)
    here &= identities.c.value == normal_identity(namespace, value)
    return connection.execute(select(identities.c.profile_id).where(here)).scalar_one_or_none()


def _put_identities(connection: Connection, sandbox: str, profile_id: int, names: Mapping[str, str]) -> None:
    for namespace, value in names.items():
        owner = find_profile(connection, sandbox, namespace, value)
        if owner is None:
            form = normal_identity(namespace, value)
            row = {"sandbox": sandbox, "namespace": namespace, "value": form, "profile_id": profile_id}
            connection.execute(insert(identities).values(**row))


def _add_events(connection: Connection, profile_id: int, events: Sequence[Mapping[str, object]], now: int) -> int:
    """Add the events that are not known; only those are kept that are ever read. How many the profile has then."""
    timed = [timed_event(event, now) for event in events]
    bodies = [json.dumps(event, ensure_ascii=False, sort_keys=True) for _, event in timed]
    here = profile_events.c.profile_id == profile_id
    known: set[str] = set()
    for start in range(0, len(bodies), _CHUNK):
        some = profile_events.c.body.in_(bodies[start : start + _CHUNK])
        known.update(connection.execute(select(profile_events.c.body).where(here, some)).scalars())
    rows = [
        {"profile_id": profile_id, "at": at, "body": body}
        for (at, _), body in zip(timed, bodies, strict=True)
        if body not in known
    ]
    if rows:
        connection.execute(insert(profile_events), rows)
        read = select(profile_events.c.n).where(here, profile_events.c.at >= now - YEAR_MS)
        kept = read.order_by(profile_events.c.at.desc(), profile_events.c.n).limit(MAX_EXPERIENCE_EVENTS)
        connection.execute(delete(profile_events).where(here, profile_events.c.n.not_in(kept)))
    return connection.execute(select(func.count()).select_from(profile_events).where(here)).scalar_one()


def load_profile(connection: Connection, profile_id: int) -> Profile | None:
    """Load a profile with its experience events, newest first, and its segments; manual memberships take precedence."""
    row = fetch_one(connection, _ALL.where(profiles.c.id == profile_id), ProfileRecord.read)
    if row is None:
        return None
    query = select(profile_events.c.body).where(profile_events.c.profile_id == profile_id)
    events = connection.execute(query.order_by(profile_events.c.at.desc(), profile_events.c.n)).scalars()
    standing = segment_queries.load_standings(connection, (profile_id,))[profile_id]
    return Profile(
        identities=row.identities,
        attributes=row.attributes,
        testProfile=row.test_profile,
        events=tuple(json.loads(event) for event in events),
        segments=tuple(name for name, one in standing.items() if (one.inside if one.given is None else one.given)),
    )


def search_profiles(
    connection: Connection, sandbox: str, search: str, limit: int, offset: int, *, test_only: bool = False
) -> tuple[int, tuple[ProfileRecord, ...]]:
    """Profiles whose identities or attributes contain a text: how many, and some of them with parsed JSON."""
    here = profiles.c.sandbox == sandbox
    if test_only:
        here &= profiles.c.test_profile
    if search:
        texts = (
            profiles.c.identities.icontains(search, autoescape=True),
            profiles.c.id.in_(_found_by_address(sandbox, search)),
            profiles.c.attributes.icontains(search, autoescape=True),
        )
        here &= or_(*texts)
    total = connection.execute(select(func.count()).select_from(profiles).where(here)).scalar_one()
    query = _ALL.where(here).order_by(profiles.c.id).limit(limit).offset(offset)
    return total, fetch_all(connection, query, ProfileRecord.read)


def _found_by_address(sandbox: str, search: str) -> Select[tuple[int]]:
    """Select the profiles that have this address, however it is spelled."""
    pairs = [(code, normal_identity(code, search)) for code in (EMAIL, PHONE)]
    named = or_(*((identities.c.namespace == code) & (identities.c.value == value) for code, value in pairs))
    return select(identities.c.profile_id).where(identities.c.sandbox == sandbox, named)


def remove_profile(connection: Connection, sandbox: str, profile_id: int) -> bool:
    """Delete a profile with all that belongs to it; return whether there was one."""
    here = (profiles.c.id == profile_id) & (profiles.c.sandbox == sandbox)
    if not connection.execute(delete(profiles).where(here)).rowcount:
        return False
    for table in (identities, profile_events, memberships):
        connection.execute(delete(table).where(table.c.profile_id == profile_id))
    merge_queries.delete_merges_of(connection, profile_id)
    return True


Identity = tuple[str, str]


def import_profiles(
    connection: Connection, sandbox: str, some: Sequence[Profile], now: int
) -> list[tuple[int, str, bool]]:
    """Create or change these profiles, as :func:`put_profile` does.

    Return the identities that another profile has: place in the list, namespace, whether it was moved.
    """
    taken = _known(connection, sandbox, {pair for profile in some for pair in _names(profile)})
    new: list[Profile] = []
    others: list[tuple[int, Profile]] = []
    for index, profile in enumerate(some):
        pairs = set(_names(profile))
        if pairs & taken:
            others.append((index, profile))
        else:
            new.append(profile)
        taken |= pairs
    if new:
        _create_all(connection, sandbox, new, now)
    conflicts: list[tuple[int, str, bool]] = []
    for index, profile in others:
        plan = put_profile(connection, sandbox, profile, now).plan
        conflicts += ((index, code, code in plan.moved) for code in plan.refused)
    return conflicts


def _names(profile: Profile) -> list[Identity]:
    """Return the identities of a profile in the form by which they are found."""
    return [(namespace, normal_identity(namespace, value)) for namespace, value in profile.identities.items()]


def _known(connection: Connection, sandbox: str, pairs: Iterable[Identity]) -> set[Identity]:
    by_namespace: dict[str, list[str]] = {}
    for namespace, value in sorted(pairs):
        by_namespace.setdefault(namespace, []).append(value)
    found: set[Identity] = set()
    for namespace, values in by_namespace.items():
        here = (identities.c.sandbox == sandbox) & (identities.c.namespace == namespace)
        for start in range(0, len(values), _CHUNK):
            query = select(identities.c.value).where(here, identities.c.value.in_(values[start : start + _CHUNK]))
            found.update((namespace, value) for value in connection.execute(query).scalars())
    return found


def _create_all(connection: Connection, sandbox: str, new: Sequence[Profile], now: int) -> None:
    events = [_kept_events(profile, now) for profile in new]
    rows = [
        {
            "sandbox": sandbox,
            "attributes": json.dumps(dict(profile.attributes), ensure_ascii=False),
            "identities": json.dumps(dict(profile.identities), ensure_ascii=False),
            "test_profile": profile.test_profile,
            "events": len(known),
            "changed_at": now,
        }
        for profile, known in zip(new, events, strict=True)
    ]
    made = insert(profiles).returning(profiles.c.id, sort_by_parameter_order=True)
    ids = list(connection.execute(made, rows).scalars())
    _insert(connection, identities, [
        {"sandbox": sandbox, "namespace": namespace, "value": value, "profile_id": number}
        for number, profile in zip(ids, new, strict=True) for namespace, value in _names(profile)
    ])  # fmt: skip
    _insert(connection, profile_events, [
        {"profile_id": number, "at": at, "body": body}
        for number, known in zip(ids, events, strict=True) for at, body in known
    ])  # fmt: skip
    said = [
        {"profile_id": number, "segment": name, "since": now, "inside": False, "given": True}
        for number, profile in zip(ids, new, strict=True) for name in dict.fromkeys(profile.segments)
    ]  # fmt: skip
    _insert(connection, memberships, said)
    for profile in new:
        _suppress(connection, sandbox, newly_unwanted(profile.attributes, (), profile), now)
    looked_at = (
        ids if segment_queries.has_segments(connection, sandbox) else sorted({one["profile_id"] for one in said})
    )
    _insert(connection, profile_changes, [{"sandbox": sandbox, "profile_id": number} for number in looked_at])


def _insert(connection: Connection, table: Any, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _kept_events(profile: Profile, now: int) -> list[tuple[int, str]]:
    """Return the experience events to keep: (at, body)."""
    timed = [
        (at, json.dumps(event, ensure_ascii=False, sort_keys=True))
        for at, event in (timed_event(event, now) for event in profile.events)
    ]
    recent = [pair for pair in timed if pair[0] >= now - YEAR_MS]
    kept = sorted(range(len(recent)), key=lambda index: (-recent[index][0], index))[:MAX_EXPERIENCE_EVENTS]
    return [recent[index] for index in sorted(kept)]
