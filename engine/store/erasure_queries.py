"""Erase a person: find every row with an identifier of the person, and delete it (runtime.md, Durability).

Step events stay, with the random id that stood for the person. What is found by reading whole tables is found by a
reader, which blocks nobody; the deletion itself is one short transaction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select, update

from engine.core.instance import Instance
from engine.model.address import phone_pattern, spellings
from engine.model.channel import CHANNELS, suppression_key
from engine.store import profile_queries
from engine.store.runtime_queries import address_digest, keep_largest_instance
from engine.store.step_files import EXTERNAL_TEXTS
from engine.store.tables import (
    RUNNING,
    dead_letters,
    discards,
    entries,
    events,
    exports,
    feedback,
    held,
    identities,
    instances,
    memberships,
    merges,
    messages,
    outbox,
    profile_changes,
    profile_events,
    profiles,
    step_events,
    suppressed,
    versions,
)

_NUMBER = re.compile(r"\+\d{7,15}")
_SLICE = 20_000
_CHUNK = 500
ERASED = "erased"
"""What stands in a step event in place of an identifier."""


@dataclass
class PersonRecords:
    """The identifiers of a person, and the rows that were found so far."""

    sandbox: str
    identities: frozenset[tuple[str, str]]
    profile_id: int | None
    keys: Mapping[int, tuple[str, ...]]
    """The keys that the person can have in each journey."""
    instances: dict[int, str] = field(default_factory=dict)
    """Row numbers of instances with the ids that effects carry."""
    people: set[str] = field(default_factory=set)
    events: set[int] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    discards: set[int] = field(default_factory=set)
    steps: set[int] = field(default_factory=set)
    """Step events with a text from outside that names the person; the instance may be long gone."""
    last_instance: int = 0
    last_event: int = 0
    last_discard: int = 0
    last_message: int = 0
    last_step: int = 0
    """How far the tables were read: by number, messages by their time."""

    @property
    def values(self) -> tuple[str, ...]:
        """The identifiers, each once."""
        return tuple(sorted({value for _, value in self.identities}))


def find_person(connection: Connection, sandbox: str, namespace: str, value: str) -> PersonRecords:
    """Find all identities and keys of a person; an identity without a profile is a person too."""
    profile_id = profile_queries.find_profile(connection, sandbox, namespace, value)
    names = {(namespace, value)}
    if profile_id is not None:
        text = connection.execute(select(profiles.c.identities).where(profiles.c.id == profile_id)).scalar_one()
        names.update(json.loads(text).items())
        owned = select(identities.c.namespace, identities.c.value).where(identities.c.profile_id == profile_id)
        names.update((row[0], row[1]) for row in connection.execute(owned))
    names = {(code, spelling) for code, one in names for spelling in spellings(code, one)}
    return PersonRecords(sandbox, frozenset(names), profile_id, _keys(connection, sandbox, names))


def _keys(connection: Connection, sandbox: str, names: Collection[tuple[str, str]]) -> dict[int, tuple[str, ...]]:
    """Return the possible keys by journey: identities of its namespace, or all if it has none."""
    query = select(versions.c.journey_id, versions.c.body).where(versions.c.sandbox == sandbox)
    found: dict[int, tuple[str, ...]] = {}
    for journey_id, body in connection.execute(query.order_by(versions.c.version)):
        namespace = json.loads(body).get("namespace")
        found[journey_id] = tuple(sorted({value for code, value in names if not namespace or code == namespace}))
    return found


# Looking, with a reader ----------------------------------------------------------------------------------------------


def continue_search(connection: Connection, traces: PersonRecords) -> None:
    """Find what came since the last look; the first one reads whole tables, the others their ends alone."""
    _find_instances(connection, traces)
    _find_events(connection, traces)
    _find_messages(connection, traces)
    _find_steps(connection, traces)
    here = (discards.c.n > traces.last_discard) & (discards.c.sandbox == traces.sandbox)
    named = func.lower(discards.c.key).in_([one.lower() for one in traces.values])
    found = connection.execute(select(discards.c.n).where(here, named)).scalars()
    traces.discards.update(found)
    traces.last_discard = connection.execute(select(func.max(discards.c.n))).scalar() or 0


def _find_messages(connection: Connection, traces: PersonRecords) -> None:
    late = (messages.c.at >= traces.last_message) | messages.c.in_test  # a test may live in a time of its own
    here = late & (messages.c.sandbox == traces.sandbox)
    pairs = connection.execute(select(messages.c.channel, messages.c.address).where(here).distinct())
    values = frozenset(traces.values)
    written = [one for channel, one in pairs if one in values or suppression_key(channel, one) in values]
    for column, some in ((messages.c.instance, [*traces.instances]), (messages.c.address, written)):
        for start in range(0, len(some), _CHUNK):
            own = column.in_(some[start : start + _CHUNK])
            traces.messages.update(connection.execute(select(messages.c.id).where(here, own)).scalars())
    latest = select(func.max(messages.c.at)).where(messages.c.in_test.is_(False))
    traces.last_message = connection.execute(latest).scalar() or 0


def _find_instances(connection: Connection, traces: PersonRecords) -> None:
    by_version = {
        row[0]: traces.keys.get(row[1], ())
        for row in connection.execute(
            select(versions.c.id, versions.c.journey_id).where(versions.c.sandbox == traces.sandbox)
        )
    }
    last = connection.execute(select(func.max(instances.c.id))).scalar() or 0
    here = instances.c.key.in_(traces.values) & (instances.c.id > traces.last_instance) & (instances.c.id <= last)
    query = select(instances.c.id, instances.c.version_id, instances.c.key, instances.c.state).where(here)
    for row_id, version_id, key, state in connection.execute(query):
        if key in by_version.get(version_id, ()):
            instance = Instance.load(state)
            traces.instances[row_id] = instance.id
            traces.people.add(instance.person)
    traces.last_instance = last


def _find_events(connection: Connection, traces: PersonRecords) -> None:
    last = connection.execute(select(func.max(events.c.id))).scalar() or 0
    holds, named = _may_hold(events.c.payload, traces), _may_hold(events.c.source_id, traces)
    for start in range(traces.last_event, last, _SLICE):
        here = (events.c.id > start) & (events.c.id <= min(start + _SLICE, last)) & (events.c.sandbox == traces.sandbox)
        query = select(events.c.id, events.c.source_id, events.c.payload).where(here, holds | named)
        for row_id, source_id, payload in connection.execute(query):
            if contains_identifier(source_id, traces.values) or (
                payload and _holds_identifier(json.loads(payload), traces.values)
            ):
                traces.events.add(row_id)
    traces.last_event = last


def _find_steps(connection: Connection, traces: PersonRecords) -> None:
    last = connection.execute(select(func.max(step_events.c.n))).scalar() or 0
    holds = _may_hold(step_events.c.fields, traces)
    own = step_events.c.version_id.in_(select(versions.c.id).where(versions.c.sandbox == traces.sandbox))
    for start in range(traces.last_step, last, _SLICE):
        here = (step_events.c.n > start) & (step_events.c.n <= min(start + _SLICE, last)) & own
        query = select(step_events.c.n, step_events.c.fields).where(here, holds)
        found = connection.execute(query)
        traces.steps.update(
            number for number, text in found if _fields_with_identifier(json.loads(text), traces.values)
        )
    traces.last_step = last


def _may_hold(column: ColumnElement[str], traces: PersonRecords) -> ColumnElement[bool]:
    """Whether a text may hold an identifier: what this finds is looked at closely."""
    written = (json.dumps(value, ensure_ascii=False)[1:-1] for value in traces.values)
    numbers = (f"%{'%'.join(value[-7:])}%" for value in traces.values if _NUMBER.fullmatch(value))
    texts = (column.icontains(text, autoescape=True) for text in written)
    return or_(*texts, *(column.like(number) for number in numbers))


def _fields_with_identifier(fields: Mapping[str, Any], values: Sequence[str]) -> list[str]:
    """Return the fields with texts from outside that contain one of the identifiers."""
    return [name for name in EXTERNAL_TEXTS if contains_identifier(fields.get(name, ""), values)]


def contains_identifier(text: str, values: Iterable[str]) -> bool:
    """Whether a text holds one of the identifiers as a word of its own."""
    return any(_word_pattern(value).search(text) for value in values)


@lru_cache(maxsize=200)
def _word_pattern(value: str) -> re.Pattern[str]:
    """Find an identifier as a word: an email address in any letters, a phone number with any separators."""
    if _NUMBER.fullmatch(value):
        return phone_pattern(value)
    return re.compile(rf"(?<![\w@.+-]){re.escape(value)}(?![\w@-])", re.IGNORECASE if "@" in value else 0)


def _holds_identifier(value: object, values: Sequence[str]) -> bool:
    """Whether a JSON value holds an identifier anywhere, in names too."""
    if isinstance(value, dict):
        return any(_holds_identifier(item, values) for pair in value.items() for item in pair)
    if isinstance(value, list):
        return any(_holds_identifier(item, values) for item in value)
    return value is not None and not isinstance(value, bool) and contains_identifier(str(value), values)


def running_instances(connection: Connection, traces: PersonRecords) -> list[int]:
    """List the person's running instances."""
    found: list[int] = []
    for journey_id, keys in traces.keys.items():
        here = (entries.c.journey_id == journey_id) & entries.c.key.in_(keys) & entries.c.instance.isnot(None)
        found += connection.execute(select(entries.c.instance).where(here)).scalars()
    query = select(instances.c.id).where(instances.c.id.in_(found), instances.c.status == RUNNING)
    return list(connection.execute(query).scalars())


# Erasing, in the writer's turn ---------------------------------------------------------------------------------------


def erase(connection: Connection, traces: PersonRecords) -> dict[str, int]:
    """Delete all that was found and what can be found by its key; how many rows of each kind there were."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    counts = {
        **_erase_profile(connection, traces),
        "step_texts": _clean_steps(connection, traces),
        **_erase_run(connection, traces),
        "events": _delete(connection, events, events.c.id, traces.events),
        "set_aside": _erase_dead_letters(connection, traces),
        "held": _erase_held(connection, traces),
        "merges": _erase_merges(connection, traces),
        "suppressed": _digest_addresses(connection, traces),
    }
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=FAST")
    return counts


def _delete(connection: Connection, table: Table, column: ColumnElement[object], values: Collection[object]) -> int:
    chosen = list(values)
    return sum(
        connection.execute(delete(table).where(column.in_(chosen[start : start + _CHUNK]))).rowcount
        for start in range(0, len(chosen), _CHUNK)
    )


def _erase_profile(connection: Connection, traces: PersonRecords) -> dict[str, int]:
    own = () if traces.profile_id is None else (traces.profile_id,)
    kinds = {"profiles": profiles.c.id, "experience_events": profile_events.c.profile_id}
    kinds |= {"memberships": memberships.c.profile_id, "identities": identities.c.profile_id}
    counts = {name: _delete(connection, column.table, column, own) for name, column in kinds.items()}
    _delete(connection, profile_changes, profile_changes.c.profile_id, own)
    return counts


def _erase_run(connection: Connection, traces: PersonRecords) -> dict[str, int]:
    counts = {"entries": 0}
    for journey_id, keys in traces.keys.items():
        here = (entries.c.journey_id == journey_id) & entries.c.key.in_(keys)
        traces.people.update(connection.execute(select(entries.c.person).where(here)).scalars())
        counts["entries"] += connection.execute(delete(entries).where(here)).rowcount
    keep_largest_instance(connection)
    counts["instances"] = _delete(connection, instances, instances.c.id, traces.instances)
    counts["calls"] = _delete(connection, outbox, outbox.c.instance, traces.instances)
    counts["messages"] = _delete(connection, messages, messages.c.id, traces.messages)
    _delete(connection, feedback, feedback.c.message, traces.messages)
    counts["discards"] = _delete(connection, discards, discards.c.n, traces.discards)
    return counts


def _clean_steps(connection: Connection, traces: PersonRecords) -> int:
    """Step events stay, but for texts that came from outside and name the person (a sender's event id, an error)."""
    changed, found = 0, sorted(traces.steps)
    for start in range(0, len(found), _CHUNK):
        here = step_events.c.n.in_(found[start : start + _CHUNK])
        for number, text in connection.execute(select(step_events.c.n, step_events.c.fields).where(here)).all():
            fields = json.loads(text)
            for name in _fields_with_identifier(fields, traces.values):
                for value in traces.values:
                    fields[name] = _word_pattern(value).sub(ERASED, fields[name])
            clean = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
            connection.execute(update(step_events).where(step_events.c.n == number).values(fields=clean))
            changed += 1
    return changed


def _erase_dead_letters(connection: Connection, traces: PersonRecords) -> int:
    query = select(dead_letters.c.id, dead_letters.c.instance, dead_letters.c.stimulus, dead_letters.c.traceback)
    found = [
        row_id
        for row_id, instance, stimulus, text in connection.execute(query)
        if instance in traces.instances or contains_identifier(text, traces.values) or _names(stimulus, traces)
    ]
    return _delete(connection, dead_letters, dead_letters.c.id, found)


def _erase_held(connection: Connection, traces: PersonRecords) -> int:
    """Delete what waits for suspended versions and is the person's."""
    rows = connection.execute(select(held.c.id, held.c.instance, held.c.stimulus))
    found = [row[0] for row in rows if row[1] in traces.instances or _names(row[2], traces)]
    return _delete(connection, held, held.c.id, found)


def _erase_merges(connection: Connection, traces: PersonRecords) -> int:
    """Delete the merges that name the person."""
    query = select(merges.c.n, merges.c.kept, merges.c.body).where(merges.c.sandbox == traces.sandbox)
    found = [
        row[0]
        for row in connection.execute(query)
        if row[1] == traces.profile_id or contains_identifier(row[2], traces.values)
    ]
    return _delete(connection, merges, merges.c.n, found)


def _names(stored: bytes, traces: PersonRecords) -> bool:
    """Whether the stored form of a stimulus contains one of the identifiers."""
    text = stored.decode(errors="replace")
    return any(_word_pattern(value).search(text) for value in traces.values)


def _digest_addresses(connection: Connection, traces: PersonRecords) -> int:
    """Replace suppressed addresses by digests, so that they stay unsubscribed."""
    values = {suppression_key(channel, value) for channel in CHANNELS for value in traces.values}
    here = (suppressed.c.sandbox == traces.sandbox) & suppressed.c.address.in_(values | {*traces.values})
    found = connection.execute(select(suppressed.c.channel, suppressed.c.address).where(here)).all()
    for channel, address in found:
        one = here & (suppressed.c.channel == channel) & (suppressed.c.address == address)
        connection.execute(update(suppressed).where(one).values(address=address_digest(address)))
    return len(found)


def export_paths(connection: Connection, sandbox: str) -> tuple[str, ...]:
    """Return the files that users exported, the latest first."""
    query = select(exports.c.path).where(exports.c.sandbox == sandbox).order_by(exports.c.n.desc())
    return tuple(connection.execute(query).scalars())
