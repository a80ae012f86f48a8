"""Virtual time: a queue of callbacks by time, in the order that holds at one instant (runtime.md, Events in)."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

RESULTS, TIMERS, COMMANDS, EVENTS, GLOBAL_TIMEOUTS = range(5)
"""The order at one instant: results of calls first, the global timeout last."""

Callback = Callable[[], None]


class Timeline:
    """Callbacks by time. ``now`` is epoch ms: the time of the callback that runs."""

    def __init__(self, start: int) -> None:
        self.now = start
        self._entries: list[tuple[int, int, int, int, Callback]] = []
        self._order = count()

    def schedule(self, at: int, order: int, callback: Callback, rank: int = 0) -> None:
        """Run ``callback`` at a time, or at once if that is past; at one instant by order, rank, then as scheduled."""
        heappush(self._entries, (max(at, self.now), order, rank, next(self._order), callback))

    def run(self, until: int) -> None:
        """Run everything up to ``until``, which is included."""
        while self._entries and self._entries[0][0] <= until:
            self.now, _, _, _, callback = heappop(self._entries)
            callback()
        self.now = max(self.now, until)
