"""The wall clock of the embedded runner: it never runs backwards (runtime.md, Durability)."""

from __future__ import annotations

import time
from collections.abc import Callable


class WallClock:
    """Epoch milliseconds that do not decrease, whatever is done to the machine's clock.

    ``floor`` is the latest time known from before (the newest row of the workspace): a clock that was set back while
    the program was not running fires nothing twice either.
    """

    def __init__(self, floor: int = 0, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._latest = floor

    def now(self) -> int:
        """Epoch milliseconds UTC."""
        self._latest = max(self._latest, int(self._source() * 1000))
        return self._latest
