"""The answers of the services about running journeys: live counts, people, step events and reports.

As in :mod:`engine.services.views` they are frozen values that cross threads and processes unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.catalogue import Phrase
from engine.model.activity import Activity
from engine.model.journey import JourneyState
from engine.model.report import Report


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step event as lists show it; ``fields`` holds every field of the event."""

    at: int
    instance: str
    person: str
    activity: str
    name: str
    status: str
    transition: str | None
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in a journey: where, since when, and what happened last."""

    instance: str
    key: str
    profile: str | None
    status: str
    activity: str
    entered_at: int
    since: int


@dataclass(frozen=True, slots=True)
class ActivityCounts:
    """How many people reached an activity, stand there now, and failed there."""

    entered: int = 0
    current: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class LiveCounts:
    """A version while it runs. ``metrics`` as in ``simulate``; ``edges`` keyed like there (``stay:booked``, ``lobby``).

    ``entrances`` are (minute as epoch ms, people) of the last hour, ``rate`` step events a second over the last ten
    seconds, ``errors`` counts by kind (``503``, ``timedOut`` …).
    """

    version_id: str
    state: JourneyState
    at: int
    metrics: Mapping[str, int]
    activities: Mapping[str, ActivityCounts]
    edges: Mapping[str, int]
    rate: float
    entrances: tuple[tuple[int, int], ...]
    errors: Mapping[str, int]
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True)
class ActivityTotal:
    """What happened at one activity of a journey in a time; ``name`` is the event's, the action's or its label."""

    journey: str
    activity: str
    kind: str
    name: str
    entered: int
    errors: int


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """A time of one or more journeys, all versions together; ``since`` and ``until`` in epoch milliseconds.

    ``metrics`` as in ``simulate``; ``current`` are the people who entered in that time and have not left in it.
    ``entrances`` are (start of a stretch, people), all stretches ``stretch`` ms long; ``errors`` counts by kind.
    Without steps in the time, everything is zero.
    """

    since: int
    until: int
    journeys: tuple[str, ...]
    metrics: Mapping[str, float]
    stretch: int
    entrances: tuple[tuple[int, int], ...]
    activities: tuple[ActivityTotal, ...]
    errors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ArchiveRow:
    """A file of step events that left the workspace; ``there``: the file is where it was written."""

    name: str
    rows: int
    from_at: int
    until_at: int
    made_at: int
    there: bool


@dataclass(frozen=True, slots=True)
class StepPage:
    """Some step events as files have them; ``cursor`` asks for the next page, None behind the last."""

    rows: tuple[Mapping[str, object], ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """The answer of a query; ``more``: there were other rows after these."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report in lists. ``revision`` counts its changes: a change is accepted on the newest one only."""

    id: str
    name: str
    description: str
    panels: int
    revision: int
    created_by: str
    created_at: int
    changed_by: str
    changed_at: int


@dataclass(frozen=True, slots=True)
class ReportSheet:
    """A report to be shown or changed."""

    row: ReportRow
    report: Report


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One row of a panel. ``values`` are in the order of its metrics; None where there is no value.

    ``key`` identifies the row: an id, a code, or a time as ``services.report_facts`` names it. ``name`` is what the
    customer called it, '' where the key is enough; of an activity it is its journey, where there are several.
    ``parts`` are its breakdown.
    """

    key: str
    name: str
    values: tuple[float | None, ...]
    parts: tuple[PanelRow, ...] = ()
    activity: Activity | None = None


@dataclass(frozen=True, slots=True)
class PanelFigures:
    """The content of a panel. ``rest`` sums up the ``cut`` rows that are not listed; ``fault``: why there are none."""

    id: str
    rows: tuple[PanelRow, ...] = ()
    total: PanelRow | None = None
    rest: PanelRow | None = None
    cut: int = 0
    fault: Phrase | None = None


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """A report as it was at one moment, from ``since`` to before ``until``, in epoch milliseconds."""

    since: int
    until: int
    panels: tuple[PanelFigures, ...]
