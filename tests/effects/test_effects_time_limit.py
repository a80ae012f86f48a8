"""Time limits of calls while the process stands still, and errors that are the engine's own."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import Any

import pytest

from engine.effects.network import check_descriptors
from engine.effects.time_limit import GRACE_SECONDS, time_limit
from engine.ports import DescriptorsUsedError


class MovedClock:
    """The clock of the running loop, moved ahead as a process that was stopped finds it."""

    def __init__(self) -> None:
        self.ahead = 0.0
        loop = asyncio.get_running_loop()
        real = loop.time
        loop.time = lambda: real() + self.ahead  # type: ignore[method-assign]

    async def move(self, seconds: float) -> None:
        """Move the clock and let the loop run what is due."""
        self.ahead += seconds
        for _ in range(5):
            await asyncio.sleep(0)


async def answered(limit: float, answer: asyncio.Future[str]) -> str:
    """A call with a time limit."""
    async with time_limit(limit):
        return await answer


def test_answer_during_stall_counts() -> None:
    async def scenario() -> str:
        clock = MovedClock()
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        call = asyncio.ensure_future(answered(30, answer))
        await clock.move(0)
        await clock.move(60)
        answer.set_result("answered")
        return await call

    assert asyncio.run(scenario()) == "answered"


def test_call_without_answer_ends_after_grace() -> None:
    async def scenario() -> None:
        clock = MovedClock()
        call = asyncio.ensure_future(answered(30, asyncio.get_running_loop().create_future()))
        await clock.move(0)
        await clock.move(60)
        assert not call.done()
        await clock.move(GRACE_SECONDS + 0.1)
        with pytest.raises(TimeoutError):
            await call

    asyncio.run(scenario())


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_call_without_stall_ends_in_time(seconds: float) -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(answered_never(seconds))


async def answered_never(seconds: float) -> None:
    await answered(seconds, asyncio.get_running_loop().create_future())


def test_missing_descriptors_are_no_error_of_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    check_descriptors()

    def refuse(*_: Any) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        with pytest.raises(DescriptorsUsedError):
            check_descriptors()
