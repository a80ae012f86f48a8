"""The time of the embedded runner: its clock, and the pauses and turns of its threads.

The clock never runs backwards and never stands still (runtime.md, Durability).

What a batch makes is freed by counting references; there are hardly any cycles. The usual thresholds make Python's
collector look at the whole program every few hundred people: a quarter of the time, and pauses of a tenth of a second.

The writer lets go of the interpreter at each row it writes. With the usual turns of five milliseconds it then waits
that long, for some row of each small batch, until the thread that answers senders gives it back.
"""

from __future__ import annotations

import gc
import sys
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

    @property
    def skew(self) -> int:
        """How many milliseconds this clock is ahead of the machine's."""
        return self.now() - int(self._source() * 1000)


_YOUNG = 10_000
_OLDER = 50
_TURN_SECONDS = 0.001


def tune_gc() -> None:
    """Look for cycles among new objects less often, everything is still found; and take shorter turns."""
    gc.set_threshold(_YOUNG, _OLDER, _OLDER)
    sys.setswitchinterval(_TURN_SECONDS)


def freeze_gc() -> None:
    """Exclude everything loaded so far from collection; for a process that only runs the engine."""
    gc.collect()
    gc.freeze()
