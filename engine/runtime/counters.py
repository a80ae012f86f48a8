"""Step events summed to counters: events that count alike are counted together, by the one meaning in the core."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from engine.core.metrics import Metrics, metrics_key
from engine.core.step_event import StepEvent

Count = tuple[str, str, int]
"""(kind, name, number) of a counter."""

_MOST_KNOWN = 10_000
_PLAIN = tuple(name for name in Metrics.__dataclass_fields__ if name not in ("feedback", "activities", "edges"))


class CounterCache:
    """The counts that each kind of step event adds; kept over the batches, since the kinds are few."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], tuple[Count, ...]] = {}

    def counts(self, kind: tuple[object, ...], event: StepEvent) -> tuple[Count, ...]:
        """Return the counts that one event of this :func:`metrics_key` adds."""
        found = self._known.get(kind)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[kind] = tuple(_count(event))
        return found


class StepCounts:
    """The step events of one transaction, summed."""

    __slots__ = ("_kinds",)

    def __init__(self) -> None:
        self._kinds: dict[tuple[object, ...], list[Any]] = {}

    def add(self, version_id: int, event: StepEvent) -> None:
        """Count one event of a version."""
        kind = metrics_key(version_id, event)
        known = self._kinds.get(kind)
        if known is None:
            self._kinds[kind] = [1, version_id, event]
        else:
            known[0] += 1

    def sum(self, tally: CounterCache, counts: Counter[tuple[int, bool, str, str]], minute: str) -> None:
        """Add all of them to the counters, entrances to those of the ``minute`` too."""
        for kind, (times, version_id, event) in self._kinds.items():
            if event.entrance:
                counts[version_id, event.in_test, "minute", minute] += times
            for what, name, number in tally.counts(kind, event):
                counts[version_id, event.in_test, what, name] += number * times


def _count(event: StepEvent) -> Iterable[Count]:
    metrics = Metrics()
    metrics.add(event)
    yield from flatten(metrics)
    if event.error:
        yield "error", event.error, 1


def flatten(metrics: Metrics) -> Iterable[Count]:
    """Counters as (kind, name, number), zeros left out."""
    for name in _PLAIN:
        number = getattr(metrics, name)
        if number:
            yield "metric", name, number
    for activity, count in metrics.activities.items():
        if count.entered:
            yield "entered", activity, count.entered
        if count.errors:
            yield "errors", activity, count.errors
    edges: Mapping[str, int] = metrics.edges
    for edge, number in edges.items():
        yield "edge", edge, number
