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

JUMP_MS = 300_000
"""A clock that is set forward by more than this is not followed before somebody accepts it."""
SKEW_MS = 5_000
"""A difference of the clocks that is reported."""
PATIENT = 0.99
"""How fast time goes while the machine's clock is behind: so the two meet again, and timers hardly notice."""


def steady_seconds() -> float:
    """Return the clock that nobody can set; it goes on while the machine sleeps, where the system has such a clock."""
    return time.clock_gettime(_BOOT_TIME) if _BOOT_TIME is not None else time.monotonic()


_BOOT_TIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class WallClock:
    """Epoch milliseconds that do not decrease, whatever is done to the machine's clock.

    A clock set forward by a little is followed. By more than :data:`JUMP_MS` it is not: time goes on by the clock that
    nobody can set, until somebody accepts the jump or the clock is set right again. One that is set back is not
    followed either: time goes on from where it was, a little slower until the other has caught up. ``floor`` is the
    latest time known from before (the newest row of the workspace): a clock that was set back while the program did
    not run fires nothing twice either.
    """

    def __init__(
        self,
        floor: int = 0,
        source: Callable[[], float] = time.time,
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self._source = source
        self._steady = steady
        self._lock = threading.Lock()
        self._latest = float(floor)
        self._seen = steady()
        self._is_known = False  # whether the time was read since the start: what passed before is not known
        self._jump = 0.0

    def now(self) -> int:
        """Epoch milliseconds UTC."""
        with self._lock:
            seen = self._steady()
            passed = (seen - self._seen) * 1000
            self._seen = seen
            machine, own = self._source() * 1000, self._latest + passed
            if self._is_known and machine - own > JUMP_MS:
                self._jump, self._latest = machine - own, own
            else:
                self._is_known, self._jump = True, 0.0
                self._latest = max(machine, self._latest + passed * PATIENT)
            return int(self._latest)

    @property
    def jump(self) -> int:
        """By how many milliseconds the machine's clock has jumped ahead, while that is held; else 0."""
        self.now()
        return int(self._jump)

    def hold(self, jump: int) -> None:
        """Go on holding a jump that the last process held."""
        with self._lock:
            self._latest = max(self._latest, self._source() * 1000 - jump)
            self._is_known = True

    def accept(self) -> None:
        """Follow the machine's clock from now on."""
        with self._lock:
            self._latest = max(self._latest, self._source() * 1000)

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
