"""A summary as a table of values, for CSV and screen readers."""

from __future__ import annotations

from collections.abc import Iterator

from app.forms import csv_format
from app.forms.failure_labels import failure_label
from app.forms.time_format import date_and_time
from app.translation import mark, tr
from engine.services.views import PeriodReport

FIGURES: dict[str, str] = {
    "entered": mark("Entered"),
    "completed": mark("Completed"),
    "current": mark("In the journey"),
    "failed": mark("Failed"),
    "completion_rate": mark("Completion rate"),
    "failure_rate": mark("Failure rate"),
    "sent": mark("Messages sent"),
    "errors": mark("Errors"),
}
"""The key figures in display order."""
REACH: dict[str, str] = {
    "delivered_rate": mark("Delivered rate"),
    "bounced_rate": mark("Bounce rate"),
    "opened_rate": mark("Open rate"),
    "clicked_rate": mark("Click rate"),
    "unsubscribed_rate": mark("Unsubscribe rate"),
}
"""Message outcomes, shown once a provider has reported any."""
FURTHER: dict[str, str] = {
    "stopped": mark("Stopped"),
    "current_rate": mark("Rate in the journey"),
    "error_rate": mark("Error rate"),
}
"""Figures that appear in the table only."""


def figure_words(name: str, value: float) -> str:
    """Format a figure: 4,812 or 83.5 %."""
    return f"{value * 100:.1f} %" if name.endswith("_rate") else f"{int(value):,}"


def table(report: PeriodReport, zone: str) -> Iterator[tuple[str, str, str, str]]:
    """Return every value of a report: section, subject, count, errors."""
    yield tr("Part"), tr("Name"), tr("Count"), tr("Errors")
    for name, words in (FIGURES | FURTHER | REACH).items():
        yield tr("Key figures"), tr(words), f"{report.metrics.get(name, 0):g}", ""
    for at, people in report.entrances:
        yield tr("Entrances"), date_and_time(at, zone), str(people), ""
    for total in report.activities:
        yield total.journey, total.name, str(total.entered), str(total.errors)
    for code, count in report.errors.items():
        yield tr("Errors by kind"), failure_label(code), str(count), ""


def as_csv(report: PeriodReport, zone: str) -> str:
    """Return the table as CSV."""
    return csv_format.written(table(report, zone))
