"""The time of a report on the reader's wall clock: where it begins and ends, and into which rows its moments fall."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.errors import SojournError
from engine.model.report import ReportTime

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


Name = Callable[[datetime], str]
NAMES: Mapping[str, Name] = {
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
