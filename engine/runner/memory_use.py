"""How Python's cycle collector is set for an engine under load.

What a batch makes is freed by counting references; there are hardly any cycles. The usual thresholds make the collector
walk over the whole program every few hundred people: a quarter of the time, and pauses of a tenth of a second.
"""

from __future__ import annotations

import gc

_YOUNG = 50_000
_OLDER = 20


def calm() -> None:
    """Look for cycles among new objects less often; everything is still found."""
    gc.set_threshold(_YOUNG, _OLDER, _OLDER)


def settle() -> None:
    """What is loaded by now stays: never walk over it again. For a process that is an engine and nothing else."""
    gc.collect()
    gc.freeze()
