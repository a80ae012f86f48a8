"""A small model of how people move, written for being obviously right: one person at a time, plain loops.

It knows actions (slow for the key ``slow``, failing for ``bad``), waits, events with timeouts, groups of both,
conditions on ``n``, ends, the global timeout, re-entrance, versions, close and stop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.simulation.timeline import EVENTS, GLOBAL_TIMEOUTS, RESULTS, TIMERS

LATENCY = {"slow": 5_000, "bad": 1_000}
REENTRANCE_WAIT = 300_000


@dataclass
class Visitor:
    """One entrance of one key."""

    key: str
    version: int
    n: int
    entered: int
    status: str = "running"
    history: list[tuple[str, int, str, str]] = field(default_factory=list)
    calling: str = ""
    answer_at: int = 0
    group: list[str] = field(default_factory=list)
    group_since: int = 0


class Model:
    """Versions as plain tables: ``nodes[version][id]`` is an activity, ``ways[version][id, path]`` its targets."""

    def __init__(
        self, nodes: list[dict[str, dict[str, Any]]], ways: list[dict[tuple[str, str], list[str]]], limit: int
    ) -> None:
        self.nodes, self.ways, self.limit = nodes, ways, limit
        self.newest, self.state = 0, "live"
        self.visitors: list[Visitor] = []
        self.present: dict[str, Visitor] = {}
        self.last: dict[str, int] = {}
        self.held: dict[str, list[tuple[str, int]]] = {}
        self.discards: list[tuple[str, str, str, int]] = []

    # What happens from outside

    def event(self, name: str, key: str, n: int, now: int) -> None:
        """An event for a key."""
        visitor = self.present.get(key)
        versions = {self.newest} | ({visitor.version} if visitor is not None else set())
        if not any(node.get("event") == name for number in versions for node in self.nodes[number].values()):
            return
        if visitor is not None and visitor.calling:
            self.held.setdefault(key, []).append((name, n))
            return
        if visitor is not None:
            for member in visitor.group:
                if self.nodes[visitor.version][member].get("event") == name:
                    visitor.n = n if name == "Enter" else visitor.n  # the latest event of a name is read
                    self.take(visitor, member, "", now)
                    return
        if name == "Enter":
            self.enter(key, n, now)
        else:
            self.discards.append((name, key, "not_waiting", now))

    def enter(self, key: str, n: int, now: int) -> None:
        reason = ""
        if self.state != "live":
            reason = "closed"
        elif key in self.present:
            reason = "already_in_journey"
        elif key in self.last and now - self.last[key] < REENTRANCE_WAIT:
            reason = "reentrance_wait"
        if reason:
            self.discards.append(("Enter", key, reason, now))
            return
        visitor = Visitor(key, self.newest, n, now)
        self.visitors.append(visitor)
        self.present[key] = visitor
        self.last[key] = now
        self.take(visitor, "in", "", now)

    def stop(self, now: int) -> None:
        self.state = "stopped"
        for visitor in list(self.present.values()):
            self.finish(visitor, "stopped", now)

    # Time

    def settle(self, now: int, order: int) -> None:
        """Everything that is due before ``order`` of the instant ``now``."""
        for visitor in list(self.visitors):
            self.settle_one(visitor, now, order)
        # People may have entered by what was held.
        for visitor in self.visitors:
            self.settle_one(visitor, now, order)

    def settle_one(self, visitor: Visitor, now: int, order: int) -> None:
        while visitor.status == "running":
            due = [(visitor.entered + self.limit, GLOBAL_TIMEOUTS, 0, "", "")]
            if visitor.calling:
                due.append((visitor.answer_at, RESULTS, 0, visitor.calling, ""))
            for rank, member in enumerate(visitor.group):
                node = self.nodes[visitor.version][member]
                length = node.get("length")
                if length is not None:
                    path = "timeout" if node.get("timeout_path") else ""
                    due.append((visitor.group_since + length, TIMERS, rank, member, path))
            at, kind, _, what, path = min(due)
            if (at, kind) >= (now, order):
                return
            if kind == GLOBAL_TIMEOUTS:
                if visitor.calling:
                    visitor.history.append((visitor.calling, visitor.answer_at - LATENCY.get(visitor.key, 0), "", ""))
                self.finish(visitor, "timed_out", at)
            elif kind == RESULTS:
                self.answered(visitor, at)
            else:
                self.take(visitor, what, path, at)

    # Moving

    def answered(self, visitor: Visitor, now: int) -> None:
        name, visitor.calling = visitor.calling, ""
        node = self.nodes[visitor.version][name]
        arrived = now - LATENCY.get(visitor.key, 0)
        if visitor.key != "bad":
            visitor.history.append((name, arrived, "", ""))
            self.go(visitor, name, "", now)
        elif node.get("on_error"):
            visitor.history.append((name, arrived, "error", "400"))
            self.go(visitor, name, "error", now)
        else:
            visitor.history.append((name, arrived, "", "400"))
            self.finish(visitor, "error", now)
        if visitor.key in self.held and not visitor.calling:
            for event, n in self.held.pop(visitor.key):
                self.event(event, visitor.key, n, now)

    def take(self, visitor: Visitor, member: str, path: str, now: int) -> None:
        visitor.group = []
        visitor.history.append((member, now, path, ""))
        self.go(visitor, member, path, now)

    def go(self, visitor: Visitor, source: str, path: str, now: int) -> None:
        targets = self.ways[visitor.version].get((source, path), [])
        if not targets:
            self.finish(visitor, "finished", now)
            return
        first = self.nodes[visitor.version][targets[0]]
        if first["type"] in ("event", "wait"):
            visitor.group, visitor.group_since = targets, now
        elif first["type"] == "action":
            visitor.calling, visitor.answer_at = targets[0], now + LATENCY.get(visitor.key, 0)
        elif first["type"] == "condition":
            way = "big" if visitor.n > first["over"] else "others" if first["others"] else ""
            visitor.history.append((targets[0], now, way, ""))
            self.go(visitor, targets[0], way, now)
        else:
            visitor.history.append((targets[0], now, "", ""))
            self.finish(visitor, "finished", now)

    def finish(self, visitor: Visitor, status: str, now: int) -> None:
        if status == "stopped" and visitor.calling:
            visitor.history.append((visitor.calling, visitor.answer_at - LATENCY.get(visitor.key, 0), "", ""))
        visitor.status = status
        visitor.calling, visitor.group = "", []
        del self.present[visitor.key]
        if status in ("stopped", "timed_out"):
            for event, n in self.held.pop(visitor.key, []):
                self.event(event, visitor.key, n, now)


__all__ = ["EVENTS", "Model", "Visitor"]
