"""The hot path's reads and writes: many rows a statement, statements compiled once, only what changed.

Values go to the driver as tuples in column order; SQLAlchemy compiles each statement once for the dialect
(design: engines.md, the ORM is not for this path).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from engine.core.profiles import MAX_EXPERIENCE_EVENTS, YEAR_MS
from engine.core.routing import TEST
from engine.model.channel import suppression_key
from engine.store import setting_queries
from engine.store.statements import Statement, change_statement, increment_statement, insert_statement, upsert_statement
from engine.store.tables import (
    DISCARD,
    NO_VERSION,
    RUNNING,
    counters,
    dead_letters,
    discards,
    entries,
    events,
    feedback,
    instances,
    memberships,
    messages,
    outbox,
    passages,
    profile_events,
    profiles,
    step_events,
    suppressed,
    versions,
)

_LARGEST = "largest_instance"
DAY_MS = 86_400_000
IDEMPOTENT_MS = 7 * DAY_MS


class InstanceRow(NamedTuple):
    """A row of ``instances`` in column order."""

    id: int
    version_id: int
    key: str
    status: int
    in_test: bool
    entered_at: int
    changed_at: int
    activity: str
    due: int | None
    state: bytes


class EntryRow(NamedTuple):
    """A row of ``entries`` in column order."""

    journey_id: int
    key: str
    person: str
    entrances: int
    last_entered: int
    instance: int | None


class OutboxRow(NamedTuple):
    """A row of ``outbox`` in column order."""

    instance: int
    call: int
    version_id: int
    key: str
    created: int
    effect: bytes


class DeadLetterRow(NamedTuple):
    """A dead letter without its traceback."""

    id: int
    kind: str
    instance: int | None
    stimulus: bytes


class ProfileStateRow(NamedTuple):
    """A profile found by an identity; ``events`` is how many experience events it has."""

    id: int
    test_profile: bool
    attributes: str
    identities: str
    events: int


def _same(table: Table, names: Mapping[str, str]) -> list[ColumnElement[bool]]:
    return [table.c[of] == bindparam(name, type_=table.c[of].type) for name, of in names.items()]


def _update(table: Table, changed: Sequence[str], where: Mapping[str, str], dialect: Dialect) -> Statement:
    """Build an update of the ``changed`` columns in the rows that ``where`` names; parameters in this order."""
    values = {name: bindparam(name, type_=table.c[name].type) for name in changed}
    statement = update(table).where(*_same(table, where)).values(values)
    return change_statement(statement, table, {**{name: name for name in changed}, **where}, dialect)


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns]


class RuntimeStatements:
    """Writes of the runner, prepared for one dialect; each takes the connection and its rows.

    Rows are in column order, without the number that the database gives; the key of a changed row stands last.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.insert_instances = insert_statement(instances, InstanceRow._fields, dialect)
        self.update_instances = _update(
            instances, ("status", "changed_at", "activity", "due", "state"), {"b_id": "id"}, dialect
        )
        whose = {"b_journey": "journey_id", "b_key": "key"}
        self.insert_entries = insert_statement(entries, EntryRow._fields, dialect)
        self.update_entries = _update(entries, ("entrances", "last_entered", "instance"), whose, dialect)
        mine = {**whose, "b_instance": "instance"}
        self.free_entries = change_statement(
            update(entries).where(*_same(entries, mine)).values(instance=null()), entries, mine, dialect
        )
        self.insert_outbox = insert_statement(outbox, OutboxRow._fields, dialect)
        call = {"b_instance": "instance", "b_call": "call"}
        self.delete_outbox = change_statement(delete(outbox).where(*_same(outbox, call)), outbox, call, dialect)
        self.insert_steps = insert_statement(step_events, _columns(step_events)[1:], dialect)
        self.insert_events = insert_statement(events, _columns(events)[1:], dialect)
        self.insert_discards = insert_statement(discards, _columns(discards)[1:], dialect)
        self.insert_messages = insert_statement(messages, _columns(messages), dialect, ignore_existing=True)
        self.update_profiles = _update(profiles, ("attributes", "test_profile", "changed_at"), {"b_id": "id"}, dialect)
        self._put_standings = upsert_statement(
            memberships, ("profile_id", "segment"), ("since", "inside", "given"), dialect
        )
        member = {"b_profile": "profile_id", "b_segment": "segment"}
        self._drop_standings = change_statement(
            delete(memberships).where(*_same(memberships, member)), memberships, member, dialect
        )
        self.add_counts = increment_statement(counters, _columns(counters)[:-1], "n", dialect)

    def put_standings(self, connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
        """Store memberships: (profile_id, segment, since, inside, given).

        No row is kept of who is outside unless that was said by hand.
        """
        self._put_standings(connection, [row for row in rows if row[3] or row[4] is not None])
        self._drop_standings(connection, [row[:2] for row in rows if not row[3] and row[4] is None])


def load_instances(connection: Connection, ids: Collection[int]) -> list[InstanceRow]:
    """Load the instances with these ids."""
    query = select(instances).where(instances.c.id.in_(ids))
    return [InstanceRow(*row) for row in connection.execute(query)] if ids else []


def experience_events(connection: Connection, profile_id: int, now: int) -> list[str]:
    """Return a profile's experience events of the last year as JSON texts, newest first, limited in number."""
    here = (profile_events.c.profile_id == profile_id) & profile_events.c.at.between(now - YEAR_MS, now)
    query = select(profile_events.c.body).where(here).order_by(profile_events.c.at.desc(), profile_events.c.n)
    return list(connection.execute(query.limit(MAX_EXPERIENCE_EVENTS)).scalars())


def count_due(connection: Connection, now: int, suspended: Collection[int] = (), since: int = 0) -> int:
    """How many instances must be woken from ``since`` to ``now``, without those of ``suspended`` versions."""
    query = select(func.count()).where(instances.c.due.isnot(None), instances.c.due.between(since, now))
    if suspended:
        query = query.where(instances.c.version_id.not_in(suspended))
    return connection.execute(query.select_from(instances)).scalar_one()


def clear_due(connection: Connection, row: int) -> None:
    """Do not wake an instance any more: waking it fails."""
    connection.execute(update(instances).where(instances.c.id == row).values(due=None))


def running_instances(connection: Connection, version_id: int, limit: int) -> list[int]:
    """List some running instances of a version."""
    query = select(instances.c.id).where(instances.c.version_id == version_id, instances.c.status == RUNNING)
    return list(connection.execute(query.limit(limit)).scalars())


def load_outbox(connection: Connection, after: tuple[int, int], limit: int) -> list[OutboxRow]:
    """Load unanswered calls in order, after (instance, call)."""
    behind = (outbox.c.instance > after[0]) | ((outbox.c.instance == after[0]) & (outbox.c.call > after[1]))
    query: Select[Any] = select(outbox).where(behind).order_by(outbox.c.instance, outbox.c.call).limit(limit)
    return [OutboxRow(*row) for row in connection.execute(query)]


def delete_call(connection: Connection, instance: int, call: int) -> None:
    """Delete a call from the outbox."""
    connection.execute(delete(outbox).where(outbox.c.instance == instance, outbox.c.call == call))


def largest_instance(connection: Connection) -> int:
    """Return the largest instance number so far: step events may refer to it after the instance is deleted."""
    kept = int(setting_queries.workspace_fact(connection, _LARGEST) or 0)
    return max(kept, connection.execute(select(func.max(instances.c.id))).scalar() or 0)


def keep_largest_instance(connection: Connection) -> None:
    """Store the largest instance number before instances are deleted, so that it is not used again."""
    setting_queries.put_workspace_fact(connection, _LARGEST, str(largest_instance(connection)))


def latest_time(connection: Connection) -> int:
    """Return the newest time in the workspace, 0 for a new one; tests are left out: their time may be virtual."""
    tested = select(versions.c.id).where(versions.c.state == TEST)
    newest = (
        select(step_events.c.at)
        .where(step_events.c.version_id.not_in(tested))
        .order_by(step_events.c.n.desc())
        .limit(1),
        select(events.c.at).order_by(events.c.id.desc()).limit(1),
    )
    return max((connection.execute(query).scalar() or 0 for query in newest), default=0)


def cap_count(connection: Connection, version_id: int, in_test: bool, activity: str) -> tuple[int, int]:
    """How many have passed a profile cap, and since when: (count, since)."""
    here = (passages.c.version_id == version_id) & (passages.c.in_test == in_test) & (passages.c.activity == activity)
    row = connection.execute(select(passages.c.n, passages.c.since).where(here)).one_or_none()
    return (0, 0) if row is None else (row[0], row[1])


def put_cap_count(
    connection: Connection, version_id: int, in_test: bool, activity: str, count: int, since: int
) -> None:
    """Record the passages of a profile cap."""
    here = (passages.c.version_id == version_id) & (passages.c.in_test == in_test) & (passages.c.activity == activity)
    if not connection.execute(update(passages).where(here).values(n=count, since=since)).rowcount:
        row = {"version_id": version_id, "in_test": in_test, "activity": activity, "n": count, "since": since}
        connection.execute(insert(passages).values(**row))


def message_origin(connection: Connection, sandbox: str, message: str) -> tuple[int, int, bool, str] | None:
    """Whose message of a sandbox this is: (instance, version_id, in_test, channel and address joined by a tab)."""
    columns = (messages.c.instance, messages.c.version_id, messages.c.in_test, messages.c.channel, messages.c.address)
    here = (messages.c.id == message) & (messages.c.sandbox == sandbox)
    row = connection.execute(select(*columns).where(here)).one_or_none()
    return None if row is None else (row[0], row[1], bool(row[2]), f"{row[3]}\t{row[4]}")


def add_feedback(connection: Connection, message: str, kind: str, at: int) -> bool:
    """Record what became of a message; False if that is known already."""
    here = (feedback.c.message == message) & (feedback.c.kind == kind)
    if connection.execute(select(feedback.c.n).where(here)).first() is not None:
        return False
    connection.execute(insert(feedback).values(message=message, kind=kind, at=at))
    return True


def suppress(connection: Connection, sandbox: str, channel: str, address: str, reason: str, at: int) -> bool:
    """Send nothing to this address any more. Return whether the address is new on the list."""
    if is_suppressed(connection, sandbox, channel, address):
        return False
    key = suppression_key(channel, address)
    row = {"sandbox": sandbox, "channel": channel, "address": key, "reason": reason, "at": at}
    connection.execute(insert(suppressed).values(**row))
    return True


def is_suppressed(connection: Connection, sandbox: str, channel: str, address: str) -> bool:
    """Whether this address wants no messages; of an erased person only the digest is known."""
    key = suppression_key(channel, address)
    known = suppressed.c.address.in_((key, address_digest(key), address_digest(address)))
    here = (suppressed.c.sandbox == sandbox) & (suppressed.c.channel == channel) & known
    return connection.execute(select(suppressed.c.at).where(here)).first() is not None


def address_digest(address: str) -> str:
    """Return the digest that replaces an erased person's address in the suppression list."""
    return f"blake2b:{blake2b(address.encode(), digest_size=32).hexdigest()}"


def insert_dead_letter(
    connection: Connection, kind: str, instance: int | None, stimulus: bytes, trace: str, at: int
) -> None:
    """Keep a stimulus that cannot be processed, with why."""
    row = {"at": at, "kind": kind, "instance": instance, "stimulus": stimulus, "traceback": trace}
    connection.execute(insert(dead_letters).values(**row))


def load_dead_letters(connection: Connection, ids: Iterable[int]) -> list[DeadLetterRow]:
    """Load dead letters, the oldest first."""
    columns = [dead_letters.c[name] for name in DeadLetterRow._fields]
    query = select(*columns).where(dead_letters.c.id.in_(list(ids))).order_by(dead_letters.c.id)
    return [DeadLetterRow(*row) for row in connection.execute(query)]


def delete_dead_letters(connection: Connection, ids: Iterable[int]) -> int:
    """Delete dead letters; return how many."""
    return connection.execute(delete(dead_letters).where(dead_letters.c.id.in_(list(ids)))).rowcount


def insert_discards(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Refusals outside the hot path: (sandbox, at, event, key, journey, reason, field)."""
    names = ("sandbox", "at", "event", "key", "journey", "reason", "field")
    connection.execute(insert(discards), [dict(zip(names, row, strict=True)) for row in rows])
    add = increment_statement(counters, _columns(counters)[:-1], "n", connection.dialect)
    reasons = Counter(row[5] for row in rows)
    add(connection, [(NO_VERSION, False, DISCARD, reason, count) for reason, count in reasons.items()])
