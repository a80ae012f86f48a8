"""Segment memberships within one transaction: what changes with a profile's data, with time and by hand."""

from __future__ import annotations

from collections.abc import Collection

from engine.core.segments import ENTER, Change, Membership
from engine.model.definitions import Profile
from engine.runtime.store_protocol import RuntimeStore

_MAX_CHANGES = 1_000


class SegmentCycleError(RuntimeError):
    """Segments and journeys change one another without end."""


class SegmentMemberships:
    """Evaluates segments for profiles and keeps the memberships that follow."""

    def __init__(self, store: RuntimeStore) -> None:
        self._store = store
        self._profiles: set[int] = set()
        self._changes = 0
        self._since = store.now

    def names(self, sandbox: str, profile_id: int) -> list[str]:
        """List the segments that a profile is in."""
        memberships = self._store.memberships(profile_id)
        order = dict.fromkeys((*self._store.deployment.sandboxes[sandbox].segments.names, *memberships))
        return [name for name in order if memberships.get(name, Membership()).inside]

    def refresh(self, sandbox: str, profile_id: int, profile: Profile, now: int) -> tuple[Change, ...]:
        """Evaluate the streaming segments after a profile's data changed."""
        return self.evaluate(sandbox, profile_id, profile, self._store.ready_segments(sandbox, profile_id), now)

    def evaluate(
        self,
        sandbox: str,
        profile_id: int,
        profile: Profile,
        names: Collection[str],
        now: int,
        changed: Collection[str] = (),
    ) -> tuple[Change, ...]:
        """Evaluate some segments, and those that ask for one in ``changed``; the changes hold from now on."""
        store = self._store
        memberships = store.memberships(profile_id)
        segments = store.deployment.sandboxes[sandbox].segments
        found = segments.changes(profile, memberships, names, now, changed)
        self._refuse_cycle(profile_id, len(found))
        for name, change in found:
            given = memberships.get(name, Membership()).given
            store.put_membership(profile_id, name, Membership(change == ENTER, given))
        return found

    def _refuse_cycle(self, profile_id: int, changes: int) -> None:
        """Raise SegmentCycleError when one instant brings more changes than its profiles can explain."""
        if self._since != self._store.now:
            self._since, self._changes, self._profiles = self._store.now, 0, set()
        self._profiles.add(profile_id)
        self._changes += changes
        if self._changes > _MAX_CHANGES * len(self._profiles):
            raise SegmentCycleError(f"more than {_MAX_CHANGES} changes of segments at one instant for a profile")
