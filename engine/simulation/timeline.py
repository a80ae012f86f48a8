"""Virtual time: callbacks by time, in the order that holds at one instant (runtime.md, Events in); limited connections.

Connections are limited by rules (``maxHttpConnections``): first come, first served. A call needs one of each rule that
holds for it and takes them in the rules' order, as on the real clock; it waits where there is none, until one is given
back or its time is up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from engine.model.guardrail import CappingRule, Service

RESULTS, TIMERS, COMMANDS, EVENTS, GLOBAL_TIMEOUTS = range(5)
"""The order at one instant: results of calls first, the global timeout last."""

Callback = Callable[[], None]


class Timeline:
    """Callbacks by time. ``now`` is epoch ms: the time of the callback that runs."""

    def __init__(self, start: int) -> None:
        self.now = start
        self._entries: list[tuple[int, int, int, int, Callback]] = []
        self._order = count()

    def schedule(self, at: int, order: int, callback: Callback, rank: int = 0) -> None:
        """Run ``callback`` at a time, or at once if that is past; at one instant by order, rank, then as scheduled."""
        heappush(self._entries, (max(at, self.now), order, rank, next(self._order), callback))

    def run(self, until: int) -> None:
        """Run everything up to ``until``, which is included."""
        while self._entries and self._entries[0][0] <= until:
            self.now, _, _, _, callback = heappop(self._entries)
            callback()
        self.now = max(self.now, until)


Place = tuple[str, Service]
"""A rule's uid, and the service it limits."""


@dataclass(slots=True, eq=False)
class ConnectionRequest:
    """What one attempt holds, and what it still needs; ``over`` once it was served or gave up."""

    wanted: deque[Place]
    ready: Callable[[], None]
    held: list[Place] = field(default_factory=list)
    over: bool = False


class ConnectionLimits:
    """The limited connections of all rules."""

    def __init__(self, rules: Mapping[str, CappingRule], timeline: Timeline) -> None:
        self._timeline = timeline
        self._free: dict[Place, int] = {
            (uid, service): limit.max_http_connections
            for uid, rule in rules.items()
            for service, limit in rule.services.items()
            if limit.max_http_connections is not None
        }
        self._queues: dict[Place, deque[ConnectionRequest]] = {place: deque() for place in self._free}

    def take(
        self, service: Service, uids: Sequence[str], deadline: int, ready: Callable[[], None], late: Callable[[], None]
    ) -> ConnectionRequest:
        """Call ``ready`` once all connections are there, now if they are; or ``late`` when the deadline comes first."""
        claim = ConnectionRequest(deque((uid, service) for uid in uids if (uid, service) in self._free), ready)
        self._advance(claim)
        if not claim.over:
            self._timeline.schedule(deadline, RESULTS, lambda: self._give_up(claim, late))
        return claim

    def give_back(self, claim: ConnectionRequest) -> None:
        """Free the connections of an attempt that is done."""
        while claim.held:
            self._release(claim.held.pop())

    def _advance(self, claim: ConnectionRequest) -> None:
        while claim.wanted:
            place = claim.wanted[0]
            if not self._free[place]:
                self._queues[place].append(claim)
                return
            self._free[place] -= 1
            claim.held.append(claim.wanted.popleft())
        claim.over = True
        claim.ready()

    def _release(self, place: Place) -> None:
        self._free[place] += 1
        queue = self._queues[place]
        while queue and self._free[place]:
            claim = queue.popleft()
            if not claim.over:
                self._advance(claim)

    def _give_up(self, claim: ConnectionRequest, late: Callable[[], None]) -> None:
        if claim.over:
            return
        claim.over = True
        self.give_back(claim)
        late()
