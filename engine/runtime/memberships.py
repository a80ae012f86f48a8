"""Memberships within one transaction: who is in which segment, and what becomes of it when data or time change."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from engine.core.segments import ENTER, Change, Membership
from engine.model.profile import Profile
from engine.store import segment_queries

if TYPE_CHECKING:
    from engine.runtime.unit_of_work import UnitOfWork

_CIRCLE = 1_000


class SegmentCycleError(RuntimeError):
    """Segments and journeys change one another without end."""


class SegmentMemberships:
    """See the module. Memberships are written at the transaction's end, which tells the journeys."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._standing: dict[int, dict[str, Membership]] = {}
        self._rounds: dict[str, dict[str, segment_queries.SegmentRound]] = {}
        self._changes = 0

    def names(self, sandbox: str, profile_id: int) -> list[str]:
        """The segments that a profile is in."""
        standing = self._of(profile_id)
        order = dict.fromkeys((*self._work.deployment.sandboxes[sandbox].segments.names, *standing))
        return [name for name in order if standing.get(name, Membership()).inside]

    def refresh(self, sandbox: str, profile_id: int, profile: Profile, now: int) -> tuple[Change, ...]:
        """What changes with a profile's data. Who a segment's first round has not come to yet is left to that round."""
        if sandbox not in self._rounds:
            self._rounds[sandbox] = segment_queries.load_rounds(self._work.connection, sandbox)
        rounds = self._rounds[sandbox]
        streaming = self._work.deployment.sandboxes[sandbox].segments.streaming
        names = {name for name in streaming if name in rounds and _reached(rounds[name], profile_id)}
        return self.look(sandbox, profile_id, profile, names, now)

    def look(
        self, sandbox: str, profile_id: int, profile: Profile, names: Collection[str], now: int
    ) -> tuple[Change, ...]:
        """Look at some segments of a profile; what changed is so from now on."""
        standing = self._of(profile_id)
        found = self._work.deployment.sandboxes[sandbox].segments.changes(profile, standing, names, now)
        self._changes += len(found)
        if self._changes > _CIRCLE * max(1, len(self._standing)):
            raise SegmentCycleError(f"more than {_CIRCLE} changes of segments at one instant for a profile")
        for name, change in found:
            standing[name] = Membership(change == ENTER, standing.get(name, Membership()).given)
            self._work.stands(profile_id, name, standing[name], now)
        return found

    def expect(self, profile_ids: Collection[int]) -> None:
        """Read how these profiles stand together."""
        wanted = [profile_id for profile_id in profile_ids if profile_id not in self._standing]
        if wanted:
            self._standing |= segment_queries.load_standings(self._work.connection, wanted)

    def _of(self, profile_id: int) -> dict[str, Membership]:
        self.expect((profile_id,))
        return self._standing[profile_id]


def _reached(one: segment_queries.SegmentRound, profile_id: int) -> bool:
    return one.computed_at is not None or (one.cursor is not None and profile_id <= one.cursor)
