"""Step events outside of reports: in pages for exports, in archives, and asked with SQL (runtime.md, Step events).

A page has each step event exactly once, though some of them move to archives between two pages: archives are read in
the order in which they were made, and what is kept behind them, with the number of archives at the same moment. When
there are more of them at the next page, they hold step events that were kept before: those up to the last number seen
are known already, and what is still kept afterwards is all unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from engine.errors import SojournError
from engine.json_types import JsonObject
from engine.ports import Runner
from engine.services.access import ADMINISTER, READ_REPORTS, AccessService, Service
from engine.services.report_views import ArchiveRow, QueryAnswer, StepPage
from engine.services.service_method import requires
from engine.services.views import Caller
from engine.store import retention_queries, step_files
from engine.store.results import Connection
from engine.store.retention_queries import Archive
from engine.store.step_query import StepQueryResult


class StepFilter(NamedTuple):
    """Which step events."""

    sandbox: str
    journey: str | None
    since: int
    until: int | None
    with_keys: bool

    def may_be_in(self, archive: Archive) -> bool:
        """Whether an archive can have some of them."""
        return archive.until_at >= self.since and (self.until is None or archive.from_at < self.until)

    def has(self, record: JsonObject) -> bool:
        """Whether this is one of them."""
        return (
            record["sandbox"] == self.sandbox
            and self.journey in (None, record["journey_name"])
            and self.since <= _number(record, "timestamp")
            and (self.until is None or _number(record, "timestamp") < self.until)
        )


class StepCursor(NamedTuple):
    """How far a reader is: the archive, how many of its records, and the last number seen among those kept."""

    archive: int
    skip: int = 0
    after: int = 0

    @classmethod
    def read(cls, cursor: str) -> StepCursor:
        """Read a cursor from its text."""
        return cls(*map(int, cursor.split(":")))

    def written(self) -> str:
        """Write the cursor as a text."""
        return ":".join(map(str, self))

    def behind(self, archive: Archive) -> StepCursor:
        """Where to go on behind an archive; if it reaches beyond what was seen, all that is kept is unseen."""
        return StepCursor(self.archive + 1, 0, 0 if archive.last >= self.after else self.after)


def _archived(archives: tuple[Archive, ...], wanted: StepFilter, mark: StepCursor, limit: int) -> StepPage | StepCursor:
    """Read the next page of archives; or, after the last of them, where to go on."""
    for archive in archives[mark.archive :]:
        if archive.last > mark.after and wanted.may_be_in(archive):
            read = list(islice(_read(archive), mark.skip, mark.skip + limit))
            if read:
                rows = tuple(record for record in read if _number(record, "n") > mark.after and wanted.has(record))
                full = len(read) == limit
                following = mark._replace(skip=mark.skip + limit) if full else mark.behind(archive)
                return StepPage(rows, following.written())
        mark = mark.behind(archive)
    return mark


def _read(archive: Archive) -> Iterator[JsonObject]:
    try:
        yield from step_files.read_parquet(Path(archive.name))
    except OSError as error:
        raise SojournError("archive_unreadable", name=archive.name, reason=error) from None


def _number(record: JsonObject, name: str) -> int:
    value = record[name]
    return value if isinstance(value, int) else 0


def _kept(connection: Connection, wanted: StepFilter, mark: StepCursor, limit: int) -> StepPage:
    chosen = {name: value for name, value in wanted._asdict().items() if name != "with_keys"}
    rows = retention_queries.steps_after(connection, mark.after, limit, **chosen)
    records = [step_files.record_of(row) for row in rows]
    if wanted.with_keys:
        keys = retention_queries.instance_keys(connection, {row.instance for row in rows})
        for record, row in zip(records, rows, strict=True):
            record |= dict(zip(step_files.KEYS, keys.get(row.instance, ("", "")), strict=True))
    following = mark._replace(after=rows[-1].n).written() if len(rows) == limit else None
    return StepPage(tuple(records), following)


PAGE = 2_000
LARGEST_PAGE = 10_000
LONGEST_ANSWER = 100_000
MOST_ARCHIVED = 1_000_000
"""Archived step events that a query may read: they are held in memory meanwhile."""

Ask = Callable[[str, str, int, Iterator[JsonObject] | None], StepQueryResult]
"""Asks the database: (sandbox, query, limit, archived step events)."""


class ArchiveService(Service):
    """See the module. ``ask`` and ``guarded`` come with the store: only one that guards its tables lets others ask."""

    def __init__(self, runner: Runner[Connection], access: AccessService, ask: Ask, *, guarded: bool) -> None:
        super().__init__(runner, access)
        self._ask = ask
        self._guarded = guarded

    @requires(READ_REPORTS)
    def list(self, caller: Caller) -> tuple[ArchiveRow, ...]:
        """List the archives, the oldest first; they hold the step events of all sandboxes."""
        return tuple(
            ArchiveRow(one.name, one.rows, one.from_at, one.until_at, one.made_at, Path(one.name).exists())
            for one in self._archives()
        )

    @requires(READ_REPORTS)
    def steps(
        self,
        caller: Caller,
        cursor: str = "",
        limit: int = PAGE,
        journey: str | None = None,
        since: int = 0,
        until: int | None = None,
        archived: bool = True,
        with_keys: bool = False,
    ) -> StepPage:
        """Read a page of step events in their order, those in archives first; ``cursor`` is the previous page's.

        What moves to an archive between two pages is read there, whether or not ``archived`` asks for older ones.

        With keys, the key and the namespace of each person are joined, as far as the person is still known.
        """
        wanted = StepFilter(caller.sandbox, journey, since, until, with_keys)
        size = max(1, min(limit, LARGEST_PAGE))
        mark = StepCursor.read(cursor) if cursor else None
        while True:
            with self._runner.read() as connection:
                archives = retention_queries.list_archives(connection)
                mark = mark or StepCursor(0 if archived else len(archives))
                if mark.archive >= len(archives):
                    return _kept(connection, wanted, mark, size)
            found = _archived(archives, wanted, mark, size)
            if isinstance(found, StepPage):
                return found
            mark = found

    def _archives(self) -> tuple[Archive, ...]:
        with self._runner.read() as connection:
            return retention_queries.list_archives(connection)

    @requires(READ_REPORTS)
    def query(self, caller: Caller, sql: str, limit: int = 1_000, archived: bool = False) -> QueryAnswer:
        """Run one SELECT on ``steps``, the step events of the caller's sandbox; nothing can be changed.

        With ``archived`` those that are in archives are there too.
        """
        if not self._guarded:
            self._access.require(caller, ADMINISTER)
        found = self._archives() if archived else ()
        answer = self._answer(caller, sql, limit, found if archived else None)
        while archived and found != (now := self._archives()):  # what went there meanwhile was in neither
            found = now
            answer = self._answer(caller, sql, limit, found)
        return QueryAnswer(answer.columns, answer.rows, answer.more)

    def _answer(self, caller: Caller, sql: str, limit: int, archives: tuple[Archive, ...] | None) -> StepQueryResult:
        count = sum(one.rows for one in archives or ())
        if count > MOST_ARCHIVED:
            raise SojournError("archives_large", count=count)
        records = None if archives is None else (record for one in archives for record in _read(one))
        return self._ask(caller.sandbox, sql, max(1, min(limit, LONGEST_ANSWER)), records)

    @requires(READ_REPORTS)
    def note(self, caller: Caller, what: str, path: str, with_keys: bool = False) -> None:
        """Remember a file that the caller wrote: an erasure names it."""
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            retention_queries.record_export(connection, now, caller.actor, caller.sandbox, what, path, with_keys)
            self._access.record(connection, caller, "export", what)

        self._runner.write(work)
