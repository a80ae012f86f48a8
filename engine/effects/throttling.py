"""Throttling as plain data: calls wait instead of being refused (runtime.md, Guardrails)."""

from __future__ import annotations

from collections import deque

PERIOD = 1_000
"""Throughput is counted in calls a second."""

LONGEST_QUEUE = 6 * 60 * 60 * 1_000
"""No call waits longer than six hours, in milliseconds."""


class ThrottleQueue:
    """Gives each call the moment it may start: in order, at most ``rate`` in any second.

    Moments are reserved when they are asked for, so nothing has to be woken in the right order.
    """

    __slots__ = ("_starts", "rate")

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._starts: deque[int] = deque()

    def next_start(self, now: int) -> int:
        """Return the time at which the next call may start; reserve nothing."""
        starts = self._starts
        if not starts:
            return now
        start = max(now, starts[-1])
        return max(start, starts[-self.rate] + PERIOD) if len(starts) >= self.rate else start

    def reserve(self, start: int) -> None:
        """Take the moment that :meth:`next_start` gave."""
        self._starts.append(start)
        while len(self._starts) > self.rate:
            self._starts.popleft()

    def change(self, rate: int) -> None:
        """Change the rate at once; reserved times stay reserved."""
        self.rate = rate
