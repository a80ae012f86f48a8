"""Queries of custom reports, and of the feedback and refused events that they count."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from engine.model.report import Report
from engine.store.results import columns_of, fetch_all, fetch_one, new_id, row_id
from engine.store.tables import counters, discards, feedback, messages, reports

_AT_ONCE = 5_000


class StoredReport(NamedTuple):
    """A custom report; ``body`` is its JSON without the name."""

    id: int
    sandbox: str
    name: str
    revision: int
    body: str
    created_by: str
    created_at: int
    changed_by: str
    changed_at: int


_ALL = select(*columns_of(reports, StoredReport._fields))


def rows(connection: Connection, sandbox: str) -> tuple[StoredReport, ...]:
    """List the reports of a sandbox by name."""
    return fetch_all(connection, _ALL.where(reports.c.sandbox == sandbox).order_by(reports.c.name), StoredReport)


def row(connection: Connection, sandbox: str, report_id: str) -> StoredReport | None:
    """One report."""
    here = (reports.c.id == row_id(report_id)) & (reports.c.sandbox == sandbox)
    return fetch_one(connection, _ALL.where(here), StoredReport)


def is_taken(connection: Connection, sandbox: str, name: str) -> bool:
    """Whether a report has that name."""
    query = select(reports.c.id).where(reports.c.sandbox == sandbox, reports.c.name == name)
    return connection.execute(query).first() is not None


def report(found: StoredReport) -> Report:
    """Build the report of a row; its name is the row's."""
    return Report.model_validate_json(json.dumps({**json.loads(found.body), "name": found.name}))


def add(connection: Connection, sandbox: str, report_model: Report, actor: str, now: int) -> int:
    """Insert a report; return its id."""
    values = {
        "sandbox": sandbox,
        "revision": 1,
        **_values(report_model, actor, now),
        "created_by": actor,
        "created_at": now,
    }
    return new_id(connection.execute(insert(reports).values(**values)))


def change(connection: Connection, number: int, revision: int, report_model: Report, actor: str, now: int) -> None:
    """Replace a report."""
    values = {"revision": revision, **_values(report_model, actor, now)}
    connection.execute(update(reports).where(reports.c.id == number).values(**values))


def _values(report_model: Report, actor: str, now: int) -> dict[str, object]:
    body = report_model.model_dump_json(exclude_defaults=True, exclude={"name"})
    return {"name": report_model.name, "body": body, "changed_by": actor, "changed_at": now}


def remove(connection: Connection, number: int) -> None:
    """Delete a report."""
    connection.execute(delete(reports).where(reports.c.id == number))


def feedback_between(
    connection: Connection, version_ids: Sequence[int], since: int, until: int
) -> Generator[tuple[int, str, str, str, int], None, None]:
    """Yield the message feedback of a period without tests: (version, activity, channel, kind, at)."""
    columns = (messages.c.version_id, messages.c.activity, messages.c.channel, feedback.c.kind, feedback.c.at)
    query = (
        select(*columns)
        .join(messages, messages.c.id == feedback.c.message)
        .where(messages.c.version_id.in_(version_ids), messages.c.in_test.is_(False))
        .where(feedback.c.at >= since, feedback.c.at < until)
    )
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as found:
        for one in found:
            yield one[0], one[1], one[2], one[3], one[4]


def discards_between(
    connection: Connection, sandbox: str, since: int, until: int
) -> Generator[tuple[int, str, str, str], None, None]:
    """Yield the refused events of a period: (at, event, journey, reason); '' for what is unknown."""
    columns = (discards.c.at, discards.c.event, discards.c.journey, discards.c.reason)
    query = select(*columns).where(discards.c.sandbox == sandbox, discards.c.at >= since, discards.c.at < until)
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as found:
        for one in found:
            yield one[0], one[1] or "", one[2] or "", one[3]


def current_counts(connection: Connection, version_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """How many people stand at each activity now, by version and activity, tests left out."""
    query = select(counters.c.version_id, counters.c.name, counters.c.n).where(
        counters.c.version_id.in_(version_ids), counters.c.in_test.is_(False), counters.c.kind == "at"
    )
    return {(version, name): number for version, name, number in connection.execute(query) if number}
