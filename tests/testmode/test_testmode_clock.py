"""When the clock of a test session looks whether something is due: whenever it might be, and never for nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine.ports import UNTIL_PAUSED, VirtualClock
from engine.testmode.session_clocks import ClockJob, SessionClocks


class Still:
    """A real clock that stands."""

    def now(self) -> int:
        return 0


def session(number: int) -> Any:
    return SimpleNamespace(id=number, clock=VirtualClock(0, UNTIL_PAUSED))


@pytest.fixture
def writer() -> Any:
    return SimpleNamespace(clock=Still(), processed=7, deployment=SimpleNamespace(tested=[session(1), session(2)]))


def look(clocks: SessionClocks) -> list[ClockJob]:
    return cast("list[ClockJob]", clocks.due())


def commit(writer: Any, ticks: list[ClockJob], others: int = 0, moved: bool = False) -> None:
    """One transaction with these ticks and other pieces of work, as the writer ends it."""
    for tick in ticks:
        tick.moved = moved
    writer.processed += others + sum(tick.made_progress for tick in ticks)
    for tick in ticks:
        tick.succeed()


def test_idle_clocks_do_not_wake_each_other(writer: Any) -> None:
    clocks = SessionClocks(writer)
    first, second = look(clocks)
    commit(writer, [first])
    commit(writer, [second])
    assert look(clocks) == []


def test_later_work_wakes_clocks(writer: Any) -> None:
    clocks = SessionClocks(writer)
    commit(writer, look(clocks))
    commit(writer, [], others=1)
    assert len(look(clocks)) == 2


def test_work_in_same_transaction_wakes_clocks(writer: Any) -> None:
    clocks = SessionClocks(writer)
    commit(writer, look(clocks), others=1)
    assert len(look(clocks)) == 2


def test_moved_clock_rescans_and_wakes_others(writer: Any) -> None:
    clocks = SessionClocks(writer)
    first, second = look(clocks)
    commit(writer, [second])
    commit(writer, [first], moved=True)
    assert len(look(clocks)) == 2
