"""Step events outside of reports: in pages for exports, in archives, and asked with SQL (runtime.md, Step events)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from engine.errors import SojournError
from engine.ports import JsonObject, Runner
from engine.services.access import ADMINISTER, READ_REPORTS, AccessService, Service
from engine.services.service_method import requires
from engine.services.step_pages import StepFilter, StepPager
from engine.services.views import ArchiveRow, Caller, QueryAnswer, StepPage
from engine.store import archive_queries, step_files
from engine.store.archive_queries import Archive
from engine.store.results import Connection
from engine.store.step_query import StepQueryResult

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
        self._pages = StepPager(runner, self._read)

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
        return self._pages.page(wanted, cursor, max(1, min(limit, LARGEST_PAGE)), archived=archived)

    def _archives(self) -> tuple[Archive, ...]:
        with self._runner.read() as connection:
            return archive_queries.list_archives(connection)

    def _read(self, archive: Archive) -> Iterator[JsonObject]:
        try:
            yield from step_files.read_parquet(Path(archive.name))
        except OSError as error:
            raise SojournError("archive_unreadable", name=archive.name, reason=error) from None

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
        records = None if archives is None else (record for one in archives for record in self._read(one))
        return self._ask(caller.sandbox, sql, max(1, min(limit, LONGEST_ANSWER)), records)

    @requires(READ_REPORTS)
    def note(self, caller: Caller, what: str, path: str, with_keys: bool = False) -> None:
        """Remember a file that the caller wrote: an erasure names it."""
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            archive_queries.record_export(connection, now, caller.actor, caller.sandbox, what, path, with_keys)
            self._access.record(connection, caller, "export", what)

        self._runner.write(work)
