"""Custom reports: panels that show metrics by a dimension, over a time (studio.md, Reports).

The tables ``DIMENSIONS`` and ``METRICS`` define the queries: services compute them, the studio offers them. A metric
names the dimensions by which it can be broken down; with any other its cells are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from engine.catalogue import Phrase
from engine.model.base import FreeName, Model, fault

Shape = Literal["table", "line", "bar", "donut", "number"]
Span = Literal["hour", "24_hours", "today", "yesterday", "7_days", "30_days", "90_days", "between"]

TIMES = ("hour", "day", "week", "month")
"""Dimensions whose rows follow one another."""
CYCLES = ("hour_of_day", "weekday")
PLACES = ("journey", "version")
NODES = ("activity", "activity_type", "event", "action", "channel")
FAULTS = ("error", "field_group", "status")
DIMENSIONS = (*PLACES, *NODES, *FAULTS, "reason", *TIMES, *CYCLES)
"""The dimensions of rows, in the order in which they are offered."""

_WHEN_AND_WHERE = frozenset((*TIMES, *CYCLES, *PLACES, *NODES))
_STEPS = _WHEN_AND_WHERE | set(FAULTS)
_MESSAGES = frozenset((*TIMES, *CYCLES, *PLACES, "activity", "activity_type", "channel"))
_REFUSALS = frozenset((*TIMES, *CYCLES, "journey", "event", "reason"))
_COHORTS = frozenset((*TIMES, *CYCLES, *PLACES))
_STANDING = frozenset((*TIMES, *PLACES, *NODES))


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a row. A quotient (``part`` by ``whole``) is a share, or with ``unit`` ms a mean time.

    Where there is no ``whole``, ``otherwise`` replaces it: messages without reports of delivery.
    """

    dimensions: frozenset[str]
    part: str = ""
    whole: str = ""
    unit: Literal["", "share", "ms"] = ""
    otherwise: str = ""


def _share(part: str, whole: str, dimensions: frozenset[str], otherwise: str = "") -> Metric:
    return Metric(dimensions, part, whole, "share", otherwise)


METRICS: Mapping[str, Metric] = {
    "entered": Metric(_WHEN_AND_WHERE),
    "completed": Metric(_WHEN_AND_WHERE),
    "current": Metric(_COHORTS),
    "present": Metric(_STANDING),
    "failed": Metric(_STEPS),
    "timed_out": Metric(_WHEN_AND_WHERE),
    "stopped": Metric(_WHEN_AND_WHERE),
    "completion_rate": _share("completed", "entered", _WHEN_AND_WHERE),
    "current_rate": _share("current", "entered", _COHORTS),
    "failure_rate": _share("failed", "entered", _WHEN_AND_WHERE),
    "reached": Metric(_WHEN_AND_WHERE),
    "steps": Metric(_STEPS),
    "errors": Metric(_STEPS),
    "error_rate": _share("errors", "occurrences", _WHEN_AND_WHERE),
    "errors_in_action": Metric(_STEPS),
    "errors_in_enrichment": Metric(_STEPS),
    "errors_in_event": Metric(_STEPS),
    "executed_actions": Metric(_WHEN_AND_WHERE),
    "executed_events": Metric(_WHEN_AND_WHERE),
    "executed_enrichments": Metric(_WHEN_AND_WHERE),
    "executed_orchestration": Metric(_WHEN_AND_WHERE),
    "call_time": Metric(_STEPS, "call_ms", "calls", "ms"),
    "sent": Metric(_MESSAGES),
    "delivered": Metric(_MESSAGES),
    "bounced": Metric(_MESSAGES),
    "opened": Metric(_MESSAGES),
    "clicked": Metric(_MESSAGES),
    "unsubscribed": Metric(_MESSAGES),
    "delivered_rate": _share("delivered", "sent", _MESSAGES),
    "bounced_rate": _share("bounced", "sent", _MESSAGES),
    "opened_rate": _share("opened", "delivered", _MESSAGES, "sent"),
    "clicked_rate": _share("clicked", "delivered", _MESSAGES, "sent"),
    "unsubscribed_rate": _share("unsubscribed", "delivered", _MESSAGES, "sent"),
    "discards": Metric(_REFUSALS),
}
"""Every metric, in the order in which they are offered; shares are those of ``core.metrics``.

``current`` are those who entered in a time and have not left in it, ``present`` all who are there at its end.
"""


def fits(metric: str, *dimensions: str) -> bool:
    """Whether a metric can be broken down by all of these dimensions; '' is the total."""
    return all(not dimension or dimension in METRICS[metric].dimensions for dimension in dimensions)


def _known_dimension(name: str) -> str:
    if name and name not in DIMENSIONS:
        raise fault(Phrase("file_wrong_type.dimension"))
    return name


def _known_metric(name: str) -> str:
    if name not in METRICS:
        raise fault(Phrase("file_wrong_type.metric"))
    return name


Dimension = Annotated[str, AfterValidator(_known_dimension)]
MetricName = Annotated[str, AfterValidator(_known_metric)]
JourneyId = Annotated[str, StringConstraints(max_length=20)]
Title = Annotated[str, StringConstraints(max_length=200)]

MAX_PANELS = 30
MAX_METRICS = 12
LIMITS = (5, 10, 25, 50, 100)
"""The numbers of rows that a panel may show; the others are summed up in one."""


class ReportModel(Model):
    """The base of the report models, which are built at their first use."""

    model_config = ConfigDict(defer_build=True)


class ReportTime(ReportModel):
    """A time that moves with the clock, or from one day to another, both included, in the reader's zone."""

    span: Span = "7_days"
    since: date | None = None
    until: date | None = None


class Panel(ReportModel):
    """One table or chart. ``journeys`` narrows what the report is about; without a dimension all is one row."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    title: Title = ""
    shape: Shape = "table"
    width: Literal["half", "full"] = "half"
    height: Literal["small", "medium", "large"] = "medium"
    dimension: Dimension = ""
    breakdown: Dimension = ""
    metrics: Annotated[tuple[MetricName, ...], Field(max_length=MAX_METRICS)] = ()
    journeys: tuple[JourneyId, ...] = ()
    sort: str = ""
    """The metric whose largest values come first, ``name``, or '' for the first metric."""
    ascending: bool = False
    limit: Annotated[int, Field(ge=1, le=LIMITS[-1])] = 10


class Report(ReportModel):
    """A report as it is kept; ``journeys`` are the ids of those it is about, none for all."""

    name: FreeName
    description: Annotated[str, StringConstraints(max_length=2_000)] = ""
    time: ReportTime = ReportTime()
    journeys: tuple[JourneyId, ...] = ()
    panels: Annotated[tuple[Panel, ...], Field(max_length=MAX_PANELS)] = ()

    @model_validator(mode="after")
    def _check_ids(self) -> Report:
        if len({panel.id for panel in self.panels}) < len(self.panels):
            raise fault(Phrase("file_wrong_type.panel_id"))
        return self
