"""The log of merges of profiles: shown, and undone one by one (docs/people.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.core.identity import strength
from engine.core.profiles import Membership
from engine.errors import SojournError
from engine.services.access import MANAGE_AUDIENCES, READ_DEFINITIONS, Service
from engine.services.profile_views import MergedProfile, MergePage, MergeRow
from engine.services.service_method import requires
from engine.services.views import Caller
from engine.store import merge_queries
from engine.store.merge_queries import GONE, MergeRecord, is_inside
from engine.store.results import Connection


class MergeService(Service):
    """See the module."""

    @requires(READ_DEFINITIONS)
    def list(self, caller: Caller, search: str = "", limit: int = 100, offset: int = 0) -> MergePage:
        """List the merges that contain ``search``, and identities that were refused or moved, newest first."""
        with self._runner.read() as connection:
            total, rows = merge_queries.search_merges(connection, caller.sandbox, search, limit, offset)
        return MergePage(total, tuple(_view(row) for row in rows))

    @requires(MANAGE_AUDIENCES)
    def undo(self, caller: Caller, number: int) -> None:
        """Make the profiles of a merge several again; what was changed since stays with the one that was kept."""
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            found = merge_queries.find_merge(connection, caller.sandbox, number)
            if found is None:
                raise SojournError("merge_unknown", number=number)
            if not found.body["before"]:
                raise SojournError("merge_nothing", number=number)
            if found.undone_at is not None:
                raise SojournError("merge_undone", number=number)
            if not merge_queries.undo(connection, caller.sandbox, found, now):
                raise SojournError("merge_later", number=number)
            self._access.record(connection, caller, "undo_merge", str(number))

        self._runner.write(work)


def _view(row: MergeRecord) -> MergeRow:
    body: Mapping[str, Any] = row.body
    before = tuple(_profile(one) for one in body["before"])
    first = before[0].identities if before else body["stated"]
    can_undo = bool(before) and row.undone_at is None and row.kept != GONE
    return MergeRow(
        number=row.n,
        at=row.at,
        stated=body["stated"],
        by=tuple(body["by"]),
        priority=strength(first)[1],
        before=before,
        refused=tuple(body["refused"]),
        moved=tuple(body["moved"]),
        can_undo=can_undo,
        undone_at=row.undone_at,
    )


def _profile(one: Mapping[str, Any]) -> MergedProfile:
    members = tuple(name for name, standing in one["segments"].items() if is_inside(Membership(*standing)))
    return MergedProfile(one["identities"], one["attributes"], one["test_profile"], len(one["events"]), members)
