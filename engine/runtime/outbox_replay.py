"""Replays the outbox: calls that a process had under way when it ended are performed by the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.core.instance import Instance
from engine.ports import Call
from engine.runtime.deployment import Deployment
from engine.runtime.staged_records import decode_effect
from engine.store import runtime_queries
from engine.store.database import Database

AT_ONCE = 1_000


def unanswered_calls(
    database: Database, deployment: Deployment, instances: Sequence[int] | None
) -> Iterator[list[Call]]:
    """Yield the calls to perform again in portions: all of them, or those of these instances."""
    after = (-1, -1)
    while True:
        with database.read() as connection:
            rows = runtime_queries.load_outbox(connection, after, AT_ONCE)
            chosen = [row for row in rows if instances is None or row.instance in instances]
            people = {
                row.id: row for row in runtime_queries.load_instances(connection, {row.instance for row in chosen})
            }
        if not rows:
            return
        yield [call for row in chosen for call in _call(deployment, row, people.get(row.instance))]
        after = (rows[-1].instance, rows[-1].call)


def _call(
    deployment: Deployment, row: runtime_queries.OutboxRow, person: runtime_queries.InstanceRow | None
) -> list[Call]:
    version = deployment.versions.get(row.version_id)
    if version is None or person is None:
        return []
    instance = Instance.load(person.state)
    where = (version.sandbox, instance.id, version.name, version.number)
    return [Call(*where, row.key, row.created, instance.in_test, decode_effect(row.effect))]
