"""Reports as sums over step events, their only source (runtime.md, Metrics). Adding an event is all that happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.effect import StepEvent
from engine.core.instance import FAILED, FINISHED, STOPPED, TIMED_OUT
from engine.core.program import edge_key
from engine.model.activity import ACTIVITY_KINDS
from engine.model.journey import JourneyVersion

FEEDBACK = ("delivered", "bounced", "opened", "clicked", "unsubscribed")
"""Feedback kinds that are counted; ``sent`` is counted when the message leaves."""

_ERROR_PLACES = {"action": "errors_in_action", "enrichment": "errors_in_enrichment", "event": "errors_in_event"}


def report_category(kind: str) -> str:
    """Return the group of a kind of activity in reports: ``action``, ``event`` or ``orchestration``."""
    found = ACTIVITY_KINDS.get(kind)
    return found.category if found is not None else "action"


def is_awaited(kind: str) -> bool:
    """Whether activities of a kind wait in a group; not those whose extension is not installed any more."""
    found = ACTIVITY_KINDS.get(kind)
    return found is not None and found.is_parallel


@dataclass(slots=True)
class ActivityCount:
    """Counters of one activity."""

    entered: int = 0
    errors: int = 0


@dataclass(slots=True)
class Metrics:
    """A journey's counters. ``entered = current + completed + failed + stopped``; ``timed_out`` is part of failed."""

    entered: int = 0
    completed: int = 0
    failed: int = 0
    stopped: int = 0
    errors: int = 0
    timed_out: int = 0
    errors_in_action: int = 0
    errors_in_enrichment: int = 0
    errors_in_event: int = 0
    executed_actions: int = 0
    executed_events: int = 0
    executed_enrichments: int = 0
    executed_orchestration: int = 0
    sent: int = 0
    feedback: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FEEDBACK, 0))
    activities: dict[str, ActivityCount] = field(default_factory=dict)
    edges: dict[str, int] = field(default_factory=dict)

    @property
    def current(self) -> int:
        """People on their way."""
        return self.entered - self.completed - self.failed - self.stopped

    def add(self, event: StepEvent) -> None:
        """Count one step event."""
        if event.resumed:
            self.failed -= 1
            return
        self._count_journey(event)
        self._count_activity(event)
        self._count_execution(event)

    def _count_journey(self, event: StepEvent) -> None:
        self.entered += event.entrance
        self.completed += event.end == FINISHED
        self.failed += event.end in (FAILED, TIMED_OUT)
        self.stopped += event.end == STOPPED
        self.timed_out += event.end == TIMED_OUT
        self.errors += bool(event.error) or event.end == TIMED_OUT

    def _count_activity(self, event: StepEvent) -> None:
        if is_awaited(event.node_type) and event.end not in (STOPPED, TIMED_OUT):
            self._at(event.node).entered += 1
        if event.to:
            self._at(event.to).entered += 1
        if event.error:
            self._at(event.node).errors += 1
        if event.transition:
            self.edges[event.transition] = self.edges.get(event.transition, 0) + 1

    def _count_execution(self, event: StepEvent) -> None:
        if event.end in (STOPPED, TIMED_OUT):
            return
        place = report_category(event.node_type)
        if event.error:
            failed = "enrichment" if event.fetch_error_code or place == "orchestration" else place
            name = _ERROR_PLACES[failed]
            setattr(self, name, getattr(self, name) + 1)
        else:
            self.executed_actions += place == "action"
            self.executed_events += place == "event"
            self.executed_orchestration += place == "orchestration"
        self.executed_enrichments += event.fetch_count
        self.sent += bool(event.message_id)

    def _at(self, activity: str) -> ActivityCount:
        return self.activities.setdefault(activity, ActivityCount())

    def count_feedback(self, kind: str, times: int = 1) -> None:
        """Count feedback on messages; kinds that are not reported are ignored."""
        if kind in self.feedback:
            self.feedback[kind] += times

    def to_json(self) -> dict[str, float]:
        """Return the counters as reports print them, rates last.

        Errors are compared to all that happened at activities; messages to those sent, and what people did with them
        to those delivered, if deliveries are reported at all.
        """
        occurrences = self.errors + self.executed_actions + self.executed_events + self.executed_orchestration
        reached = self.feedback["delivered"] or self.sent
        shares = {
            "completion_rate": (self.completed, self.entered),
            "current_rate": (self.current, self.entered),
            "failure_rate": (self.failed, self.entered),
            "error_rate": (self.errors, occurrences),
            "delivered_rate": (self.feedback["delivered"], self.sent),
            "bounced_rate": (self.feedback["bounced"], self.sent),
            "opened_rate": (self.feedback["opened"], reached),
            "clicked_rate": (self.feedback["clicked"], reached),
            "unsubscribed_rate": (self.feedback["unsubscribed"], reached),
        }
        return {
            **self.main_json(),
            "errors_in_action": self.errors_in_action,
            "errors_in_enrichment": self.errors_in_enrichment,
            "errors_in_event": self.errors_in_event,
            "executed_actions": self.executed_actions,
            "executed_events": self.executed_events,
            "executed_enrichments": self.executed_enrichments,
            "executed_orchestration": self.executed_orchestration,
            "sent": self.sent,
            **self.feedback,
            **{name: round(part / whole, 4) if whole else 0.0 for name, (part, whole) in shares.items()},
        }

    def main_json(self) -> dict[str, int]:
        """Return the seven counters that every summary starts with."""
        return {
            "entered": self.entered,
            "current": self.current,
            "completed": self.completed,
            "failed": self.failed,
            "stopped": self.stopped,
            "errors": self.errors,
            "timed_out": self.timed_out,
        }


def metrics_key(version_id: int, event: StepEvent) -> tuple[object, ...]:
    """Return the parts of a step event that :meth:`Metrics.add` counts; equal keys add equal amounts."""
    return (
        version_id,
        event.in_test,
        event.node,
        event.node_type,
        event.to,
        event.transition,
        event.entrance,
        event.resumed,
        event.end,
        event.error,
        event.fetch_count,
        event.fetch_error_code != "",
        event.message_id != "",
    )


def total(parts: Iterable[Metrics]) -> dict[str, int]:
    """Return the seven main counters of several journeys together."""
    sums: dict[str, int] = Metrics().main_json()
    for part in parts:
        sums = {name: sums[name] + count for name, count in part.main_json().items()}
    return sums


def journey_json(journey: JourneyVersion, metrics: Metrics) -> dict[str, dict[str, Any]]:
    """Return a journey's part of a summary: every activity and every drawn edge is listed, reached or not."""
    counts: Mapping[str, ActivityCount] = metrics.activities
    nobody = ActivityCount()
    edges = {edge_key(edge.source, edge.path): 0 for edge in journey.edges}
    return {
        "metrics": metrics.to_json(),
        "activities": {
            activity.id: {
                "entered": counts.get(activity.id, nobody).entered,
                "errors": counts.get(activity.id, nobody).errors,
            }
            for activity in journey.activities
        },
        "edges": {key: metrics.edges.get(key, 0) for key in edges},
    }
