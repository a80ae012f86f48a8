"""Wakes many waiters in the order of their times, and of those with the same time in the order they came.

The event loop's own timers are not kept in that order, and calls that wait for a throttle must start in turn.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

Waiter = tuple[int, int, "asyncio.Future[None]"]


class Alarm:
    """Belongs to one event loop. ``clock`` is in milliseconds."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._waiting: list[Waiter] = []
        self._arrivals = count()
        self._handle: asyncio.TimerHandle | None = None

    async def wait_until(self, moment: int) -> None:
        """Returns at that time of the clock, not earlier."""
        if moment <= self._clock():
            return
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (moment, next(self._arrivals), future))
        if self._waiting[0][2] is future:
            self._set()
        await future

    def _set(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        wait = max(0, self._waiting[0][0] - self._clock()) / 1_000
        self._handle = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        now = self._clock()
        while self._waiting and self._waiting[0][0] <= now:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)
        self._handle = None
        if self._waiting:
            self._set()
