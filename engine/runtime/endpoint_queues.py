"""Queues of calls by endpoint: a slow or throttled endpoint holds up no other."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from engine.core.effect import CallAction, Fetch
from engine.ports import Call

AT_ONCE = 500
"""Calls under way: more start only at endpoints that have fewer than :data:`RESERVED`."""

IN_A_LANE = 250
"""Calls under way to one endpoint."""

RESERVED = 25
"""So many calls to an endpoint may be under way whatever the others do."""

Endpoint = tuple[str, str, str]


def endpoint_of(call: Call) -> Endpoint:
    """Return the sandbox, kind and name of the data source, action or message channel that is called."""
    effect = call.effect
    if isinstance(effect, CallAction):
        return call.sandbox, "action", effect.action
    if isinstance(effect, Fetch):
        return call.sandbox, "data_source", effect.source
    return call.sandbox, "message", effect.channel


@dataclass(slots=True)
class EndpointQueue:
    """One endpoint's calls: those that wait, in order, each with the time since when; and how many are under way."""

    endpoint: Endpoint
    waiting: deque[tuple[Call, float]] = field(default_factory=deque)
    under_way: int = 0


class EndpointQueues:
    """All endpoints that have calls."""

    def __init__(self) -> None:
        self._lanes: dict[Endpoint, EndpointQueue] = {}
        self._under_way = 0

    def __len__(self) -> int:
        """How many calls are under way or wait for their turn."""
        return self._under_way + sum(len(lane.waiting) for lane in self._lanes.values())

    def add(self, call: Call, now: float) -> None:
        """Add a waiting call."""
        endpoint = endpoint_of(call)
        lane = self._lanes.get(endpoint)
        if lane is None:
            lane = self._lanes[endpoint] = EndpointQueue(endpoint)
        lane.waiting.append((call, now))

    def openings(self) -> Iterator[EndpointQueue]:
        """Yield a queue for each worker that may begin now; each is counted as under way."""
        for lane in self._lanes.values():
            for _ in range(len(lane.waiting)):
                if not self._is_open(lane):
                    break
                lane.under_way += 1
                self._under_way += 1
                yield lane

    def _is_open(self, lane: EndpointQueue) -> bool:
        if lane.under_way < RESERVED:
            return True
        return lane.under_way < IN_A_LANE and self._under_way < AT_ONCE

    def leave(self, lane: EndpointQueue) -> None:
        """Release a worker that found no more calls in its queue."""
        lane.under_way -= 1
        self._under_way -= 1
        if not lane.under_way and not lane.waiting:
            self._lanes.pop(lane.endpoint, None)

    def drop(self, instances: Collection[str]) -> None:
        """Drop the waiting calls of these instances."""
        for lane in self._lanes.values():
            lane.waiting = deque(one for one in lane.waiting if one[0].instance not in instances)

    def clear(self) -> None:
        """Nothing waits any more."""
        for lane in self._lanes.values():
            lane.waiting.clear()
