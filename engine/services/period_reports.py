"""Reports of a time: the step events that happened in it, summed up as everywhere (runtime.md, Metrics)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import msgspec

from engine.core.effect import StepEvent
from engine.core.metrics import ActivityCount, Metrics, journey_json
from engine.errors import SojournError
from engine.model.activity import Activity
from engine.services.report_views import ActivityCounts, ActivityTotal, LiveCounts, PeriodReport
from engine.store import journey_queries, report_queries
from engine.store.journey_queries import StoredVersion
from engine.store.results import Connection

MOST_STEPS = 2_000_000
"""Step events that one report reads; a few seconds."""
MINUTE_MS = 60_000
STRETCHES = tuple(minutes * MINUTE_MS for minutes in (1, 5, 15, 60, 360, 1_440, 10_080))
"""How long one point of a line of entrances may stand for, in milliseconds."""
_POINTS = 60
_DECODE = msgspec.json.Decoder(StepEvent).decode


Group = TypeVar("Group")


class Cohort(Generic[Group]):
    """The people who entered in a time and have not left in it, by the group they entered in."""

    def __init__(self) -> None:
        self._present: dict[str, Group] = {}
        self._left: dict[str, Group] = {}

    def __len__(self) -> int:
        return len(self._present)

    def add(self, event: StepEvent, group: Group) -> None:
        """Take in a step event, by which somebody may enter, leave or be resumed."""
        if event.entrance:
            self._present[event.instance] = group
        if event.end and event.instance in self._present:
            self._left[event.instance] = self._present.pop(event.instance)
        elif event.resumed and event.instance in self._left:
            self._present[event.instance] = self._left.pop(event.instance)

    def sums(self) -> Counter[Group]:
        """Count the people by group."""
        return Counter(self._present.values())


@dataclass(slots=True)
class Period:
    """The counts of a time."""

    metrics: Metrics = field(default_factory=Metrics)
    present: Cohort[None] = field(default_factory=Cohort)
    entrances: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    versions: dict[int, Metrics] = field(default_factory=dict)

    def add(self, version: int, event: StepEvent, stretch: int) -> None:
        """Count one step event of a version."""
        self.metrics.add(event)
        self.versions.setdefault(version, Metrics()).add(event)
        if event.entrance:
            self.entrances[event.arrived - event.arrived % stretch] += 1
        self.present.add(event, None)
        if event.error:
            self.errors[event.error] += 1


def stretch_of(since: int, until: int) -> int:
    """Return the shortest stretch (ms) with which a time has at most sixty points."""
    return next((one for one in STRETCHES if (until - since) / one <= _POINTS), STRETCHES[-1])


def read_period(
    connection: Connection, versions: Sequence[int], since: int, until: int, stretch: int, *, in_test: bool
) -> Period:
    """Sum up the step events of these versions; raises SojournError when there are too many."""
    found = Period()
    for version, event in read_steps(connection, versions, since, until):
        if event.in_test is in_test:
            found.add(version, event, stretch)
    for kind, number in report_queries.feedback_between(connection, versions, since, until, in_test=in_test).items():
        found.metrics.count_feedback(kind, number)
    return found


def read_steps(
    connection: Connection, versions: Sequence[int], since: int, until: int
) -> Iterator[tuple[int, StepEvent]]:
    """Yield the step events of a time with their versions; raises SojournError when there are too many."""
    with closing(report_queries.steps_between(connection, versions, since, until)) as steps:
        for number, (version, text) in enumerate(steps):
            if number >= MOST_STEPS:
                raise too_long()
            yield version, _DECODE(text)


def too_long() -> SojournError:
    """Make the error for a time in which more happened than one report can read."""
    return SojournError("report_too_long", limit=MOST_STEPS)


def report(connection: Connection, rows: Sequence[StoredVersion], since: int, until: int) -> PeriodReport:
    """Report on journeys, given all their versions."""
    stretch = stretch_of(since, until)
    period = read_period(connection, [row.id for row in rows], since, until, stretch, in_test=False)
    newest = {row.name: journey_queries.version_model(row) for row in rows}
    counted = {name: _together(period, rows, name) for name in newest}
    totals = [
        ActivityTotal(name, activity.id, activity.type, _name(activity), *counted[name].get(activity.id, (0, 0)))
        for name, version in newest.items()
        for activity in version.activities
    ]
    first = since - since % stretch
    return PeriodReport(
        since=since,
        until=until,
        journeys=tuple(newest),
        metrics=_figures(period),
        stretch=stretch,
        entrances=tuple((at, period.entrances[at]) for at in range(first, until, stretch)),
        activities=tuple(totals),
        errors=dict(period.errors.most_common()),
    )


def _figures(period: Period) -> Mapping[str, float]:
    """Compute the counters; people may have entered before the time, so those present are counted apart."""
    figures = period.metrics.to_json()
    here, entered = len(period.present), period.metrics.entered
    return {**figures, "current": here, "current_rate": round(here / entered, 4) if entered else 0.0}


def _together(period: Period, rows: Sequence[StoredVersion], name: str) -> Mapping[str, tuple[int, int]]:
    """People and errors at each activity of a journey, all its versions together."""
    entered, errors = Counter[str](), Counter[str]()
    for row in rows:
        metrics = period.versions.get(row.id)
        if row.name == name and metrics is not None:
            for activity, count in metrics.activities.items():
                entered[activity] += count.entered
                errors[activity] += count.errors
    return {activity: (entered[activity], errors[activity]) for activity in entered | errors}


def _name(activity: Activity) -> str:
    named = getattr(activity, "event", None) or getattr(activity, "action", None) or getattr(activity, "template", None)
    return str(named or activity.label or activity.id)


def narrowed(connection: Connection, row: StoredVersion, counts: LiveCounts, since: int) -> LiveCounts:
    """Restrict live counts to the time since then; where people stand now stays as it is."""
    stretch = stretch_of(since, counts.at)
    in_test = row.state == "test"
    period = read_period(connection, [row.id], since, counts.at + 1, stretch, in_test=in_test)
    version = journey_queries.version_model(row)
    summed = period.metrics.to_json()
    metrics = {name: value for name, value in summed.items() if isinstance(value, int)}
    return replace(
        counts,
        metrics={**metrics, "current": counts.metrics["current"]},
        activities={
            name: ActivityCounts(count.entered, known.current, count.errors)
            for name, known in counts.activities.items()
            for count in (period.metrics.activities.get(name, ActivityCount()),)
        },
        edges=journey_json(version, period.metrics)["edges"],
        entrances=tuple(sorted(period.entrances.items())),
        errors=dict(period.errors),
    )
