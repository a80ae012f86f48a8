"""Virtual time: what happens when, and in which order at one instant (runtime.md, Events in)."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

RESULTS, TIMERS, COMMANDS, EVENTS, GLOBAL_TIMEOUTS = range(5)
"""The order at one instant: results of calls first, the global timeout last."""

Callback = Callable[[], None]


class Timeline:
    """Deeds by time; ``now`` is the epoch millisecond that is being lived through."""

    def __init__(self, start: int) -> None:
        self.now = start
        self._deeds: list[tuple[int, int, int, int, Callback]] = []
        self._order = count()

    def schedule(self, at: int, order: int, deed: Callback, rank: int = 0) -> None:
        """Do something at a time, or at once if that is past. At one instant: by order, rank, then as scheduled."""
        heappush(self._deeds, (max(at, self.now), order, rank, next(self._order), deed))

    def run(self, until: int) -> None:
        """Live through everything up to ``until``, which is included."""
        while self._deeds and self._deeds[0][0] <= until:
            self.now, _, _, _, deed = heappop(self._deeds)
            deed()
        self.now = max(self.now, until)

    def step(self, until: int | None = None) -> bool:
        """Live through the next deed, if there is one (by ``until``)."""
        if not self._deeds or (until is not None and self._deeds[0][0] > until):
            return False
        self.now, _, _, _, deed = heappop(self._deeds)
        deed()
        return True
