"""Profiles as rows: found by any identity, joined when an import names several identities of one person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from engine.model.profile import Profile
from engine.store import segment_rows
from engine.store.rows import Row, every, new_id, only
from engine.store.tables import identities, memberships, profile_events, profiles


def put(connection: Connection, sandbox: str, profile: Profile, now: int) -> int:
    """Create a profile, or change the one with one of its identities; attributes are merged. Answers its id."""
    known = _find(connection, sandbox, profile.identities)
    if known is None:
        values = {"sandbox": sandbox, "attributes": "{}", "identities": "{}", "events": 0, "test_profile": False}
        known = new_id(connection.execute(insert(profiles).values(**values, changed_at=now)))
    before = only(connection.execute(select(profiles).where(profiles.c.id == known)))
    assert before is not None
    attributes = {**json.loads(before["attributes"]), **profile.attributes}
    joined = {**json.loads(before["identities"]), **profile.identities}
    count = before["events"] + _add_events(connection, known, profile)
    changed = {
        "attributes": json.dumps(attributes, ensure_ascii=False),
        "identities": json.dumps(joined, ensure_ascii=False),
        "test_profile": profile.test_profile,
        "events": count,
        "changed_at": now,
    }
    connection.execute(update(profiles).where(profiles.c.id == known).values(**changed))
    _put_identities(connection, sandbox, known, profile.identities)
    for name in profile.segments:
        segment_rows.say(connection, known, name, True, now)
    segment_rows.profile_changed(connection, sandbox, known)
    return known


def _find(connection: Connection, sandbox: str, names: Mapping[str, str]) -> int | None:
    for namespace, value in names.items():
        found = find(connection, sandbox, namespace, value)
        if found is not None:
            return found
    return None


def find(connection: Connection, sandbox: str, namespace: str, value: str) -> int | None:
    """The id of the profile with this identity."""
    here = (identities.c.sandbox == sandbox) & (identities.c.namespace == namespace) & (identities.c.value == value)
    return connection.execute(select(identities.c.profile_id).where(here)).scalar_one_or_none()


def _put_identities(connection: Connection, sandbox: str, profile_id: int, names: Mapping[str, str]) -> None:
    for namespace, value in names.items():
        owner = find(connection, sandbox, namespace, value)
        if owner is None:
            row = {"sandbox": sandbox, "namespace": namespace, "value": value, "profile_id": profile_id}
            connection.execute(insert(identities).values(**row))


def _add_events(connection: Connection, profile_id: int, profile: Profile) -> int:
    bodies = [json.dumps(event, ensure_ascii=False, sort_keys=True) for event in profile.events]
    here = (profile_events.c.profile_id == profile_id) & profile_events.c.body.in_(bodies)
    known = set(connection.execute(select(profile_events.c.body).where(here)).scalars()) if bodies else set()
    rows = [
        {"profile_id": profile_id, "at": _instant(event.get("timestamp")), "body": body}
        for event, body in zip(profile.events, bodies, strict=True)
        if body not in known
    ]
    if rows:
        connection.execute(insert(profile_events), rows)
    return len(rows)


def _instant(text: Any) -> int:
    try:
        return int(datetime.fromisoformat(str(text)).timestamp() * 1000)
    except ValueError:
        return 0


def get(connection: Connection, profile_id: int) -> Profile | None:
    """A profile with its experience events, newest first, and its segments, those said by hand at once."""
    row = only(connection.execute(select(profiles).where(profiles.c.id == profile_id)))
    if row is None:
        return None
    query = select(profile_events.c.body).where(profile_events.c.profile_id == profile_id)
    events = connection.execute(query.order_by(profile_events.c.at.desc(), profile_events.c.n)).scalars()
    standing = segment_rows.standing_of(connection, (profile_id,))[profile_id]
    return Profile(
        identities=json.loads(row["identities"]),
        attributes=json.loads(row["attributes"]),
        testProfile=bool(row["test_profile"]),
        events=tuple(json.loads(event) for event in events),
        segments=tuple(name for name, one in standing.items() if (one.inside if one.given is None else one.given)),
    )


def page(connection: Connection, sandbox: str, search: str, limit: int, offset: int) -> tuple[int, tuple[Row, ...]]:
    """Profiles whose identities or attributes contain a text: how many, and some of them with parsed JSON."""
    here = profiles.c.sandbox == sandbox
    if search:
        texts = (
            profiles.c.identities.icontains(search, autoescape=True),
            profiles.c.attributes.icontains(search, autoescape=True),
        )
        here &= or_(*texts)
    total = connection.execute(select(func.count()).select_from(profiles).where(here)).scalar_one()
    rows = every(connection.execute(select(profiles).where(here).order_by(profiles.c.id).limit(limit).offset(offset)))
    return total, tuple(
        {**row, "identities": json.loads(row["identities"]), "attributes": json.loads(row["attributes"])}
        for row in rows
    )


def remove(connection: Connection, sandbox: str, profile_id: int) -> bool:
    """Delete a profile with all that belongs to it; says whether there was one."""
    here = (profiles.c.id == profile_id) & (profiles.c.sandbox == sandbox)
    if not connection.execute(delete(profiles).where(here)).rowcount:
        return False
    for table in (identities, profile_events, memberships):
        connection.execute(delete(table).where(table.c.profile_id == profile_id))
    return True
