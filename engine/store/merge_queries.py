"""The log of merges: what joined profiles were before, which identities stayed with others, and how to undo a merge."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from sqlalchemy import Connection, delete, func, insert, select, update

from engine.core.consent import STATED
from engine.core.identity import MergePlan, join_memberships
from engine.core.profiles import TEST_PROFILE, Membership
from engine.json_types import JsonDict, JsonObject
from engine.model.address import normal_identity
from engine.model.channel import suppression_key
from engine.model.definitions import Profile
from engine.store import segment_queries
from engine.store.results import columns_of, fetch_all, fetch_one, new_id
from engine.store.tables import identities, memberships, merges, profile_events, profiles, suppressed

_CHUNK = 500
GONE = 0
"""The profile of a merge that was joined to another one since."""


class MergeRecord(NamedTuple):
    """A merge, or a statement whose identities stayed with other profiles or were taken from them."""

    n: int
    at: int
    kept: int
    body: JsonDict
    undone_at: int | None

    @classmethod
    def read(cls, n: int, at: int, kept: int, body: str, undone_at: int | None) -> Self:
        """Make the record of a row."""
        return cls(n, at, kept, json.loads(body), undone_at)


_ALL = select(*columns_of(merges, MergeRecord._fields))


def snapshot(connection: Connection, ids: Sequence[int]) -> list[JsonDict]:
    """Return profiles as they are before they are joined."""
    standings = segment_queries.load_standings(connection, ids)
    return [_snapshot(connection, number, standings[number]) for number in ids]


def _snapshot(connection: Connection, number: int, standings: Mapping[str, Membership]) -> JsonDict:
    query = select(profiles.c.identities, profiles.c.attributes, profiles.c.test_profile)
    row = connection.execute(query.where(profiles.c.id == number)).one()
    keys = select(identities.c.namespace, identities.c.value).where(identities.c.profile_id == number)
    events = select(profile_events.c.n).where(profile_events.c.profile_id == number)
    return {
        "id": number,
        "identities": json.loads(row[0]),
        "attributes": json.loads(row[1]),
        "test_profile": bool(row[2]),
        "keys": sorted([code, value] for code, value in connection.execute(keys)),
        "events": list(connection.execute(events).scalars()),
        "segments": {name: [one.inside, one.given] for name, one in sorted(standings.items())},
    }


def repeated_events(connection: Connection, known: int, other: int) -> list[list[object]]:
    """Return the experience events of a profile that another one has too."""
    own = select(profile_events.c.body).where(profile_events.c.profile_id == known).scalar_subquery()
    query = select(profile_events.c.at, profile_events.c.body).where(profile_events.c.profile_id == other)
    return [[row[0], row[1]] for row in connection.execute(query.where(profile_events.c.body.in_(own)))]


def record(
    connection: Connection,
    sandbox: str,
    kept: int,
    statement: Profile,
    plan: MergePlan,
    owners: Mapping[str, int],
    before: Sequence[JsonDict],
    silenced: Iterable[tuple[str, str]],
    now: int,
) -> None:
    """Write down what a statement did; ``before`` are the joined profiles, with their repeated events, as they were.

    A statement that was refused the same identities before is not written down again.
    """
    body: JsonDict = {
        "stated": dict(statement.identities),
        "said": [],
        "by": [],
        "refused": sorted(set(plan.refused) - set(plan.moved)),
        "moved": sorted(plan.moved),
        "before": list(before),
        "silenced": [],
    }
    if before:
        body["said"] = sorted({*statement.attributes, *([TEST_PROFILE] if statement.test_profile else [])})
        body["by"] = sorted(code for code, owner in owners.items() if owner in plan.joined)
        body["silenced"] = [[channel, suppression_key(channel, address)] for channel, address in silenced]
        body["former"] = {str(other): _release(connection, sandbox, other) for other in plan.joined[1:]}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    if not before:
        known = select(merges.c.n).where(merges.c.kept == kept, merges.c.body == text)
        if connection.execute(known).first() is not None:
            return
    connection.execute(insert(merges).values(sandbox=sandbox, at=now, kept=kept, body=text))


def _release(connection: Connection, sandbox: str, other: int) -> list[int]:
    """Return the merges of a profile that is joined to another one; its number may be given to a new profile."""
    here = (merges.c.kept == other) & (merges.c.sandbox == sandbox)
    found = list(connection.execute(select(merges.c.n).where(here)).scalars())
    connection.execute(update(merges).where(here).values(kept=GONE))
    return found


def search_merges(
    connection: Connection, sandbox: str, search: str, limit: int, offset: int
) -> tuple[int, tuple[MergeRecord, ...]]:
    """Return how many merges contain a text, and some of them, newest first."""
    here = merges.c.sandbox == sandbox
    if search:
        here &= merges.c.body.icontains(search, autoescape=True)
    total = connection.execute(select(func.count()).select_from(merges).where(here)).scalar_one()
    return total, fetch_all(
        connection, _ALL.where(here).order_by(merges.c.n.desc()).limit(limit).offset(offset), MergeRecord.read
    )


def find_merge(connection: Connection, sandbox: str, number: int) -> MergeRecord | None:
    """Return a merge by its number."""
    return fetch_one(connection, _ALL.where(merges.c.sandbox == sandbox, merges.c.n == number), MergeRecord.read)


def delete_merges_of(connection: Connection, profile_id: int) -> None:
    """Delete what is known of the merges of a profile that is deleted, and of those that it was joined with."""
    found = [one.n for one in fetch_all(connection, _ALL.where(merges.c.kept == profile_id), MergeRecord.read)]
    while found:
        rows = fetch_all(connection, _ALL.where(merges.c.n.in_(found)), MergeRecord.read)
        connection.execute(delete(merges).where(merges.c.n.in_(found)))
        found = [number for one in rows for numbers in _former(one).values() for number in numbers]


def _former(merge: MergeRecord) -> dict[str, list[int]]:
    found = merge.body.get("former", {})
    assert isinstance(found, dict)
    return found


# Undo ----------------------------------------------------------------------------------------------------------------


def undo(connection: Connection, sandbox: str, merge: MergeRecord, now: int) -> bool:
    """Make the joined profiles several again; whether the one that was kept is still there.

    What was changed since stays with the profile that was kept.
    """
    query = select(profiles.c.identities, profiles.c.attributes, profiles.c.test_profile)
    row = connection.execute(query.where(profiles.c.id == merge.kept, profiles.c.sandbox == sandbox)).first()
    if row is None:
        return False
    first, *others = _snapshots(merge)
    ids = [_split_off(connection, sandbox, merge.kept, other, now) for other in others]
    for number, other in zip(ids, others, strict=True):
        released = _former(merge).get(str(other["id"]), [])
        connection.execute(update(merges).where(merges.c.n.in_(released)).values(kept=number))
    said = _texts(merge.body["said"])
    came = not first["test_profile"] and TEST_PROFILE not in said and any(one["test_profile"] for one in others)
    values: JsonDict = {
        "identities": _own_identities(json.loads(row[0]), first, others),
        "attributes": _own_attributes(json.loads(row[1]), first, others, said),
    }
    changed = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    events = _count_events(connection, merge.kept)
    connection.execute(
        update(profiles)
        .where(profiles.c.id == merge.kept)
        .values(**changed, test_profile=bool(row[2]) and not came, events=events, changed_at=now)
    )
    _own_memberships(connection, merge.kept, first, others, now)
    for channel, address in _pairs(merge.body["silenced"]):
        here = (suppressed.c.sandbox == sandbox) & (suppressed.c.channel == channel) & (suppressed.c.address == address)
        connection.execute(delete(suppressed).where(here, suppressed.c.reason == STATED, suppressed.c.at == merge.at))
    for number in (merge.kept, *ids):
        segment_queries.mark_profile_changed(connection, sandbox, number)
    connection.execute(update(merges).where(merges.c.n == merge.n).values(undone_at=now))
    return True


def _snapshots(merge: MergeRecord) -> list[JsonDict]:
    found = merge.body["before"]
    assert isinstance(found, list)
    return found


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(one) for one in value]


def _pairs(value: object) -> list[tuple[str, str]]:
    assert isinstance(value, list)
    return [(str(first), str(second)) for first, second in value]


def _object(value: object) -> JsonObject:
    assert isinstance(value, Mapping)
    return value


def _split_off(connection: Connection, sandbox: str, kept: int, other: JsonDict, now: int) -> int:
    """Make a profile of what another one was before it was joined; return its number."""
    values = {name: json.dumps(other[name], ensure_ascii=False) for name in ("identities", "attributes")}
    made = insert(profiles).values(
        sandbox=sandbox, **values, test_profile=bool(other["test_profile"]), events=0, changed_at=now
    )
    number = new_id(connection.execute(made))
    for code, value in _pairs(other["keys"]):
        here = (identities.c.sandbox == sandbox) & (identities.c.namespace == code) & (identities.c.value == value)
        connection.execute(update(identities).where(here, identities.c.profile_id == kept).values(profile_id=number))
    events = other["events"]
    assert isinstance(events, list)
    for start in range(0, len(events), _CHUNK):
        here = (profile_events.c.profile_id == kept) & profile_events.c.n.in_(events[start : start + _CHUNK])
        connection.execute(update(profile_events).where(here).values(profile_id=number))
    repeated = other.get("repeated", [])
    assert isinstance(repeated, list)
    rows = [{"profile_id": number, "at": at, "body": body} for at, body in repeated]
    if rows:
        connection.execute(insert(profile_events), rows)
    count = _count_events(connection, number)
    connection.execute(update(profiles).where(profiles.c.id == number).values(events=count))
    for name, standing in _standings(other).items():
        segment_queries.put_standing(connection, number, name, standing, now)
    return number


def _count_events(connection: Connection, number: int) -> int:
    query = select(func.count()).select_from(profile_events).where(profile_events.c.profile_id == number)
    return connection.execute(query).scalar_one()


def _own_identities(current: dict[str, str], first: JsonDict, others: Sequence[JsonDict]) -> dict[str, str]:
    """Return the identities of the profile that was kept, without those of the others."""
    mine = {(code, value) for code, value in _pairs(first["keys"])}
    theirs = {pair for other in others for pair in _pairs(other["keys"])} - mine
    former = {code: str(value) for code, value in _object(first["identities"]).items()}
    found: dict[str, str] = {}
    for code, value in current.items():
        if (code, normal_identity(code, value)) not in theirs:
            found[code] = value
        elif code in former:
            found[code] = former[code]
    return found


def _own_attributes(current: JsonDict, first: JsonDict, others: Sequence[JsonDict], said: Collection[str]) -> JsonDict:
    """Return the attributes of the profile that was kept, without those that came from the others."""
    mine = _object(first["attributes"])
    theirs = [_object(other["attributes"]) for other in others]
    left: JsonDict = {}
    for name, value in current.items():
        came = name not in said and any(name in one and _is_same(one[name], value) for one in theirs)
        if name in mine and came and not _is_same(mine[name], value):
            left[name] = mine[name]
        elif name in mine or not came:
            left[name] = value
    return left


def _is_same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _standings(one: JsonDict) -> dict[str, Membership]:
    found: dict[str, Membership] = {}
    for name, value in _object(one["segments"]).items():
        assert isinstance(value, list)
        found[name] = Membership(*value)
    return found


def is_inside(standing: Membership) -> bool:
    """Whether a profile is in a segment: as set by hand, else by the last evaluation."""
    return standing.inside if standing.given is None else standing.given


def _own_memberships(connection: Connection, kept: int, first: JsonDict, others: Sequence[JsonDict], now: int) -> None:
    """Give the profile that was kept its memberships again, unless they were changed since."""
    mine = _standings(first)
    joined = dict(mine)
    for other in others:
        for name, one in _standings(other).items():
            joined[name] = join_memberships(joined.get(name, Membership()), one)
    current = segment_queries.load_standings(connection, (kept,))[kept]
    for name, one in joined.items():
        now_inside, then_inside = (is_inside(some.get(name, Membership())) for some in (current, mine))
        if now_inside != is_inside(one) or now_inside == then_inside:
            continue
        if name in mine:
            segment_queries.put_standing(connection, kept, name, mine[name], now)
        else:
            here = (memberships.c.profile_id == kept) & (memberships.c.segment == name)
            connection.execute(delete(memberships).where(here))
