"""The outcome of a simulation as ``--json`` prints it, and what is expected of it (interfaces.md, Scenario files)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from engine.core.instance import RUNNING, STOPPED, TIMED_OUT, Instance
from engine.core.metrics import Metrics, is_awaited, journey_json, total
from engine.core.step_event import StepEvent
from engine.expression.dates import read_date_time
from engine.expression.errors import UnplacedError
from engine.model.journey import JourneyVersion
from engine.ports import OutboxMessage
from engine.runtime.deployment import DeployedJourney, DeployedVersion
from engine.simulation.scenario import Expectation, print_instant


class InstanceHistory(Protocol):
    """An instance with its step events."""

    version: DeployedVersion
    instance: Instance
    steps: list[StepEvent]


def history_of(one: InstanceHistory) -> list[dict[str, Any]]:
    """List an entry for each activity: with the time of arrival; for events and waits, of their occurrence."""
    entries = [_entry(event) for event in one.steps if not event.resumed and not _is_cut_off(event)]
    step = one.instance.step
    if step is not None and not step.group:
        entries.append({"activity": step.node, "at": print_instant(step.arrived)})
    return entries


def _is_cut_off(event: StepEvent) -> bool:
    """Tell whether an instance was ended while it waited: nothing occurred there."""
    return is_awaited(event.node_type) and event.end in (STOPPED, TIMED_OUT)


def _entry(event: StepEvent) -> dict[str, Any]:
    awaited = is_awaited(event.node_type)
    entry: dict[str, Any] = {
        "activity": event.node,
        "at": print_instant(event.timestamp if awaited else event.arrived),
    }
    if event.path:
        entry["path"] = event.path
    if event.error:
        entry["error"] = event.error
    return entry


def instance_json(one: InstanceHistory) -> dict[str, Any]:
    """Return an instance with its history; a running one with the activities that it waits for."""
    instance = one.instance
    entry: dict[str, Any] = {
        "journey": one.version.name,
        "version": instance.version,
        "key": instance.key,
        "status": instance.status,
        "history": history_of(one),
    }
    if instance.status == RUNNING:
        waiting, step = instance.waiting, instance.step
        group = waiting.members if waiting is not None else step.group if step is not None else ()
        entry["waiting"] = list(group)
    return entry


def message_json(now: int, activity: str, template: str, message: OutboxMessage) -> dict[str, Any]:
    """Return a message without its recipient's key; empty texts but the address are left out."""
    entry = {
        "at": print_instant(now),
        "activity": activity,
        "channel": message.channel,
        "to": message.address,
        "subject": message.subject,
        "body": message.body,
        "html": message.html,
        "template": template,
    }
    return {name: text for name, text in entry.items() if text != "" or name == "to"}


def discard_json(
    now: int, event: str | None, key: str | None, journey: str | None, reason: str, field: str
) -> dict[str, Any]:
    """Return an event that was refused."""
    entry = {"at": print_instant(now), "event": event, "key": key, "journey": journey, "reason": reason}
    return {**entry, "field": field} if field else entry


def sort_by_time(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort records by time, key and the order in which they came."""
    return sorted(records, key=lambda record: (_sortable(record["at"]), record.get("key") or ""))


def _sortable(at: str) -> str:
    """Print a time with milliseconds, so that texts sort."""
    return at if "." in at else f"{at[:-1]}.000Z"


def merged_journey(journey: DeployedJourney) -> JourneyVersion:
    """Merge the activities and edges of all versions, each once, the newest version's first."""
    versions = [version.program for version in sorted(journey.versions.values(), key=lambda one: -one.number)]
    activities = {activity.id: activity for program in versions for activity in program.source.activities}
    edges = {(e.source, e.path, e.target): e for program in versions for e in program.source.edges}
    return journey.newest.program.source.model_copy(
        update={"activities": tuple(activities.values()), "edges": tuple(edges.values())}
    )


def outcome_json(
    journeys: Iterable[DeployedJourney],
    metrics: Mapping[str, Metrics],
    instances: Sequence[InstanceHistory],
    calls: list[dict[str, Any]],
    messages: list[dict[str, Any]],
    discards: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return the whole outcome, in the order of the interface."""
    listed = sorted(instances, key=lambda one: (one.instance.entered_at, one.instance.key, one.version.name))
    return {
        "metrics": total(metrics.values()),
        "journeys": {one.name: journey_json(merged_journey(one), metrics[one.name]) for one in journeys},
        "instances": [instance_json(one) for one in listed],
        "calls": sort_by_time(calls),
        "messages": sort_by_time(messages),
        "discarded": sort_by_time(discards),
    }


_ABSENT: Any = None


@dataclass(frozen=True, slots=True)
class UnmetExpectation:
    """An expectation that does not hold, in one sentence."""

    that: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.that} is {_short(self.found)}, not {_short(self.expected)}"


def check_expectations(expectations: Sequence[Expectation], outcome: Mapping[str, Any]) -> tuple[UnmetExpectation, ...]:
    """List the expectations that the outcome does not meet, in their order."""
    found = ((one, resolve_path(outcome, one.that)) for one in expectations)
    return tuple(
        UnmetExpectation(one.that, one.expected, value)
        for one, value in found
        if not matches_expected(value, one.expected)
    )


def resolve_path(outcome: Any, path: str) -> Any:
    """Return the value at a dotted path; ``*`` makes a list of every item's value. A path that leads nowhere is null.

    Names may contain dots or colons: the longest key that fits is taken.
    """
    return _follow(outcome, path.split(".")) if path else outcome


def _follow(here: Any, parts: list[str]) -> Any:
    if not parts:
        return here
    if parts[0] == "*":
        items = list(here.values()) if isinstance(here, Mapping) else here if isinstance(here, list) else []
        return [_follow(item, parts[1:]) for item in items]
    if isinstance(here, list):
        index = parts[0]
        inside = index.lstrip("-").isdecimal() and -len(here) <= int(index) < len(here)
        return _follow(here[int(index)], parts[1:]) if inside else _ABSENT
    if not isinstance(here, Mapping):
        return _ABSENT
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in here:
            return _follow(here[key], parts[length:])
    return len(here) if parts == ["length"] else _ABSENT


def matches_expected(value: Any, expected: Any) -> bool:
    """Whether a value is as expected: equal, within ``between``, or an object with the named keys equal."""
    if isinstance(expected, Mapping):
        bounds = expected.get("between") if len(expected) == 1 else None
        if isinstance(bounds, list) and len(bounds) == 2:
            return _within(value, *bounds)
        if not isinstance(value, Mapping):
            return False
        return all(name in value and matches_expected(value[name], wanted) for name, wanted in expected.items())
    if isinstance(expected, list):
        same = isinstance(value, list) and len(value) == len(expected)
        return same and all(map(matches_expected, value, expected))
    if isinstance(expected, bool) or isinstance(value, bool):
        return value is expected
    return bool(value == expected)


def _within(value: Any, low: Any, high: Any) -> bool:
    """Numbers between numbers, times between times; anything else never is."""
    if all(isinstance(one, str) for one in (value, low, high)):
        times = [time for one in (low, value, high) if (time := _instant(one)) is not None]
        return len(times) == 3 and times == sorted(times)
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in (value, low, high)) and (
        low <= value <= high
    )


def _instant(text: str) -> datetime | None:
    try:
        return read_date_time(text)
    except UnplacedError:
        return None


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:197] + "..."
