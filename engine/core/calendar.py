"""Wall clocks and instants: time zones, times of day, dates (runtime.md, Moving). Instants are epoch milliseconds.

A local time that does not exist (clocks forward) is moved forward by the gap; one that exists twice is the earlier.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.expression.dates import find_zone as find_named_zone
from engine.expression.dates import is_zone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
ONE_DAY = timedelta(days=1)
MIDNIGHT = time()


@lru_cache(maxsize=1024)
def find_zone(name: str) -> tzinfo | None:
    """Return the IANA zone of that name, or that of an offset such as ``+09:00``; None if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return find_named_zone(name) if is_zone(name) else None


def first_valid_zone(*names: str | None) -> str:
    """Return the first of these names that is a zone; UTC if none is."""
    for name in names:
        if name and find_zone(name) is not None:
            return name
    return "UTC"


def local_time(now: int, zone: str) -> datetime:
    """Return the aware wall-clock time of an instant."""
    return (EPOCH + now * MILLISECOND).astimezone(find_zone(zone))


def to_instant(moment: datetime, zone: str) -> int:
    """Return the instant of a time: with an offset as it is, without one by the wall clock of the zone."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=find_zone(zone), fold=0)
    return (aware - EPOCH) // MILLISECOND


def parse_moment(text: str) -> date | datetime:
    """Return a date, a wall-clock time or a time with an offset; raises ValueError for anything else."""
    return date.fromisoformat(text) if len(text) == len("2026-03-10") else datetime.fromisoformat(text)


@lru_cache(maxsize=4096)
def bound_instant(text: str, zone: str, *, after: bool = False) -> int:
    """Return the instant of a bound; that of a date is its midnight, or with ``after`` the next midnight."""
    moment = parse_moment(text)
    if isinstance(moment, datetime):
        return to_instant(moment, zone)
    return to_instant(datetime.combine(moment + (ONE_DAY if after else timedelta()), MIDNIGHT), zone)


def running_time(starts_at: str | None, ends_at: str | None, zone: str) -> tuple[int | None, int | None]:
    """Return the instants from which and before which people enter; an end that is a date includes that day."""
    starts = bound_instant(starts_at, zone) if starts_at else None
    return starts, bound_instant(ends_at, zone, after=True) if ends_at else None


def minutes_of_day(clock: str) -> int:
    """Minutes since midnight of ``HH:MM``; raises ValueError for anything else."""
    if len(clock) != len("HH:MM"):
        raise ValueError(clock)
    moment = time.fromisoformat(clock)
    return moment.hour * 60 + moment.minute


def in_time_window(local: datetime, start: int | None, until: int | None, days: frozenset[int]) -> bool:
    """Whether a local time lies in a range of minutes of the day, on certain weekdays (0 is Monday; none: every day).

    ``until`` is excluded. A range that passes midnight belongs to the day it began; equal bounds are a whole day.
    """
    minute = local.hour * 60 + local.minute
    first = 0 if start is None else start
    last = 24 * 60 if until is None else until
    weekday = local.weekday()
    if first < last:
        return first <= minute < last and _on(weekday, days)
    if minute >= first:
        return _on(weekday, days)
    return minute < last and _on((weekday - 1) % 7, days)


def _on(weekday: int, days: frozenset[int]) -> bool:
    return not days or weekday in days
