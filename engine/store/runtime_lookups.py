"""The hot path's reads: many keys by one parameter, compiled once for the dialect.

A statement that SQLAlchemy builds and looks up anew costs more than its execution, and a small batch makes several.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Text,
    all_,
    any_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    select,
    text,
)

from engine.model.address import normal_identity
from engine.store.runtime_queries import IDEMPOTENT_MS, ProfileStateRow
from engine.store.statements import Statement
from engine.store.tables import RUNNING, entries, events, identities, instances, profiles, suppressed

_MANY = "many"


class RuntimeLookups:
    """Reads, prepared for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._is_sqlite = dialect.name == "sqlite"
        here = case((instances.c.status == text(str(RUNNING)), instances.c.activity), else_=text("''"))
        states = select(instances.c.id, instances.c.version_id, instances.c.state, here)
        self._states = Statement(states.where(self._among(instances.c.id)), (_MANY,), dialect)
        journey = entries.c.journey_id == bindparam("journey")
        self._entries = Statement(
            select(entries).where(journey, self._among(entries.c.key)), ("journey", _MANY), dialect
        )
        sender = (events.c.sandbox == bindparam("sandbox")) & self._among(events.c.source_id)
        self._events = Statement(select(events.c.source_id, events.c.at).where(sender), ("sandbox", _MANY), dialect)
        self._forget = Statement(delete(events).where(sender), ("sandbox", _MANY), dialect)
        self._profiles = Statement(self._profile_query(), ("sandbox", "namespace", _MANY), dialect)
        anyone = select(suppressed.c.at).where(suppressed.c.sandbox == bindparam("sandbox"))
        anyone = anyone.limit(literal_column("1")).offset(literal_column("0"))
        self._suppressed = Statement(anyone, ("sandbox",), dialect)
        waiting = instances.c.due.isnot(None)
        since = instances.c.due >= bindparam("since")
        until = instances.c.due <= bindparam("now")
        due = select(instances.c.id).where(waiting, since, until).order_by(instances.c.due)
        due = due.limit(bindparam("limit")).offset(literal_column("0"))
        next_due = select(func.min(instances.c.due)).where(waiting, since)
        others = self._is_none_of(instances.c.version_id)
        self._due = Statement(due, ("since", "now", "limit"), dialect)
        self._due_elsewhere = Statement(due.where(others), ("since", "now", "limit", _MANY), dialect)
        self._next_due = Statement(next_due, ("since",), dialect)
        self._next_due_elsewhere = Statement(next_due.where(others), ("since", _MANY), dialect)

    def _among(self, column: Column[object]) -> ColumnElement[bool]:
        """Whether a column is one of many values."""
        if self._is_sqlite:
            listed = func.json_each(bindparam(_MANY, type_=Text())).table_valued("value")
            return column.in_(select(listed.c.value))
        return column == any_(bindparam(_MANY, type_=ARRAY(column.type)))

    def _is_none_of(self, column: Column[object]) -> ColumnElement[bool]:
        """Whether a column is none of many values."""
        if self._is_sqlite:
            return ~self._among(column)
        return column != all_(bindparam(_MANY, type_=ARRAY(column.type)))

    def _profile_query(self) -> Any:
        columns = [profiles.c[name] for name in ProfileStateRow._fields]
        query = select(identities.c.value, *columns).join(profiles, profiles.c.id == identities.c.profile_id)
        return query.where(
            identities.c.sandbox == bindparam("sandbox"),
            identities.c.namespace == bindparam("namespace"),
            self._among(identities.c.value),
        )

    def _many(self, values: Collection[object]) -> Any:
        return orjson.dumps(list(values)).decode() if self._is_sqlite else list(values)

    def states(self, connection: Connection, ids: Collection[int]) -> Sequence[Any]:
        """Return these instances: (id, version_id, state, activity); the activity is '' if the instance has ended."""
        return self._states.rows(connection, self._many(ids)) if ids else ()

    def entries(self, connection: Connection, journey_id: int, keys: Collection[str]) -> Sequence[Any]:
        """Return the entries of these keys in a journey, as :class:`EntryRow`."""
        return self._entries.rows(connection, journey_id, self._many(keys)) if keys else ()

    def profiles(
        self, connection: Connection, sandbox: str, namespace: str, keys: Collection[str]
    ) -> dict[str, ProfileStateRow]:
        """Return the profiles with these identities, by identity."""
        if not keys:
            return {}
        forms = {key: normal_identity(namespace, key) for key in keys}
        rows = self._profiles.rows(connection, sandbox, namespace, self._many(set(forms.values())))
        found = {row[0]: ProfileStateRow(*row[1:]) for row in rows}
        return {key: found[form] for key, form in forms.items() if form in found}

    def known_events(self, connection: Connection, sandbox: str, ids: Collection[str], now: int) -> set[str]:
        """Which of these event ids were accepted within the last seven days; older ones are forgotten here."""
        if not ids:
            return set()
        found: set[str] = set()
        old: list[str] = []
        for source_id, at in self._events.rows(connection, sandbox, self._many(ids)):
            (old.append if now - at >= IDEMPOTENT_MS else found.add)(source_id)
        if old:
            self._forget.many(connection, [(sandbox, self._many(old))])
        return found

    def has_suppressed(self, connection: Connection, sandbox: str) -> bool:
        """Whether any address of a sandbox wants no messages."""
        return bool(self._suppressed.rows(connection, sandbox))

    def due(
        self, connection: Connection, now: int, limit: int, suspended: Collection[int] = (), since: int = 0
    ) -> list[int]:
        """List the instances that are due from ``since`` to ``now``, earliest first.

        Those of ``suspended`` versions are left out.
        """
        if suspended:
            return [row[0] for row in self._due_elsewhere.rows(connection, since, now, limit, self._many(suspended))]
        return [row[0] for row in self._due.rows(connection, since, now, limit)]

    def next_due(self, connection: Connection, suspended: Collection[int] = (), since: int = 0) -> int | None:
        """When the next instance must be woken, from ``since`` on, that is of none of the ``suspended`` versions."""
        if suspended:
            rows = self._next_due_elsewhere.rows(connection, since, self._many(suspended))
        else:
            rows = self._next_due.rows(connection, since)
        found: int | None = rows[0][0]
        return found
