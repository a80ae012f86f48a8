"""Queries of settings, facts about the workspace, inlets and guardrails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection, delete, insert, select, update

from engine.store.results import columns_of, fetch_all
from engine.store.tables import guardrails, inlets, settings, workspace

_SANDBOXES = "sandboxes"
_LAST_REVISION = "last_revision"


class StoredInlet(NamedTuple):
    """An inlet, to which senders post events."""

    name: str
    sandbox: str
    requires_token: bool
    open: bool


class StoredGuardrail(NamedTuple):
    """A capping or throttling rule; ``body`` holds its configuration and the form that is deployed."""

    uid: str
    sandbox: str
    kind: str
    body: Mapping[str, Any]
    deployed: bool
    changed_by: str
    changed_at: int

    @classmethod
    def read(cls, uid: str, sandbox: str, kind: str, body: str, *more: Any) -> Self:
        """Make the rule of a row, whose body is JSON."""
        return cls(uid, sandbox, kind, json.loads(body), *more)


def load_settings(connection: Connection, sandbox: str) -> dict[str, Any]:
    """Load the settings that have a value."""
    query = select(settings.c.name, settings.c.value).where(settings.c.sandbox == sandbox)
    return {name: json.loads(value) for name, value in connection.execute(query)}


def put_setting(connection: Connection, sandbox: str, name: str, value: object) -> None:
    """Give a setting a value."""
    connection.execute(delete(settings).where(settings.c.sandbox == sandbox, settings.c.name == name))
    connection.execute(insert(settings).values(sandbox=sandbox, name=name, value=json.dumps(value)))


def workspace_fact(connection: Connection, name: str) -> str | None:
    """One fact about the workspace itself (its tag, its next instance number)."""
    return connection.execute(select(workspace.c.value).where(workspace.c.name == name)).scalar_one_or_none()


def put_workspace_fact(connection: Connection, name: str, value: str) -> None:
    """Record a fact about the workspace."""
    if not connection.execute(update(workspace).where(workspace.c.name == name).values(value=value)).rowcount:
        connection.execute(insert(workspace).values(name=name, value=value))


def next_revision(connection: Connection, used: int = 0) -> int:
    """Return the first revision of a row, higher than those that were ``used`` by rows which are gone or renamed."""
    last = int(workspace_fact(connection, _LAST_REVISION) or 0)
    if used > last:
        put_workspace_fact(connection, _LAST_REVISION, str(used))
    return max(last, used) + 1


def sandbox_names(connection: Connection) -> tuple[str, ...]:
    """List the sandboxes that were added to the workspace, without ``prod``."""
    return tuple(json.loads(workspace_fact(connection, _SANDBOXES) or "[]"))


def add_sandbox(connection: Connection, name: str) -> None:
    """One more sandbox."""
    put_workspace_fact(connection, _SANDBOXES, json.dumps(sorted({*sandbox_names(connection), name})))


def inlet_rows(connection: Connection, sandbox: str | None = None) -> tuple[StoredInlet, ...]:
    """List the inlets of one sandbox or of all."""
    query = select(*columns_of(inlets, StoredInlet._fields)).order_by(inlets.c.name)
    if sandbox is not None:
        query = query.where(inlets.c.sandbox == sandbox)
    return fetch_all(connection, query, StoredInlet)


def put_inlet(connection: Connection, name: str, sandbox: str, *, requires_token: bool, is_open: bool) -> None:
    """Create or change an inlet."""
    connection.execute(delete(inlets).where(inlets.c.name == name))
    values = {"name": name, "sandbox": sandbox, "requires_token": requires_token, "open": is_open}
    connection.execute(insert(inlets).values(**values))


def remove_inlet(connection: Connection, name: str) -> None:
    """Delete an inlet."""
    connection.execute(delete(inlets).where(inlets.c.name == name))


def guardrail_rows(
    connection: Connection, sandbox: str | None = None, kind: str | None = None
) -> tuple[StoredGuardrail, ...]:
    """Capping and throttling rules with their bodies as JSON values."""
    query = select(*columns_of(guardrails, StoredGuardrail._fields)).order_by(guardrails.c.changed_at, guardrails.c.uid)
    if sandbox is not None:
        query = query.where(guardrails.c.sandbox == sandbox)
    if kind is not None:
        query = query.where(guardrails.c.kind == kind)
    return fetch_all(connection, query, StoredGuardrail.read)


def put_guardrail(connection: Connection, uid: str, **values: object) -> None:
    """Create or change a rule; ``body`` is its configuration document."""
    connection.execute(delete(guardrails).where(guardrails.c.uid == uid))
    values["body"] = json.dumps(values["body"], ensure_ascii=False)
    connection.execute(insert(guardrails).values(uid=uid, **values))


def remove_guardrail(connection: Connection, uid: str) -> bool:
    """Delete a rule; return whether there was one."""
    return connection.execute(delete(guardrails).where(guardrails.c.uid == uid)).rowcount > 0
