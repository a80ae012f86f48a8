"""How Python itself is set for an engine under load: its cycle collector, and how its threads take turns.

What a batch makes is freed by counting references; there are hardly any cycles. The usual thresholds make the collector
walk over the whole program every few hundred people: a quarter of the time, and pauses of a tenth of a second.

The writer lets go of the interpreter at each row it writes. With the usual turns of five milliseconds it then waits
that long, for some row of each small batch, until the thread that answers senders gives it back.
"""

from __future__ import annotations

import gc
import sys

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
