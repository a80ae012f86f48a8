"""The facts that a custom report adds up: step events, feedback, refusals and the people at activities.

Step events that count alike are counted together, each kind once, by the one meaning in ``core.metrics``; so a report
over a million steps adds up some thousand facts, however many panels it has. Its time is the reader's wall clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.core.effect import StepEvent
from engine.core.metrics import FEEDBACK, Metrics, metrics_key
from engine.errors import SojournError
from engine.model.activity import ACTIVITY_KINDS, Activity, kind_of
from engine.model.report import ReportTime
from engine.services import period_reports
from engine.store import custom_report_queries, journey_queries, report_queries
from engine.store.journey_queries import StoredVersion
from engine.store.results import Connection

QUARTER_MS = 900_000
"""Clocks of all zones differ by whole quarters of an hour."""
MOST_ROWS = 2_500
_HOUR_MS = 3_600_000
_DAYS: Mapping[str, int] = {"7_days": 7, "30_days": 30, "90_days": 90}
_ROLLING: Mapping[str, int] = {"hour": _HOUR_MS, "24_hours": 24 * _HOUR_MS}


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name; raises SojournError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SojournError("report_zone", name=name) from None


def bounds(chosen: ReportTime, zone: ZoneInfo, now: int) -> tuple[int, int]:
    """Return the first moment of a report's time and the first one after it, in epoch milliseconds."""
    if chosen.span in _ROLLING:
        return now + 1 - _ROLLING[chosen.span], now + 1
    today = datetime.fromtimestamp(now / 1000, zone).date()
    if chosen.span == "today":
        return _midnight(today, zone), now + 1
    if chosen.span == "yesterday":
        return _midnight(today - timedelta(days=1), zone), _midnight(today, zone)
    if chosen.span == "between":
        return _between(chosen, zone)
    return _midnight(today - timedelta(days=_DAYS[chosen.span] - 1), zone), now + 1


def _between(chosen: ReportTime, zone: ZoneInfo) -> tuple[int, int]:
    if chosen.since is None or chosen.until is None:
        raise SojournError("report_time.days")
    if chosen.until < chosen.since:
        raise SojournError("report_time.order")
    try:
        return _midnight(chosen.since, zone), _midnight(chosen.until + timedelta(days=1), zone)
    except (OverflowError, OSError, ValueError):
        raise SojournError("report_time.range") from None


def _midnight(day: date, zone: ZoneInfo) -> int:
    return round(datetime.combine(day, time(), zone).astimezone(UTC).timestamp() * 1000)


RowName = Callable[[datetime], str]
NAMES: Mapping[str, RowName] = {
    "hour": lambda local: local.replace(minute=0, second=0, microsecond=0).isoformat(timespec="minutes"),
    "day": lambda local: local.date().isoformat(),
    "week": lambda local: (local.date() - timedelta(days=local.weekday())).isoformat(),
    "month": lambda local: f"{local:%Y-%m}",
    "hour_of_day": lambda local: f"{local:%H}",
    "weekday": lambda local: str(local.isoweekday()),
}
"""The key of the row of a moment, by dimension: ``2026-03-10T09:00+01:00``, ``2026-03-09``, ``2026-03``, ``09``, ``1``.

A week is named by its Monday. The offset distinguishes the two hours with the same clock time in autumn.
"""


class ReportCalendar:
    """Names moments by one or more dimensions, quickly: those of one quarter of an hour are named once."""

    def __init__(self, zone: ZoneInfo, dimensions: Sequence[str]) -> None:
        names = tuple(NAMES[dimension] for dimension in dimensions)

        @cache
        def named(quarter: int) -> tuple[str, ...]:
            local = datetime.fromtimestamp(quarter * QUARTER_MS / 1000, zone)
            return tuple(name(local) for name in names)

        self._named = named

    def names(self, at: int) -> tuple[str, ...]:
        """Return the keys of a moment, in the order of the dimensions."""
        return self._named(at // QUARTER_MS)


def every_row(dimension: str, zone: ZoneInfo, since: int, until: int) -> tuple[str, ...]:
    """Return the keys of all rows of a time, in order; raises SojournError when they are too many."""
    if dimension == "weekday":
        return tuple(str(day) for day in range(1, 8))
    if dimension == "hour_of_day":
        return tuple(f"{hour:02d}" for hour in range(24))
    calendar = ReportCalendar(zone, (dimension,))
    found: dict[str, None] = {}
    step = QUARTER_MS if dimension == "hour" else _HOUR_MS
    for at in range(since, until, step):
        found[calendar.names(at)[0]] = None
        if len(found) > MOST_ROWS:
            raise SojournError("report_too_fine", limit=MOST_ROWS)
    found[calendar.names(until - 1)[0]] = None
    return tuple(found)


MOST_KINDS = 400_000
"""Distinct kinds of step events in one report; they are held in memory."""
_COUNTED = (
    *("entered", "completed", "failed", "stopped", "timed_out", "errors"),
    *("errors_in_action", "errors_in_enrichment", "errors_in_event"),
    *("executed_actions", "executed_events", "executed_enrichments", "executed_orchestration", "sent"),
)
"""The metrics that a step event counts for where the person was."""
_OCCURRENCES = ("errors", "executed_actions", "executed_events", "executed_orchestration")
BALANCE = (("entered", 1), ("completed", -1), ("failed", -1), ("stopped", -1))
"""By how many people a journey becomes more."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Some numbers with the keys they are grouped by; '' for keys that do not apply."""

    by: Mapping[str, str]
    values: Mapping[str, float]


@dataclass(slots=True)
class Names:
    """What the customer called things, by the keys of rows."""

    journeys: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    """By ``journey/activity``, as in the newest version."""

    def of(self, dimension: str, key: str) -> str:
        """Return a row's name for sorting; its key where it has none."""
        if dimension == "activity" and key in self.activities:
            return _name(self.activities[key])
        return {"journey": self.journeys, "version": self.versions}.get(dimension, {}).get(key, key)


@dataclass(slots=True)
class _Repeated:
    """A kind of step event, how often it happened, and how long its calls took in all."""

    version: int
    event: StepEvent
    call_ms: int
    times: int = 1


class FactReader:
    """Reads the facts of the versions ``rows`` in a time, grouped by these dimensions."""

    def __init__(self, rows: Sequence[StoredVersion], zone: ZoneInfo, dimensions: frozenset[str]) -> None:
        self._times = tuple(sorted(dimensions & NAMES.keys()))
        self._calendar = ReportCalendar(zone, self._times)
        self._dimensions = dimensions
        self._rows = {row.id: row for row in rows}
        self.names = Names()
        self._nodes: dict[tuple[int, str], Mapping[str, str]] = {}
        for row in rows:
            self._learn(row)

    def _learn(self, row: StoredVersion) -> None:
        journey, version = str(row.journey_id), str(row.id)
        self.names.journeys[journey] = row.name
        self.names.versions[version] = f"{row.name} v{row.version}"
        for activity in journey_queries.version_model(row).activities:
            key = f"{journey}/{activity.id}"
            self.names.activities[key] = activity
            self._nodes[row.id, activity.id] = {
                "journey": journey,
                "version": version,
                "activity": key,
                "activity_type": activity.type,
                "event": getattr(activity, "event", None) or "",
                "action": getattr(activity, "action", None) or "",
                "channel": ACTIVITY_KINDS[kind_of(activity)].channel,
            }

    def _node(self, version: int, activity: str) -> Mapping[str, str]:
        known = self._nodes.get((version, activity))
        return known or {"journey": str(self._rows[version].journey_id), "version": str(version)}

    def _named(self, names: Sequence[str]) -> Mapping[str, str]:
        return dict(zip(self._times, names, strict=True))

    # Step events

    def steps(self, connection: Connection, since: int, until: int) -> Iterator[Fact]:
        """Yield the facts of step events; raises SojournError when there are too many."""
        cohort = period_reports.Cohort[tuple[int, tuple[str, ...]]]()
        kinds: dict[tuple[object, ...], _Repeated] = {}
        apart = self._dimensions & {"status", "field_group"}
        names = self._calendar.names
        for version, event in period_reports.read_steps(connection, list(self._rows), since, until):
            when = names(event.timestamp)
            key: tuple[object, ...] = (when, event.action_attempts, metrics_key(version, event))
            if not event.in_test:
                cohort.add(event, (version, when))
            if apart:
                key = (*key, event.status, event.fetch_group_in_error)
            found = kinds.get(key)
            if found is None:
                kinds[key] = _Repeated(version, event, event.action_execution_time)
                if len(kinds) > MOST_KINDS:
                    raise period_reports.too_long()
            else:
                found.times += 1
                found.call_ms += event.action_execution_time
        for one in kinds.values():
            if not one.event.in_test:
                yield from self._step(one.version, one.event, one.times, one.call_ms)
        for (version, when), number in cohort.sums().items():
            yield Fact({**self._node(version, ""), **self._named(when)}, {"current": number})

    def _step(self, version: int, event: StepEvent, times: int, call_ms: int) -> Iterator[Fact]:
        metrics = Metrics()
        metrics.add(event)
        when = self._named(self._calendar.names(event.timestamp))
        values: dict[str, float] = {name: getattr(metrics, name) * times for name in _COUNTED}
        values["steps"] = 0 if event.resumed else times
        values["occurrences"] = sum(values[name] for name in _OCCURRENCES)
        if event.action_attempts:
            values |= {"calls": times, "call_ms": call_ms}
        faults = {"error": event.error, "field_group": event.fetch_group_in_error, "status": event.status}
        yield Fact({**self._node(version, event.node), **when, **faults}, values)
        for activity, count in metrics.activities.items():
            if count.entered:
                yield Fact({**self._node(version, activity), **when}, {"reached": count.entered * times})

    def balance(self, connection: Connection, since: int, until: int) -> Iterator[tuple[int, Fact]]:
        """Yield the change of each version's people in the time, to compute earlier numbers from the current ones."""
        for fact in self.steps(connection, since, until):
            change = sum(fact.values.get(name, 0) * sign for name, sign in BALANCE)
            if change:
                yield int(fact.by["version"]), Fact(fact.by, {"present": change})

    # Everything else

    def feedback(self, connection: Connection, since: int, until: int) -> Iterator[Fact]:
        """Take feedback: the delivery, opening and clicking of messages."""
        sums = Counter[tuple[int, str, str, str, tuple[str, ...]]]()
        rows = custom_report_queries.feedback_between(connection, list(self._rows), since, until)
        with closing(rows) as found:
            for version, activity, channel, kind, at in found:
                if kind in FEEDBACK:
                    sums[version, activity, channel, kind, self._calendar.names(at)] += 1
        for (version, activity, channel, kind, names), number in sums.items():
            when = self._named(names)
            yield Fact({**self._node(version, activity), **when, "channel": channel}, {kind: number})

    def discards(self, connection: Connection, sandbox: str, since: int, until: int) -> Iterator[Fact]:
        """Yield the facts of refused events, by a journey or altogether."""
        ids = {name: key for key, name in self.names.journeys.items()}
        sums = Counter[tuple[str, str, str, tuple[str, ...]]]()
        with closing(custom_report_queries.discards_between(connection, sandbox, since, until)) as found:
            for at, event, journey, reason in found:
                sums[event, journey, reason, self._calendar.names(at)] += 1
        for (event, journey, reason, names), number in sums.items():
            when = self._named(names)
            yield Fact(
                {"event": event, "journey": ids.get(journey, ""), "reason": reason, **when}, {"discards": number}
            )

    def present(self, connection: Connection) -> Iterator[tuple[int, Fact]]:
        """Yield the people in the journeys now, by version."""
        for version, counts in report_queries.main_counts(connection, list(self._rows)).items():
            now = sum(counts.get(name, 0) * sign for name, sign in BALANCE)
            yield version, Fact(self._node(version, ""), {"present": now})

    def standing(self, connection: Connection) -> Iterator[Fact]:
        """Yield the people at each activity now."""
        for (version, activity), number in custom_report_queries.current_counts(connection, list(self._rows)).items():
            yield Fact(self._node(version, activity), {"present": number})


def _name(activity: Activity) -> str:
    named = getattr(activity, "event", None) or getattr(activity, "action", None) or getattr(activity, "template", None)
    return str(activity.label or named or activity.id)
