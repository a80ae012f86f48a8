"""Import many profiles: unknown ones are written in few statements, known ones one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from engine.core.profiles import MAX_EXPERIENCE_EVENTS, YEAR_MS
from engine.model.definitions import Profile
from engine.store import profile_queries, segment_queries
from engine.store.tables import identities, memberships, profile_changes, profile_events, profiles

_CHUNK = 500

Identity = tuple[str, str]


def import_profiles(connection: Connection, sandbox: str, some: Sequence[Profile], now: int) -> None:
    """Create or change these profiles, as :func:`profile_queries.put_profile` does."""
    taken = _known(connection, sandbox, {pair for profile in some for pair in profile.identities.items()})
    new: list[Profile] = []
    others: list[Profile] = []
    for profile in some:
        pairs = set(profile.identities.items())
        (others if pairs & taken else new).append(profile)
        taken |= pairs
    if new:
        _create_all(connection, sandbox, new, now)
    for profile in others:
        profile_queries.put_profile(connection, sandbox, profile, now)


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
    events = [_events(profile, now) for profile in new]
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
        for number, profile in zip(ids, new, strict=True) for namespace, value in profile.identities.items()
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
    looked_at = (
        ids if segment_queries.has_segments(connection, sandbox) else sorted({one["profile_id"] for one in said})
    )
    _insert(connection, profile_changes, [{"sandbox": sandbox, "profile_id": number} for number in looked_at])


def _insert(connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _events(profile: Profile, now: int) -> list[tuple[int, str]]:
    """Return the experience events to keep: (at, body)."""
    dumped = [json.dumps(event, ensure_ascii=False, sort_keys=True) for event in profile.events]
    timed = [(profile_queries.event_time(event), body) for event, body in zip(profile.events, dumped, strict=True)]
    recent = [pair for pair in timed if pair[0] >= now - YEAR_MS]
    kept = sorted(range(len(recent)), key=lambda index: (-recent[index][0], index))[:MAX_EXPERIENCE_EVENTS]
    return [recent[index] for index in sorted(kept)]
