"""A time limit that notices when the process stood still: what was answered meanwhile is read before it ends a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

STALL_SECONDS = 1.0
"""A timer that fires later than this says that the process was stopped, or busy with something else."""
GRACE_SECONDS = 2.0
"""So much longer a call may then take."""


@asynccontextmanager
async def time_limit(seconds: float) -> AsyncIterator[None]:
    """Raise TimeoutError when the block takes longer than this, not counting a stall of the process at its end."""
    loop = asyncio.get_running_loop()
    timers: list[asyncio.TimerHandle] = []

    async with asyncio.timeout(None) as limit:

        def expire(due: float) -> None:
            now = loop.time()
            if now - due > STALL_SECONDS:
                begin(now + GRACE_SECONDS)
            else:
                limit.reschedule(now)

        def begin(due: float) -> None:
            timers[:] = [loop.call_at(due, expire, due)]

        begin(loop.time() + max(seconds, 0))
        try:
            yield
        finally:
            timers[0].cancel()
