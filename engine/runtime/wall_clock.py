"""The wall clock of the embedded runner: it never runs backwards and never stands still (runtime.md, Durability)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENT = 0.99
"""How fast time goes while the machine's clock is behind: so the two meet again, and timers hardly notice."""


class WallClock:
    """Epoch milliseconds that do not decrease, whatever is done to the machine's clock.

    A clock set forward is followed. One that is set back is not: time goes on from where it was, by the clock that
    nobody can set, a little slower until the other has caught up. ``floor`` is the latest time known from before (the
    newest row of the workspace): a clock that was set back while the program did not run fires nothing twice either.
    """

    def __init__(
        self,
        floor: int = 0,
        source: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._steady = steady
        self._lock = threading.Lock()
        self._latest = float(floor)
        self._seen = steady()

    def now(self) -> int:
        """Epoch milliseconds UTC."""
        with self._lock:
            seen = self._steady()
            passed = (seen - self._seen) * 1000
            self._seen = seen
            self._latest = max(self._source() * 1000, self._latest + passed * PATIENT)
            return int(self._latest)
