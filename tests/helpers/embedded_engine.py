"""The embedded runner for tests: a workspace on disk, a clock that the test moves, and a scripted outside world."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from engine.core.effect import Fetch
from engine.core.stimulus import ActionDone, FetchDone
from engine.facade import Engine
from engine.host import WorkspaceHost, host_workspace
from engine.model import journey_file
from engine.model.journey_file import JourneyFile
from engine.ports import Call
from engine.services.report_views import LiveCounts
from engine.services.views import AcceptResult, Caller, VersionRow

START = 1_773_129_600_000
"""2026-03-10T08:00:00Z, the kit's start."""

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
PATIENCE = 180.0
CALLER = Caller()
T = TypeVar("T")


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self, floor: int = 0) -> None:
        self.time = max(START, floor)

    def now(self) -> int:
        return self.time


class ScriptedPerformer:
    """Answers calls: every fetch with ``data``, every action with 200, unless ``reply`` says otherwise."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.data: dict[str, Any] = {"reservation": True}
        self.reply: Callable[[Call], FetchDone | ActionDone | None] = lambda call: None
        self.silent = threading.Event()

    async def perform(self, call: Call) -> FetchDone | ActionDone:
        self.calls.append(call)
        given = self.reply(call)
        if given is not None:
            return given
        if isinstance(call.effect, Fetch):
            return FetchDone(call.effect.call, data=self.data)
        return ActionDone(call.effect.call, status=200, message_id=f"m-{call.key}")

    async def close(self) -> None:
        """Nothing to close."""


def until(look: Callable[[], T], holds: Callable[[T], bool]) -> T:
    """The first ``look()`` for which ``holds``; fails with the last one after a while."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while True:
        seen = look()
        if holds(seen):
            return seen
        assert time.monotonic() < deadline, seen
        pause.wait(0.005)


class EmbeddedEngine:
    """A running engine over a workspace folder."""

    def __init__(self, folder: Path, world: ScriptedPerformer, clock: ManualClock, **options: Any) -> None:
        self.world = world
        self.clock = clock
        owner = host_workspace(folder, make_performer=lambda *_: world, make_clock=lambda floor: clock, **options)
        assert owner is not None
        self.owner: WorkspaceHost = owner
        self.engine: Engine = owner.engine
        self.events = owner.start()

    def publish(self, file: JourneyFile) -> VersionRow:
        """Import and publish a journey."""
        text = journey_file.write(file)
        return self.engine.journeys.import_file(CALLER, text, publish=True, differing="replace").version

    def send(self, key: str = "p1", event: str = "Enter", **payload: Any) -> AcceptResult:
        """One event, through the same door as everyone's."""
        return self.engine.events.accept(CALLER, [{"id": key, **payload}], event)

    def pass_time(self, milliseconds: int) -> None:
        """Move the clock and let the writer see it."""
        self.clock.time += milliseconds
        self.nudge()

    def later(self, milliseconds: int, look: Callable[[], T]) -> T:
        """What ``look`` sees after so much more time."""
        self.pass_time(milliseconds)
        return look()

    def nudge(self) -> None:
        """Have the writer look at the time, and return when it has."""
        self.owner.writer.write(lambda connection: None)

    def live(self, version: VersionRow) -> LiveCounts:
        """The version's counts."""
        return self.engine.reports.live(CALLER, version.id)

    def metrics(self, version: VersionRow) -> dict[str, int]:
        """The version's main counters."""
        counts = self.live(version).metrics
        return {name: counts[name] for name in ("entered", "current", "completed", "failed", "stopped")}

    def settle(self, version: VersionRow, **expected: int) -> dict[str, int]:
        """The counters, once they are as expected."""
        return until(lambda: self.metrics(version), lambda seen: expected.items() <= seen.items())

    def reasons(self) -> list[str]:
        """Why events were refused, the latest first."""
        return [row.reason for row in self.engine.reports.discards(CALLER)]


@contextmanager
def running(
    folder: Path, world: ScriptedPerformer | None = None, clock: ManualClock | None = None, **options: Any
) -> Iterator[EmbeddedEngine]:
    """A running engine, closed at the end."""
    place = EmbeddedEngine(folder, world or ScriptedPerformer(), clock or ManualClock(), **options)
    try:
        yield place
    finally:
        place.engine.close()
