"""Capping as plain data: so many calls in a period, counted exactly (runtime.md, Guardrails)."""

from __future__ import annotations

from collections import deque


class CappingWindow:
    """Admits at most ``limit`` calls in any ``period`` milliseconds.

    It remembers when each admitted call was made, so the count holds for every window, however it is aligned: after
    a burst of ``limit`` calls the next one is admitted exactly ``period`` later. ``now`` is any clock in milliseconds
    that does not run backwards.
    """

    __slots__ = ("_made", "limit", "period")

    def __init__(self, limit: int, period: int) -> None:
        self.limit = limit
        self.period = period
        self._made: deque[int] = deque()

    def has_room(self, now: int) -> bool:
        """Whether one more call may be made now; takes nothing."""
        made = self._made
        while made and made[0] <= now - self.period:
            made.popleft()
        return len(made) < self.limit

    def take(self, now: int) -> None:
        """Count a call made now; ask :meth:`has_room` first."""
        self._made.append(now)

    def change(self, limit: int, period: int) -> None:
        """Change the limit and the period at once; calls counted so far stay counted."""
        self.limit = limit
        self.period = period
