"""The outcome of a simulation as ``--json`` prints it, and what is expected of it (interfaces.md, Scenario files)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NotRequired, Protocol, TypedDict

from engine.core.effect import StepEvent
from engine.core.instance import RUNNING, STOPPED, TIMED_OUT, Instance
from engine.core.metrics import Metrics, is_awaited, journey_json, total
from engine.expression.dates import read_date_time
from engine.expression.errors import UnplacedError
from engine.json_types import JsonDict, JsonObject
from engine.model.journey import JourneyVersion
from engine.ports import OutboxMessage
from engine.runtime.deployment import DeployedJourney, DeployedVersion
from engine.simulation.scenario import Expectation, print_instant


class InstanceEntry(TypedDict):
    """An instance in an outcome."""

    journey: str
    version: int
    key: str
    status: str
    history: list[JsonDict]
    waiting: NotRequired[list[str]]
    """The activities that a running instance waits for."""


class Outcome(TypedDict):
    """What became of everybody, as JSON."""

    metrics: dict[str, int]
    journeys: dict[str, dict[str, Any]]
    instances: list[InstanceEntry]
    calls: list[JsonDict]
    messages: list[JsonDict]
    discarded: list[JsonDict]


class InstanceHistory(Protocol):
    """An instance with its step events."""

    version: DeployedVersion
    instance: Instance
    steps: list[StepEvent]


def history_of(one: InstanceHistory) -> list[JsonDict]:
    """List an entry for each activity: with the time of arrival; for events and waits, of their occurrence."""
    entries = [_entry(event) for event in one.steps if not event.resumed and not _is_cut_off(event)]
    step = one.instance.step
    if step is not None and not step.group:
        entries.append({"activity": step.node, "at": print_instant(step.arrived)})
    return entries


def _is_cut_off(event: StepEvent) -> bool:
    """Tell whether an instance was ended while it waited: nothing occurred there."""
    return is_awaited(event.node_type) and event.end in (STOPPED, TIMED_OUT)


def _entry(event: StepEvent) -> JsonDict:
    awaited = is_awaited(event.node_type)
    entry: JsonDict = {
        "activity": event.node,
        "at": print_instant(event.timestamp if awaited else event.arrived),
    }
    if event.path:
        entry["path"] = event.path
    if event.error:
        entry["error"] = event.error
    return entry


def instance_json(one: InstanceHistory) -> InstanceEntry:
    """Return an instance with its history; a running one with the activities that it waits for."""
    instance = one.instance
    entry: InstanceEntry = {
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


def message_json(now: int, activity: str, template: str, message: OutboxMessage) -> JsonDict:
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
) -> JsonDict:
    """Return an event that was refused."""
    entry: JsonDict = {"at": print_instant(now), "event": event, "key": key, "journey": journey, "reason": reason}
    return {**entry, "field": field} if field else entry


def sort_by_time(records: Iterable[JsonDict]) -> list[JsonDict]:
    """Sort records by time, key and the order in which they came."""
    return sorted(records, key=lambda record: (_sortable(str(record["at"])), str(record.get("key") or "")))


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
    calls: list[JsonDict],
    messages: list[JsonDict],
    discards: list[JsonDict],
) -> Outcome:
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


@dataclass(frozen=True, slots=True)
class UnmetExpectation:
    """An expectation that does not hold, in one sentence."""

    that: str
    expected: object
    found: object

    def __str__(self) -> str:
        return f"{self.that} is {_short(self.found)}, not {_short(self.expected)}"


def check_expectations(expectations: Sequence[Expectation], outcome: JsonObject) -> tuple[UnmetExpectation, ...]:
    """List the expectations that the outcome does not meet, in their order."""
    found = ((one, resolve_path(outcome, one.that)) for one in expectations)
    return tuple(
        UnmetExpectation(one.that, one.expected, value)
        for one, value in found
        if not matches_expected(value, one.expected)
    )


def resolve_path(outcome: object, path: str) -> object:
    """Return the value at a dotted path; ``*`` makes a list of every item's value. A path that leads nowhere is null.

    Names may contain dots or colons: the longest key that fits is taken.
    """
    return _follow(outcome, path.split(".")) if path else outcome


def _follow(here: object, parts: list[str]) -> object:
    if not parts:
        return here
    if parts[0] == "*":
        items = list(here.values()) if isinstance(here, Mapping) else here if isinstance(here, list) else []
        return [_follow(item, parts[1:]) for item in items]
    if isinstance(here, list):
        index = parts[0]
        inside = index.lstrip("-").isdecimal() and -len(here) <= int(index) < len(here)
        return _follow(here[int(index)], parts[1:]) if inside else None
    if not isinstance(here, Mapping):
        return None
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in here:
            return _follow(here[key], parts[length:])
    return len(here) if parts == ["length"] else None


def matches_expected(value: object, expected: object) -> bool:
    """Whether a value is as expected: equal, within ``between``, or an object with the named keys equal."""
    if isinstance(expected, Mapping):
        bounds = expected.get("between") if len(expected) == 1 else None
        if isinstance(bounds, list) and len(bounds) == 2:
            return _within(value, *bounds)
        if not isinstance(value, Mapping):
            return False
        return all(name in value and matches_expected(value[name], wanted) for name, wanted in expected.items())
    if isinstance(expected, list):
        return isinstance(value, list) and len(value) == len(expected) and all(map(matches_expected, value, expected))
    if isinstance(expected, bool) or isinstance(value, bool):
        return value is expected
    return bool(value == expected)


def _within(value: object, low: object, high: object) -> bool:
    """Numbers between numbers, times between times; anything else never is."""
    ordered = (low, value, high)
    times = [time for one in ordered if isinstance(one, str) and (time := _instant(one)) is not None]
    numbers = [one for one in ordered if isinstance(one, int | float) and not isinstance(one, bool)]
    return (len(times) == 3 and times == sorted(times)) or (len(numbers) == 3 and numbers == sorted(numbers))


def _instant(text: str) -> datetime | None:
    try:
        return read_date_time(text)
    except UnplacedError:
        return None


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:197] + "..."
