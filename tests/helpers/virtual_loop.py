"""An event loop whose clock moves only while nothing can happen: waits take no time, and no busy machine is late.

Sockets are real. A wait for a time is skipped when no socket is ready and no thread works for the loop, so what is
measured on its clock are the waits that the code asked for, and not how fast the machine is.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

Answer = TypeVar("Answer")
Arguments = TypeVarTuple("Arguments")
_DELIVERY = 0.02
"""Seconds in which the kernel hands over what was sent within this process, before the clock is moved."""


class _Selector(selectors.DefaultSelector):
    """Reports ready sockets; moves the clock of its loop instead of waiting for a time."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        while not (ready := super().select(_DELIVERY)) and self.loop.busy_threads:
            continue
        if not ready:
            self.loop.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module. ``now`` is its time in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.busy_threads = 0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def milliseconds(self) -> int:
        """Return its time in whole milliseconds."""
        return round(self.now * 1_000)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Arguments]], Answer], *args: *Arguments
    ) -> asyncio.Future[Answer]:
        """Count the work of threads, for which the clock stands still."""
        future = super().run_in_executor(executor, func, *args)
        self.busy_threads += 1
        future.add_done_callback(self._count_down)
        return future

    def _count_down(self, _future: object) -> None:
        self.busy_threads -= 1


def run_virtual(main: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a coroutine on a virtual loop."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def loop_ms() -> int:
    """Return the time of the running loop, virtual or not, in milliseconds."""
    return round(asyncio.get_running_loop().time() * 1_000)
