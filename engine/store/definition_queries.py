"""Queries of definitions: namespaces, events, data sources, actions, templates and segments in their file form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from engine.model.channel import CHANNELS
from engine.model.definitions import Definitions
from engine.model.dependencies import SECTIONS
from engine.store import setting_queries
from engine.store.results import columns_of, fetch_all
from engine.store.tables import definitions

KINDS = SECTIONS
"""Kind → the key under which a journey file lists them."""


class StoredDefinition(NamedTuple):
    """A definition; ``body`` is its file form."""

    name: str
    body: dict[str, Any]
    created_by: str
    created_at: int
    changed_by: str
    changed_at: int
    revision: int

    @classmethod
    def read(cls, name: str, body: str, *changes: Any) -> Self:
        """Make the definition of a row, whose body is JSON."""
        return cls(name, json.loads(body), *changes)


def load(connection: Connection, sandbox: str) -> Definitions:
    """All definitions of a sandbox, each kind in the order of creation.

    Templates of a channel that is not installed any more are left out.
    """
    found: dict[str, list[Any]] = {section: [] for section in KINDS.values()}
    query = select(definitions.c.kind, definitions.c.body).where(definitions.c.sandbox == sandbox)
    for kind, text in connection.execute(query.order_by(definitions.c.place)):
        found[KINDS[kind]].append(json.loads(text))
    return _read(found)


def read_frozen(text: str) -> Definitions:
    """Read the definitions that a version has kept."""
    return _read(json.loads(text))


def _read(found: dict[str, list[Any]]) -> Definitions:
    templates = [body for body in found.get("templates", ()) if body["channel"] in CHANNELS]
    return Definitions.model_validate_json(json.dumps({**found, "templates": templates}))


def sandboxes(connection: Connection) -> tuple[str, ...]:
    """List the sandboxes that hold definitions."""
    return tuple(connection.execute(select(definitions.c.sandbox).distinct().order_by(definitions.c.sandbox)).scalars())


def rows(connection: Connection, sandbox: str, kind: str) -> tuple[StoredDefinition, ...]:
    """List the definitions of a kind in the order of creation."""
    query = select(*columns_of(definitions, StoredDefinition._fields)).where(
        definitions.c.sandbox == sandbox, definitions.c.kind == kind
    )
    return fetch_all(connection, query.order_by(definitions.c.place), StoredDefinition.read)


def definition_body(connection: Connection, sandbox: str, kind: str, name: str) -> dict[str, Any] | None:
    """One definition in its file form; None when there is none of that name."""
    here = _of_name(sandbox, kind, name)
    text = connection.execute(select(definitions.c.body).where(here)).scalar_one_or_none()
    body: dict[str, Any] | None = None if text is None else json.loads(text)
    return body


def put(
    connection: Connection,
    sandbox: str,
    kind: str,
    name: str,
    body: Mapping[str, object],
    actor: str,
    now: int,
    was: str | None = None,
) -> None:
    """Create or change a definition; ``was`` is its name before a renaming. A name never has a revision twice."""
    here = _of_name(sandbox, kind, was or name)
    text = json.dumps(body, ensure_ascii=False)
    changed = {"name": name, "body": text, "changed_by": actor, "changed_at": now}
    before = connection.execute(select(definitions.c.revision).where(here)).scalar_one_or_none()
    if before is not None:
        kept = was in (None, name)
        revision = before + 1 if kept else setting_queries.next_revision(connection, before)
        connection.execute(update(definitions).where(here).values(**changed, revision=revision))
        return
    place = connection.execute(select(func.coalesce(func.max(definitions.c.place), 0) + 1)).scalar_one()
    created = {"sandbox": sandbox, "kind": kind, "place": place, "created_by": actor, "created_at": now}
    first = setting_queries.next_revision(connection)
    connection.execute(insert(definitions).values(**created, **changed, revision=first))


def remove(connection: Connection, sandbox: str, kind: str, name: str) -> bool:
    """Delete a definition; return whether there was one."""
    here = _of_name(sandbox, kind, name)
    found = connection.execute(select(definitions.c.revision).where(here)).scalar_one_or_none()
    if found is not None:
        setting_queries.next_revision(connection, found)
        connection.execute(delete(definitions).where(here))
    return found is not None


def _of_name(sandbox: str, kind: str, name: str) -> ColumnElement[bool]:
    return (definitions.c.sandbox == sandbox) & (definitions.c.kind == kind) & (definitions.c.name == name)
