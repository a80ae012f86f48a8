"""Who enters and leaves segments in a simulation: as data change, and on a schedule for rules that look at the time."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from engine.core.segments import ENTER, Change, Membership, SegmentEvaluator
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.simulation.memory_store import MemoryProfiles
from engine.simulation.timeline import EVENTS, Timeline

Changed = Callable[[int | None, str, str, str], None]
"""Told of a change: the profile's index, its key ('' for whatever fits), the segment, ``enter`` or ``exit``."""


def used_segments(journeys: Iterable[JourneyVersion], definitions: Definitions) -> Definitions:
    """The definitions with the segments alone that journeys name, or that the rules of those name."""
    texts = [journey.model_dump_json(include={"activities"}) for journey in journeys]
    used: dict[str, None] = {}
    while texts:
        text = texts.pop()
        for segment in definitions.segments:
            written = json.dumps(segment.name, ensure_ascii=False)[1:-1]
            if segment.name not in used and (segment.name in text or written in text):
                used[segment.name] = None
                texts.append(segment.expression)
    kept = tuple(segment for segment in definitions.segments if segment.name in used)
    return definitions.model_copy(update={"segments": kept})


class SimulatedMemberships:
    """Keeps who is in which segment, and says what changed. What a scenario says wins over computation."""

    def __init__(self, definitions: Definitions, store: MemoryProfiles, timeline: Timeline, changed: Changed) -> None:
        self._segments = SegmentEvaluator(definitions)
        self._names = [segment.name for segment in definitions.segments]
        self._store = store
        self._timeline = timeline
        self._changed = changed
        self._said: dict[str, dict[str, bool]] = {}
        """What was said of keys without a profile."""
        self._standing = [
            {name: Membership(True, True) for name in profile.segments} for profile in self._store.profiles
        ]
        for index in range(len(store.profiles)):
            self._look(index, self._segments.names)
        periods = {name: self._segments.evaluation_period(name) for name in self._names}
        for period in sorted({period for period in periods.values() if period is not None}):
            self._tick([name for name in self._names if periods[name] == period], period)

    def _tick(self, names: Sequence[str], period: int) -> None:
        """Look again after a period, and after each one that follows."""
        if not self._standing:
            return

        def look() -> None:
            for index in range(len(self._standing)):
                self._compare(index, names)
            self._timeline.schedule(self._timeline.now + period, EVENTS, look)

        self._timeline.schedule(self._timeline.now + period, EVENTS, look)

    def refresh(self, index: int) -> None:
        """A profile's data changed."""
        self._compare(index, self._segments.streaming)

    def say(self, index: int | None, key: str, segment: str, *, inside: bool) -> None:
        """Somebody, with a profile or without, is said to be in a segment or not; the change itself is not told."""
        if index is None:
            self._said.setdefault(key, {})[segment] = inside
            return
        self._standing[index][segment] = Membership(inside, inside)
        self._compare(index, (), (segment,))

    def names(self, namespace: str | None, key: str) -> list[str]:
        """The segments that someone is in."""
        index = self._store.index_of(namespace, key)
        if index is None:
            return [name for name, inside in self._said.get(key, {}).items() if inside]
        standing = self._standing[index]
        return [name for name in dict.fromkeys((*self._names, *standing)) if standing.get(name, Membership()).inside]

    def _look(self, index: int, names: Collection[str], changed: Collection[str] = ()) -> tuple[Change, ...]:
        """Look at some segments of a profile; what changed is so from now on."""
        standing = self._standing[index]
        profile = self._store.profiles[index]
        found = self._segments.changes(profile, standing, names, self._timeline.now, changed)
        for name, change in found:
            standing[name] = Membership(change == ENTER, standing.get(name, Membership()).given)
        return found

    def _compare(self, index: int, names: Collection[str], changed: Collection[str] = ()) -> None:
        for name, change in self._look(index, names, changed):
            self._timeline.schedule(self._timeline.now, EVENTS, partial(self._changed, index, "", name, change))
