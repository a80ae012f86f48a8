"""Step events page by page, each exactly once, though some of them move to archives between two pages.

Archives are read in the order in which they were made, and what is kept behind them, with the number of archives there
were in the same look. When there are more of them at the next page, they hold step events that were kept before: those
up to the last number seen are known already, and what is still kept afterwards is all unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from engine.ports import JsonObject, Runner
from engine.services.views import StepPage
from engine.store import archive_queries, step_files
from engine.store.archive_queries import Archive
from engine.store.results import Connection


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
            and self.since <= record["timestamp"]
            and (self.until is None or record["timestamp"] < self.until)
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


class StepPager:
    """See the module. ``read`` gives the records of an archive."""

    def __init__(self, runner: Runner[Connection], read: Callable[[Archive], Iterator[JsonObject]]) -> None:
        self._runner = runner
        self._read = read

    def page(self, wanted: StepFilter, cursor: str, limit: int, *, archived: bool) -> StepPage:
        """Read the page after the one with this cursor, or the first."""
        mark = StepCursor.read(cursor) if cursor else None
        while True:
            with self._runner.read() as connection:
                archives = archive_queries.list_archives(connection)
                mark = mark or StepCursor(0 if archived else len(archives))
                if mark.archive >= len(archives):
                    return _kept(connection, wanted, mark, limit)
            found = self._archived(archives, wanted, mark, limit)
            if isinstance(found, StepPage):
                return found
            mark = found

    def _archived(
        self, archives: tuple[Archive, ...], wanted: StepFilter, mark: StepCursor, limit: int
    ) -> StepPage | StepCursor:
        """Read the next page of archives; or, after the last of them, where to go on."""
        for archive in archives[mark.archive :]:
            if archive.last > mark.after and wanted.may_be_in(archive):
                read = list(islice(self._read(archive), mark.skip, mark.skip + limit))
                if read:
                    rows = tuple(record for record in read if record["n"] > mark.after and wanted.has(record))
                    full = len(read) == limit
                    following = mark._replace(skip=mark.skip + limit) if full else mark.behind(archive)
                    return StepPage(rows, following.written())
            mark = mark.behind(archive)
        return mark


def _kept(connection: Connection, wanted: StepFilter, mark: StepCursor, limit: int) -> StepPage:
    chosen = {name: value for name, value in wanted._asdict().items() if name != "with_keys"}
    rows = archive_queries.steps_after(connection, mark.after, limit, **chosen)
    records = [step_files.record_of(row) for row in rows]
    if wanted.with_keys:
        keys = archive_queries.instance_keys(connection, {row.instance for row in rows})
        for record, row in zip(records, rows, strict=True):
            record |= dict(zip(step_files.KEYS, keys.get(row.instance, ("", "")), strict=True))
    following = mark._replace(after=rows[-1].n).written() if len(rows) == limit else None
    return StepPage(tuple(records), following)
