"""Connections that a rule limits (``maxHttpConnections``), in virtual time: first come, first served.

A call needs one connection of each rule that holds for it and takes them in the rules' order, as a call on the
real clock does; it waits where there is none, until one is given back or its time is up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.model.guardrail import CappingRule, Service
from engine.simulation.timeline import RESULTS, Timeline

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
