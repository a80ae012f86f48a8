"""The virtual clock of test mode: time that goes only as far as its user lets it (runtime.md, Test mode).

A session's people wait in the session's own time. The clock goes from one point of time at which something is due to
the next, and stands still between them and while a call is under way, so what happens depends on the events and when
by this clock they were sent, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace

from engine.ports import UNTIL_PAUSED, VirtualClock
from engine.runtime.batch_processor import BatchProcessor
from engine.runtime.deployment import DeployedVersion
from engine.runtime.job_queue import WriterAccess
from engine.runtime.jobs import WriterJob
from engine.runtime.store_protocol import LoadedInstance
from engine.runtime.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class DueTime:
    """The time to wake an instance; at one instant the global timeouts come last."""

    at: int
    expires: bool
    row: int


def dues_of(people: Sequence[LoadedInstance], now: int) -> Iterator[DueTime]:
    """Yield the times at which instances are to be woken; past ones are due now."""
    for person in people:
        waiting = person.instance.waiting
        if waiting is not None and waiting.timer:
            yield DueTime(max(waiting.due, now), False, person.row)
        yield DueTime(max(person.instance.expires_at, now), True, person.row)


@dataclass(slots=True)
class ClockJob(WriterJob):
    """Let a session's clock go to the next point of time at which something is due, if its user lets it."""

    version_id: int
    finish: Callable[[ClockJob], None]
    seen: int = 0
    """The number of jobs done when it was made."""
    moved: bool = False
    kind: ClassVar[str] = "tick"

    @property
    def made_progress(self) -> bool:
        """Whether the clock moved: a job that found nothing due wakes no other clock."""
        return self.moved

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        """Move the clock and wake who is due."""
        self.moved = False
        version = unit.deployment.versions.get(self.version_id)
        clock = unit.testmode.clock_of(version) if version is not None else None
        if version is None or clock is None or not clock.moments:
            return
        people = unit.running_instances(version)
        if any(person.instance.step is not None for person in people):
            return
        dues = sorted(dues_of(people, clock.now), key=lambda due: (due.at, due.expires, due.row))
        if clock.moments == UNTIL_PAUSED and clock.until is None:
            dues = [due for due in dues if not due.expires]
        if dues and (clock.until is None or dues[0].at <= clock.until):
            self._go(processor, unit, version, clock, dues)
        else:
            self._rest(unit, version, clock)

    def _go(
        self,
        processor: BatchProcessor,
        unit: UnitOfWork,
        version: DeployedVersion,
        clock: VirtualClock,
        dues: list[DueTime],
    ) -> None:
        left = clock.moments - 1 if clock.moments > 0 else clock.moments
        unit.testmode.move(version, replace(clock, now=dues[0].at, moments=left))
        for due in dues:
            if due.at == dues[0].at:
                processor.wake(due.row, last=True)
        self.moved = True

    def _rest(self, unit: UnitOfWork, version: DeployedVersion, clock: VirtualClock) -> None:
        """Nothing is due: go to where the user wants to be; a clock that runs on waits for an event."""
        if clock.moments != UNTIL_PAUSED or clock.until is not None:
            now = clock.now if clock.until is None else max(clock.now, clock.until)
            unit.testmode.move(version, VirtualClock(now))

    def succeed(self) -> None:
        """Say whether the clock moved."""
        self.finish(self)

    def fail(self, error: BaseException) -> None:
        """Not again with this clock: the fault is in the log."""
        self.moved = False
        self.finish(self)


class SessionClocks:
    """Moves the clocks of test sessions; a ``JobSource`` of the writer."""

    __test__ = False

    def __init__(self, writer: WriterAccess) -> None:
        self._writer = writer
        self._clock = writer.clock
        self._moved_at: dict[int, int] = {}
        self._quiet: dict[int, int] = {}
        """The number of jobs done when a clock found nothing due: with more it looks again."""

    def due(self) -> list[WriterJob]:
        """List the jobs of the sessions whose clock runs."""
        return [
            ClockJob(version.id, self._finish, self._writer.processed) for version, wait in self._running() if wait <= 0
        ]

    def patience(self) -> float | None:
        """See ``JobSource``."""
        waits = [wait for _, wait in self._running()]
        return max(min(waits), 0) / 1000 if waits else None

    def _running(self) -> Iterator[tuple[DeployedVersion, int]]:
        """Yield the sessions whose clock is to move, with the milliseconds until then."""
        for version in self._writer.deployment.tested:
            clock = version.clock
            if clock is None or not clock.moments or self._quiet.get(version.id) == self._writer.processed:
                continue
            yield version, self._moved_at.get(version.id, 0) + clock.pace_ms - self._clock.now()

    def _finish(self, tick: ClockJob) -> None:
        tested = {version.id for version in self._writer.deployment.tested}
        for known in (self._moved_at, self._quiet):
            for gone in known.keys() - tested:
                del known[gone]
        if tick.moved:
            self._moved_at[tick.version_id] = self._clock.now()
            self._quiet.pop(tick.version_id, None)
        else:
            self._quiet[tick.version_id] = tick.seen
