"""Display names of dimensions, metrics, times and rows; number formats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from app.activity_views import full_name, type_title
from app.forms.engine_texts import failure_label
from app.forms.time_format import MONTHS
from app.translation import mark, tr
from engine.model.activity import Activity
from engine.model.report import METRICS, Panel
from engine.services.report_views import PanelRow

DIMENSIONS: Mapping[str, str] = {
    "journey": mark("Journey"),
    "version": mark("Journey version"),
    "activity": mark("Activity"),
    "activity_type": mark("Kind of activity"),
    "event": mark("Event"),
    "action": mark("Action"),
    "channel": mark("Channel"),
    "error": mark("Error"),
    "field_group": mark("Field group in error"),
    "status": mark("Outcome of a step"),
    "reason": mark("Refusal reason"),
    "hour": mark("Hour"),
    "day": mark("Day"),
    "week": mark("Week"),
    "month": mark("Month"),
    "hour_of_day": mark("Hour of the day"),
    "weekday": mark("Day of the week"),
}

METRIC_WORDS: Mapping[str, tuple[str, str]] = {
    "entered": (mark("Entered"), mark("People who entered a journey.")),
    "completed": (mark("Completed"), mark("People who reached the end of a journey.")),
    "current": (mark("In the journey"), mark("People who entered in this period and are still in the journey.")),
    "present": (mark("In the journey at the end"), mark("All people who are in a journey at the end of the period.")),
    "failed": (mark("Failed"), mark("Journeys that ended with an error, including the global timeout.")),
    "timed_out": (mark("Timed out"), mark("Journeys that the global timeout ended.")),
    "stopped": (mark("Stopped"), mark("Journeys that were stopped by hand.")),
    "completion_rate": (mark("Completion rate"), mark("Percentage of entrances that were completed.")),
    "current_rate": (mark("Rate in the journey"), mark("Percentage of entrances that are still in the journey.")),
    "failure_rate": (mark("Failure rate"), mark("Percentage of entrances that failed.")),
    "reached": (
        mark("Reached"),
        mark("People who reached an activity; at waits and awaited events, people who continued from it."),
    ),
    "steps": (mark("Steps"), mark("Moves from one activity to the next.")),
    "errors": (mark("Errors"), mark("Activities that failed, whether the journey went on or not.")),
    "error_rate": (mark("Error rate"), mark("Percentage of errors among the outcomes of activities.")),
    "errors_in_action": (mark("Errors in actions"), mark("Actions and messages that failed.")),
    "errors_in_enrichment": (mark("Errors in data"), mark("Data that could not be fetched.")),
    "errors_in_event": (mark("Errors in events"), mark("Events that could not be processed.")),
    "executed_actions": (mark("Actions performed"), mark("Actions and messages that succeeded.")),
    "executed_events": (mark("Events processed"), mark("Events with which people entered or continued.")),
    "executed_enrichments": (mark("Data fetched"), mark("Field groups that were fetched.")),
    "executed_orchestration": (mark("Conditions, waits, ends"), mark("Conditions, waits and ends that were passed.")),
    "call_time": (mark("Mean time of a call"), mark("Duration of an action's call, with its retries.")),
    "sent": (mark("Messages sent"), mark("Messages that were sent.")),
    "delivered": (mark("Delivered"), mark("Messages that the provider reported as delivered.")),
    "bounced": (mark("Bounced"), mark("Messages that bounced.")),
    "opened": (mark("Opened"), mark("Messages that were opened.")),
    "clicked": (mark("Clicked"), mark("Messages with a click.")),
    "unsubscribed": (mark("Unsubscribed"), mark("Messages that led to an unsubscription.")),
    "delivered_rate": (mark("Delivery rate"), mark("Percentage of sent messages that were delivered.")),
    "bounced_rate": (mark("Bounce rate"), mark("Percentage of sent messages that bounced.")),
    "opened_rate": (
        mark("Open rate"),
        mark("Percentage of delivered messages that were opened; of sent ones if the delivery is unknown."),
    ),
    "clicked_rate": (
        mark("Click rate"),
        mark("Percentage of delivered messages that were clicked; of sent ones if the delivery is unknown."),
    ),
    "unsubscribed_rate": (
        mark("Unsubscribe rate"),
        mark("Percentage of delivered messages that were unsubscribed from; of sent ones if the delivery is unknown."),
    ),
    "discards": (mark("Refused events"), mark("Events that no journey accepted, or that are unknown.")),
}
"""Each metric with its explanation."""

SPANS: Mapping[str, str] = {
    "hour": mark("Last hour"),
    "24_hours": mark("Last 24 hours"),
    "today": mark("Today"),
    "yesterday": mark("Yesterday"),
    "7_days": mark("Last 7 days"),
    "30_days": mark("Last 30 days"),
    "90_days": mark("Last 90 days"),
    "between": mark("From … to …"),
}
SHAPES: Mapping[str, tuple[str, str]] = {
    "table": (mark("Table"), "table"),
    "line": (mark("Line"), "chart-line"),
    "bar": (mark("Bars"), "chart-bar"),
    "donut": (mark("Donut"), "chart-pie"),
    "number": (mark("Number"), "number-square-one"),
}
"""Each shape of a panel with its icon."""

_STATUS: Mapping[str, str] = {
    "transitions": mark("Continued"),
    "ended": mark("Reached an end"),
    "error": mark("Failed"),
    "capped": mark("Limited by a guardrail"),
    "timedout": mark("No answer in time"),
    "instanceTimedout": mark("Global timeout"),
}
_REASONS: Mapping[str, str] = {
    "no_match": mark("No matching event"),
    "missing_field": mark("A required field is missing"),
    "wrong_type": mark("A value has the wrong type"),
    "empty_key": mark("The key is empty"),
    "closed": mark("Closed to new entrances"),
    "not_started": mark("Not started yet"),
    "not_a_test_profile": mark("Not a test profile"),
    "already_in_journey": mark("Already in the journey"),
    "reentrance_not_allowed": mark("Entered before, re-entrance is off"),
    "reentrance_wait": mark("Entered again too soon"),
    "journey_full": mark("The test is full"),
    "not_waiting": mark("Not waiting for it"),
}
_WEEKDAYS = (
    mark("Monday"), mark("Tuesday"), mark("Wednesday"), mark("Thursday"), mark("Friday"), mark("Saturday"),
    mark("Sunday"),
)  # fmt: skip
NOTHING = "–"
"""The text of an empty cell."""


def reason_name(reason: str) -> str:
    """Return the display name of the reason for which an event was refused."""
    return tr(_REASONS[reason]) if reason in _REASONS else reason


def metric_name(metric: str) -> str:
    """Return the display name of a metric."""
    return tr(METRIC_WORDS[metric][0])


def dimension_name(dimension: str) -> str:
    """Return the display name of a dimension."""
    return tr(DIMENSIONS[dimension])


_NAMED = 3


def panel_title(panel: Panel) -> str:
    """Return a panel's own title, else a description of its content."""
    if panel.title:
        return panel.title
    if not panel.metrics:
        return tr("Empty panel")
    if not panel.dimension:
        return metric_name(panel.metrics[0]) if len(panel.metrics) == 1 else tr("Key figures")
    first, *others = (metric_name(metric) for metric in panel.metrics[:_NAMED])
    named = ", ".join((first, *(_small(name) for name in others)))
    more = " …" if len(panel.metrics) > _NAMED else ""
    return tr("{figures} by {dimension}", figures=f"{named}{more}", dimension=_small(dimension_name(panel.dimension)))


def _small(words: str) -> str:
    """Return words in lower case for use inside a sentence."""
    return words[:1].lower() + words[1:]


def number(metric: str, value: float | None) -> str:
    """Format a value: 4,812, 83.5 %, 120 ms."""
    if value is None:
        return NOTHING
    unit = METRICS[metric].unit
    if unit == "share":
        return f"{value * 100:.1f} %"
    if unit == "ms":
        return tr("{count} ms", count=f"{value:,.0f}")
    return f"{value:,.0f}"


def axis_number(metric: str, value: float) -> str:
    """Format a value for an axis."""
    if METRICS[metric].unit == "share":
        return f"{value * 100:g} %"
    if abs(value) >= 1_000_000:
        return f"{value / 1_000_000:g}M"
    return f"{value / 1000:g}k" if abs(value) >= 10_000 else f"{value:,g}"


def row_name(dimension: str, row: PanelRow) -> str:
    """Return the display name of a row."""
    if not dimension:
        return tr("All")
    if row.activity is not None:
        return _activity_name(row.activity, row.name)
    if row.name:
        return row.name
    known: Mapping[str, Mapping[str, str]] = {
        "status": _STATUS,
        "reason": _REASONS,
    }
    if dimension in ("activity_type", "channel"):
        return type_title(row.key)
    if dimension in known:
        return tr(known[dimension][row.key]) if row.key in known[dimension] else row.key
    return failure_label(row.key) if dimension == "error" else _time_name(dimension, row.key)


def _activity_name(activity: Activity, journey: str) -> str:
    """Return an activity's name, with its id if ambiguous."""
    named = full_name(activity)
    if named == type_title(activity.type):
        named = f"{named} ({activity.id})"
    return f"{named} — {journey}" if journey else named


def _time_name(dimension: str, key: str) -> str:
    if dimension == "hour":
        at = datetime.fromisoformat(key)
        return f"{_day(at.date())}, {at:%H:%M}"
    if dimension == "day":
        return _day(date.fromisoformat(key))
    if dimension == "week":
        return tr("Week of {day}", day=_day(date.fromisoformat(key)))
    if dimension == "month":
        year, month = key.split("-")
        return tr("{month} {year}", month=tr(MONTHS[int(month) - 1]), year=year)
    if dimension == "weekday":
        return tr(_WEEKDAYS[int(key) - 1])
    return f"{key}:00" if dimension == "hour_of_day" else key


def _day(day: date) -> str:
    return tr("{day} {month}", day=day.day, month=tr(MONTHS[day.month - 1]))


def tick_name(dimension: str, row: PanelRow, whole_days: bool) -> str:
    """Return a row's label below an axis; ``whole_days`` for axes longer than two days."""
    if dimension == "hour":
        at = datetime.fromisoformat(row.key)
        return f"{at:%m-%d}" if whole_days else f"{at:%H:%M}"
    if dimension in ("day", "week"):
        return row.key[5:]
    return row.key if dimension == "month" else row_name(dimension, row)
