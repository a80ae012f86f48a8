"""Who enters and leaves segments in a simulation: as data change, and on a schedule for rules that look at the time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from engine.core.profiles import BATCH_PERIOD_MS, STREAMING_PERIOD_MS
from engine.model.definitions import Definitions
from engine.runner.clock import EVENTS, Timeline
from engine.runner.memory import JourneyRun, ProfileStore

Changed = Callable[[int | None, str, str, str], None]
"""Told of a change: the profile's index, its key ('' for whatever fits), the segment, ``enter`` or ``exit``."""

_LOOKS_AT_TIME = re.compile(r"\b(now|nowWithDelta|currentTimeInMillis|in(Last|Next)\w+|inSegment|experienceevent)\b")


class Memberships:
    """Keeps the memberships of the segments that journeys watch, and says what changed."""

    def __init__(
        self,
        definitions: Definitions,
        store: ProfileStore,
        timeline: Timeline,
        runs: Iterable[JourneyRun],
        changed: Changed,
    ) -> None:
        watched = {name for run in runs for program in run.versions.values() for name, _ in program.awaited_segments}
        segments = [segment for segment in definitions.segments if segment.name in watched]
        self._streaming = [segment.name for segment in segments if segment.evaluation == "streaming"]
        self._batch = [segment.name for segment in segments if segment.evaluation == "batch"]
        timed = {segment.name for segment in segments if _LOOKS_AT_TIME.search(segment.expression)}
        self._timed = [name for name in self._streaming if name in timed]
        self._store = store
        self._timeline = timeline
        self._changed = changed
        self._inside = {
            (index, name): store.holds(index, name, timeline.now)
            for name in (*self._streaming, *self._batch)
            for index in range(len(store.profiles))
        }
        self._tick(self._timed, STREAMING_PERIOD_MS)
        self._tick(self._batch, BATCH_PERIOD_MS)

    def _tick(self, names: list[str], period: int) -> None:
        """Look again after a period, and after each one that follows."""
        if not names or not self._store.profiles:
            return

        def look() -> None:
            for index in range(len(self._store.profiles)):
                self._compare(index, names)
            self._timeline.schedule(self._timeline.now + period, EVENTS, look)

        self._timeline.schedule(self._timeline.now + period, EVENTS, look)

    def refresh(self, index: int) -> None:
        """A profile's data changed."""
        self._compare(index, self._streaming)

    def note(self, index: int | None, segment: str, *, inside: bool) -> None:
        """A membership was scripted; it is told by the script itself."""
        if index is not None:
            self._inside[index, segment] = inside

    def _compare(self, index: int, names: list[str]) -> None:
        for name in names:
            inside = self._store.holds(index, name, self._timeline.now)
            if inside != self._inside[index, name]:
                self._inside[index, name] = inside
                change = "enter" if inside else "exit"
                told = self._telling(index, name, change)
                self._timeline.schedule(self._timeline.now, EVENTS, told)

    def _telling(self, index: int, name: str, change: str) -> Callable[[], None]:
        return lambda: self._changed(index, "", name, change)
