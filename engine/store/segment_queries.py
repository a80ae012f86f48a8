"""Queries of segments: memberships, changed profiles, and the progress of each segment's rounds."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, literal, select, update

from engine.core.profiles import MAX_EXPERIENCE_EVENTS, YEAR_MS, Membership
from engine.model.definitions import Profile
from engine.store.tables import definitions, memberships, profile_changes, profile_events, profiles, segment_rounds


class SegmentRound(NamedTuple):
    """The progress of a segment; see ``segment_rounds``."""

    segment: str
    rule: str
    cursor: int | None
    began_at: int
    computed_at: int | None
    next_at: int | None


# Who is inside -------------------------------------------------------------------------------------------------------


def load_standings(connection: Connection, profile_ids: Collection[int]) -> dict[int, dict[str, Membership]]:
    """How these profiles stand to segments."""
    query = select(memberships.c.profile_id, memberships.c.segment, memberships.c.inside, memberships.c.given)
    found: dict[int, dict[str, Membership]] = {profile_id: {} for profile_id in profile_ids}
    here = memberships.c.profile_id.in_(list(profile_ids))
    for profile_id, segment, inside, given in connection.execute(query.where(here).order_by(memberships.c.segment)):
        found[profile_id][segment] = Membership(bool(inside), None if given is None else bool(given))
    return found


def put_standing(connection: Connection, profile_id: int, segment: str, standing: Membership, now: int) -> None:
    """Store a membership; profiles outside a segment have no row unless that was set by hand."""
    here = (memberships.c.profile_id == profile_id) & (memberships.c.segment == segment)
    if not standing.inside and standing.given is None:
        connection.execute(delete(memberships).where(here))
        return
    values = {"inside": standing.inside, "given": standing.given, "since": now}
    if not connection.execute(update(memberships).where(here).values(**values)).rowcount:
        connection.execute(insert(memberships).values(profile_id=profile_id, segment=segment, **values))


def set_membership(connection: Connection, profile_id: int, segment: str, inside: bool | None, now: int) -> None:
    """Set by hand whether a profile is in a segment, or (None) let the rule decide again."""
    before = load_standings(connection, (profile_id,))[profile_id].get(segment, Membership())
    if before.given is not inside:
        put_standing(connection, profile_id, segment, before._replace(given=inside), now)


def count_inside(connection: Connection, sandbox: str) -> dict[str, int]:
    """How many profiles are in each segment."""
    query = select(memberships.c.segment, func.count()).join(profiles, profiles.c.id == memberships.c.profile_id)
    here = query.where(profiles.c.sandbox == sandbox, memberships.c.inside).group_by(memberships.c.segment)
    return {row[0]: row[1] for row in connection.execute(here)}


# Whose data changed --------------------------------------------------------------------------------------------------


def has_segments(connection: Connection, sandbox: str) -> bool:
    """Whether a sandbox has segments at all."""
    here = (definitions.c.sandbox == sandbox) & (definitions.c.kind == "segment")
    return connection.execute(select(definitions.c.name).where(here).limit(1)).first() is not None


def mark_profile_changed(connection: Connection, sandbox: str, profile_id: int) -> None:
    """Have the segments of a profile looked at; nothing is noted where there are none."""
    has_segments = select(definitions.c.name).where(definitions.c.sandbox == sandbox, definitions.c.kind == "segment")
    said = select(memberships.c.segment).where(
        memberships.c.profile_id == profile_id,
        memberships.c.given.isnot(None),
        memberships.c.given != memberships.c.inside,
    )
    row = select(literal(sandbox), literal(profile_id)).where(has_segments.exists() | said.exists())
    connection.execute(insert(profile_changes).from_select(["sandbox", "profile_id"], row))


def changed_profiles(connection: Connection, limit: int) -> list[tuple[int, str, int]]:
    """List the oldest profile changes: (n, sandbox, profile_id)."""
    query = select(profile_changes.c.n, profile_changes.c.sandbox, profile_changes.c.profile_id)
    return [(row[0], row[1], row[2]) for row in connection.execute(query.order_by(profile_changes.c.n).limit(limit))]


def delete_changes(connection: Connection, until: int) -> None:
    """Delete processed profile changes."""
    connection.execute(delete(profile_changes).where(profile_changes.c.n <= until))


def delete_changes_of(connection: Connection, profile_id: int) -> None:
    """Delete the changes of one profile."""
    connection.execute(delete(profile_changes).where(profile_changes.c.profile_id == profile_id))


# Rounds --------------------------------------------------------------------------------------------------------------


def load_rounds(connection: Connection, sandbox: str) -> dict[str, SegmentRound]:
    """How far each segment of a sandbox is."""
    columns = [segment_rounds.c[name] for name in SegmentRound._fields]
    query = select(*columns).where(segment_rounds.c.sandbox == sandbox).order_by(segment_rounds.c.segment)
    return {row[0]: SegmentRound(*row) for row in connection.execute(query)}


def put_round(connection: Connection, sandbox: str, one: SegmentRound) -> None:
    """Record how far a segment is."""
    here = (segment_rounds.c.sandbox == sandbox) & (segment_rounds.c.segment == one.segment)
    if not connection.execute(update(segment_rounds).where(here).values(**one._asdict())).rowcount:
        connection.execute(insert(segment_rounds).values(sandbox=sandbox, **one._asdict()))


def remove_round(connection: Connection, sandbox: str, segment: str) -> None:
    """Delete the computation state of a removed segment."""
    here = (segment_rounds.c.sandbox == sandbox) & (segment_rounds.c.segment == segment)
    connection.execute(delete(segment_rounds).where(here))


def next_round(connection: Connection) -> int | None:
    """When the next round of any segment begins."""
    return connection.execute(select(func.min(segment_rounds.c.next_at))).scalar()


def computed_segments(connection: Connection, sandbox: str) -> frozenset[str]:
    """Return the segments that have been computed at least once."""
    here = (segment_rounds.c.sandbox == sandbox) & segment_rounds.c.computed_at.isnot(None)
    return frozenset(connection.execute(select(segment_rounds.c.segment).where(here)).scalars())


# Profiles to look at -------------------------------------------------------------------------------------------------


def profile_ids_after(connection: Connection, sandbox: str, cursor: int, limit: int) -> list[int]:
    """List the next profiles of a round."""
    query = select(profiles.c.id).where(profiles.c.sandbox == sandbox, profiles.c.id > cursor)
    return list(connection.execute(query.order_by(profiles.c.id).limit(limit)).scalars())


def load_profiles(connection: Connection, ids: Sequence[int], now: int) -> dict[int, Profile]:
    """Load these profiles as rules read them, with the experience events that count at ``now``."""
    columns = (profiles.c.id, profiles.c.identities, profiles.c.attributes, profiles.c.test_profile, profiles.c.events)
    rows = connection.execute(select(*columns).where(profiles.c.id.in_(ids)).order_by(profiles.c.id)).all()
    events = _events(connection, [row[0] for row in rows if row[4]], now)
    return {
        row[0]: Profile.model_construct(
            identities=json.loads(row[1]),
            attributes=json.loads(row[2]),
            test_profile=bool(row[3]),
            events=tuple(events.get(row[0], ())),
        )
        for row in rows
    }


def _events(connection: Connection, ids: Sequence[int], now: int) -> dict[int, list[Mapping[str, object]]]:
    """As :func:`runtime_queries.experience_events` has them, for many profiles at once."""
    if not ids:
        return {}
    here = profile_events.c.profile_id.in_(ids) & profile_events.c.at.between(now - YEAR_MS, now)
    query = select(profile_events.c.profile_id, profile_events.c.body).where(here)
    found: dict[int, list[Mapping[str, object]]] = {}
    for profile_id, body in connection.execute(
        query.order_by(profile_events.c.profile_id, profile_events.c.at.desc(), profile_events.c.n)
    ):
        mine = found.setdefault(profile_id, [])
        if len(mine) < MAX_EXPERIENCE_EVENTS:
            mine.append(json.loads(body))
    return found


def remove_members(connection: Connection, ids: Sequence[int], segments: Iterable[str]) -> None:
    """Remove these profiles from these segments, except manual memberships."""
    here = memberships.c.profile_id.in_(ids) & memberships.c.segment.in_(list(segments)) & memberships.c.given.is_(None)
    connection.execute(delete(memberships).where(here))
