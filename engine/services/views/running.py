"""Journeys while they run and afterwards: live counts, people, test mode, step events, reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.journey import JourneyState


@dataclass(frozen=True, slots=True)
class TestState:
    """Whether a draft is in test mode; ``wait`` is the test wait time in seconds, ``people`` how many profiles entered.

    ``virtual``: the session has a clock of its own: it shows ``time`` (with the real clock: the real time)
    and stands still unless ``running``. ``next_at`` is when, by it, the next timer is due; ``under_way`` counts the
    people with a call under way, during which a virtual clock waits.
    """

    __test__ = False

    on: bool
    wait: float
    started_at: int | None = None
    people: int = 0
    virtual: bool = False
    time: int | None = None
    running: bool = False
    next_at: int | None = None
    under_way: int = 0


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
    fields: Mapping[str, Any]


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

    rows: tuple[Mapping[str, Any], ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """The answer of a query; ``more``: there were other rows after these."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool = False
