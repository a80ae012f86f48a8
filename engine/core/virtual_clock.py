"""The virtual clock of a test session: time goes only as far as its user lets it (runtime.md, Test mode)."""

from __future__ import annotations

import msgspec

UNTIL_PAUSED = -1
"""``VirtualClock.moments`` of a clock that runs until it is paused."""


class VirtualClock(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state of a session's clock. ``now`` is epoch ms and stands still between two moments.

    ``moments`` counts the points of time at which something may still happen before the clock is paused; ``until`` is
    where it stops at the latest, and goes to. Between two points at least ``pace_ms`` of real time pass.
    """

    now: int
    moments: int = 0
    until: int | None = None
    pace_ms: int = 0

    def dump(self) -> str:
        """Return the stored form."""
        return msgspec.json.encode(self).decode()


def read_clock(stored: str | None) -> VirtualClock | None:
    """Read the form of :meth:`VirtualClock.dump`; None where the real clock holds."""
    return None if stored is None else msgspec.json.decode(stored, type=VirtualClock)
