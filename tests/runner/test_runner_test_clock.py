"""When the clock of a test session looks whether something is due: whenever it might be, and never for nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine.runner.test_clock import TestClocks, Tick
from engine.store.test_rows import RUN_ON, VirtualClock


class Still:
    """A real clock that stands."""

    def now(self) -> int:
        return 0


def session(number: int) -> Any:
    return SimpleNamespace(id=number, clock=VirtualClock(0, RUN_ON))


@pytest.fixture
def writer() -> Any:
    return SimpleNamespace(processed=7, catalogue=SimpleNamespace(tested=[session(1), session(2)]))


def look(clocks: TestClocks) -> list[Tick]:
    return cast("list[Tick]", clocks.due())


def commit(writer: Any, ticks: list[Tick], others: int = 0, moved: bool = False) -> None:
    """One transaction with these ticks and other pieces of work, as the writer ends it."""
    for tick in ticks:
        tick.moved = moved
    writer.processed += others + sum(tick.done_something for tick in ticks)
    for tick in ticks:
        tick.done()


def test_clocks_with_nothing_due_rest_and_wake_one_another_for_nothing(writer: Any) -> None:
    clocks = TestClocks(writer, Still())
    first, second = look(clocks)
    commit(writer, [first])
    commit(writer, [second])
    assert look(clocks) == []


def test_what_is_done_later_wakes_them(writer: Any) -> None:
    clocks = TestClocks(writer, Still())
    commit(writer, look(clocks))
    commit(writer, [], others=1)
    assert len(look(clocks)) == 2


def test_what_is_done_beside_a_look_in_the_same_transaction_wakes_them(writer: Any) -> None:
    clocks = TestClocks(writer, Still())
    commit(writer, look(clocks), others=1)
    assert len(look(clocks)) == 2


def test_a_clock_that_moved_looks_again_and_lets_the_others_look(writer: Any) -> None:
    clocks = TestClocks(writer, Still())
    first, second = look(clocks)
    commit(writer, [second])
    commit(writer, [first], moved=True)
    assert len(look(clocks)) == 2
