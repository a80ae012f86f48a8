"""Checks whether a workspace's database is whole: its pages, and whether its tables agree with one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pysqlite3
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from engine.store.database_errors import is_damage, is_missing_table

PAGES = "pages"
_LINES = 20

_QUERIES: Mapping[str, str] = {
    "instances without a version": """
        SELECT count(*) FROM instances WHERE version_id NOT IN (SELECT id FROM versions)""",
    "entries without their running instance": """
        SELECT count(*) FROM entries WHERE instance IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM instances WHERE instances.id = entries.instance AND status = 0)""",
    "running instances without an entry": """
        SELECT count(*) FROM instances JOIN versions ON versions.id = instances.version_id
        WHERE instances.status = 0 AND NOT EXISTS (SELECT 1 FROM entries
        WHERE entries.journey_id = versions.journey_id AND entries.key = instances.key)""",
    "calls without an instance": """
        SELECT count(*) FROM outbox WHERE instance NOT IN (SELECT id FROM instances)""",
    "step events without a version": """
        SELECT count(*) FROM step_events WHERE version_id NOT IN (SELECT id FROM versions)""",
    "counters that differ from the rows": """
        SELECT count(*) FROM (
          SELECT version_id, in_test, activity, sum(n) AS n FROM (
            SELECT version_id, in_test, name AS activity, n FROM counters WHERE kind = 'at'
            UNION ALL
            SELECT version_id, in_test, activity, -count(*) FROM instances
            WHERE status = 0 AND activity <> '' GROUP BY version_id, in_test, activity
          ) AS at_activity GROUP BY version_id, in_test, activity HAVING sum(n) <> 0
        ) AS differing""",
    "identities without a profile": """
        SELECT count(*) FROM identities WHERE profile_id NOT IN (SELECT id FROM profiles)""",
}


@dataclass(frozen=True, slots=True)
class IntegrityCheck:
    """One check: how many rows or pages are wrong, and what the database said."""

    name: str
    faults: int
    details: tuple[str, ...] = ()


def check(connection: Connection) -> tuple[IntegrityCheck, ...]:
    """Check pages and rows, within one read transaction."""
    found = [_pages(connection)]
    for name, query in _QUERIES.items():
        try:
            with connection.begin_nested():  # a query that fails must not end the transaction of the others
                found.append(IntegrityCheck(name, int(connection.execute(text(query)).scalar_one())))
        except DBAPIError as error:
            if not is_damage(error) and not is_missing_table(error):
                raise
            found.append(IntegrityCheck(name, 1, (str(error.orig),)))
    return tuple(found)


def _pages(connection: Connection) -> IntegrityCheck:
    """Check every page of a SQLite file, or read every row of a server's tables."""
    if connection.dialect.name == "sqlite":
        queries = [f"PRAGMA integrity_check({_LINES})"]
    else:
        tables = connection.exec_driver_sql(_TABLES).scalars().all()
        queries = [f"SELECT CASE WHEN count(t::text) >= 0 THEN 'ok' END FROM \"{table}\" AS t" for table in tables]
    details: list[str] = []
    for query in queries:
        try:
            with connection.begin_nested():
                rows = connection.exec_driver_sql(query).scalars().all()
            details += [str(row) for row in rows if row != "ok"]
        except DBAPIError as error:
            if not is_damage(error):
                raise
            details.append(str(error.orig))
    return IntegrityCheck(PAGES, len(details), tuple(details))


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


def damage_in(path: Path, *, quick: bool = False) -> Iterator[str]:
    """Yield what is wrong with the pages of a SQLite file; ``quick`` does not compare indexes with tables."""
    pragma = "quick_check" if quick else "integrity_check"
    try:
        with closing(pysqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(f"PRAGMA {pragma}({_LINES})").fetchall()
    except pysqlite3.DatabaseError as error:
        yield str(error)
        return
    yield from (str(row[0]) for row in rows if row[0] != "ok")
