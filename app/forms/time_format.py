"""Moments as people say them, in the zone they chose."""

from __future__ import annotations

import time
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from app.translation import mark, tr

MONTHS = (
    mark("January"), mark("February"), mark("March"), mark("April"), mark("May"), mark("June"), mark("July"),
    mark("August"), mark("September"), mark("October"), mark("November"), mark("December"),
)  # fmt: skip


def now_ms() -> int:
    """Return the current time in epoch milliseconds, the only clock of the window."""
    return time.time_ns() // 1_000_000


def now_in(zone: str) -> datetime:
    """Return the current time in a zone."""
    return _local(now_ms(), zone)


def _local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone))


def short_time(at: int, zone: str, today: date | None = None) -> str:
    """Epoch milliseconds as ``today, 14:02``, ``19 November`` or ``19 November 2025``."""
    local = _local(at, zone)
    today = today or now_in(zone).date()
    if local.date() == today:
        return tr("today, {time}", time=f"{local:%H:%M}")
    month = tr(MONTHS[local.month - 1])
    if local.year == today.year:
        return tr("{day} {month}", day=local.day, month=month)
    return tr("{day} {month} {year}", day=local.day, month=month, year=local.year)


def exact_time(at: int, zone: str, today: date | None = None) -> str:
    """Return a time to the second: ``today, 14:02:31``, ``19 November, 14:02:31``."""
    local = _local(at, zone)
    if local.date() == (today or now_in(zone).date()):
        return tr("today, {time}", time=f"{local:%H:%M:%S}")
    return f"{short_time(at, zone, today)}, {local:%H:%M:%S}"


@cache
def zone_names() -> tuple[str, ...]:
    """Every zone there is; looked up once, for that reads some six hundred files."""
    return tuple(sorted(available_timezones()))


def date_and_time(at: int, zone: str) -> str:
    """Epoch milliseconds as ``10 March 2026, 08:00:00``."""
    local = _local(at, zone)
    month = tr(MONTHS[local.month - 1])
    day = tr("{day} {month} {year}", day=local.day, month=month, year=local.year)
    return f"{day}, {local:%H:%M:%S}"


def clock(at: int, zone: str, seconds: bool = True) -> str:
    """Epoch milliseconds as a time of day."""
    local = _local(at, zone)
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
