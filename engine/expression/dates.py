"""Dates, times and durations: reading and printing ISO-8601, instants, time zones and the wall clock.

A dateTime is an aware ``datetime``, a dateTimeOnly a naive one, a dateOnly a ``date``, a duration a ``timedelta``; all
are cut to milliseconds. Comparing aware datetimes of one zone in Python compares their wall clocks, so everything here
goes by ``instant``.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from engine.expression.errors import UnplacedError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DATE_PARTS = ("years", "months", "days", "hours", "minutes", "seconds")

_TIME = r"T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
_OFFSET = r"(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9](?::?[0-5][0-9])?)?)"
_ISO = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:{_TIME}{_OFFSET}?)?")
_PART = r"([+-]?[0-9]+)"
_DURATION = re.compile(rf"([+-])?P(?:{_PART}D)?(T(?:{_PART}H)?(?:{_PART}M)?(?:([+-]?)([0-9]+)(?:[.,]([0-9]+))?S)?)?")


def _out_of_range() -> UnplacedError:
    return UnplacedError("overflow", "The date is out of range: years go from 1 to 9999.")


# Zones


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The ids of all time zones, as the pinned ``tzdata`` lists them."""
    listed = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(listed.split())


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo:
    """The zone of an id such as ``Europe/Paris``. Raises ``UnplacedError`` for an unknown one."""
    if name not in zone_names():
        raise UnplacedError.about(name, "is no time zone; write an id such as Europe/Paris, Asia/Seoul or UTC.")
    return ZoneInfo(name)


# Instants and the wall clock


def instant(moment: datetime) -> timedelta:
    """Time since 1970 in UTC: two dateTimes are equal when these are."""
    return moment - EPOCH


def cut(moment: datetime) -> datetime:
    """The moment without what is below a millisecond."""
    rest = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - rest) if rest else moment


def at_instant(since_epoch: timedelta, zone: tzinfo) -> datetime:
    """The dateTime of an instant, in a zone. Raises ``UnplacedError`` (``overflow``) beyond the years 1 to 9999."""
    try:
        return (EPOCH + since_epoch).astimezone(zone)
    except (OverflowError, ValueError):
        raise _out_of_range() from None


def add_duration(moment: datetime, duration: timedelta) -> datetime:
    """Elapsed time later; a dateTimeOnly moves along its wall clock."""
    try:
        if moment.tzinfo is None:
            return moment + duration
        return at_instant(instant(moment) + duration, moment.tzinfo)
    except OverflowError:
        raise _out_of_range() from None


def at_wall_clock(wall: datetime, zone: tzinfo | None) -> datetime:
    """The moment at which clocks in the zone show ``wall`` (naive; stays naive without a zone).

    A time that does not exist is moved forward by the gap; of one that exists twice the earlier is taken (runtime,
    "Wait").
    """
    if zone is None:
        return wall
    early, late = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    before, after = early.utcoffset() or timedelta(), late.utcoffset() or timedelta()
    if after > before:
        return (wall + (after - before)).replace(tzinfo=zone)
    return early


def move_wall_clock(moment: datetime, wall: datetime) -> datetime:
    """``moment`` with the clock set to ``wall``; a clock that is not moved keeps its instant."""
    if wall == moment.replace(tzinfo=None, fold=0):
        return moment
    return at_wall_clock(wall, moment.tzinfo)


def add_part(moment: datetime, number: int, part: str) -> datetime:
    """Move by years, months, days (wall clock, clamped to the month's end) or hours, minutes, seconds (elapsed)."""
    try:
        if part in ("hours", "minutes", "seconds"):
            return add_duration(moment, timedelta(**{part: number}))
        wall = moment.replace(tzinfo=None, fold=0)
        if part == "days":
            return move_wall_clock(moment, wall + timedelta(days=number))
        return move_wall_clock(moment, _add_months(wall, number * 12 if part == "years" else number))
    except (OverflowError, ValueError):
        raise _out_of_range() from None


def _add_months(wall: datetime, months: int) -> datetime:
    count = wall.year * 12 + wall.month - 1 + months
    year, month = count // 12, count % 12 + 1
    if not 1 <= year <= 9999:
        raise _out_of_range()
    return wall.replace(year=year, month=month, day=min(wall.day, monthrange(year, month)[1]))


def set_day(moment: datetime, day: int) -> datetime:
    """``moment`` on another day of its month, at most the last one. Raises ``UnplacedError`` below 1."""
    if day < 1:
        raise UnplacedError("bad_value", f"'setDays' takes a day of the month from 1 on, not {day}.")
    wall = moment.replace(tzinfo=None, fold=0)
    return move_wall_clock(moment, wall.replace(day=min(day, monthrange(wall.year, wall.month)[1])))


def set_hour(moment: datetime, hour: int) -> datetime:
    """``moment`` at another hour of its day. Raises ``UnplacedError`` outside 0 to 23."""
    if not 0 <= hour <= 23:
        raise UnplacedError("bad_value", f"'setHours' takes an hour from 0 to 23, not {hour}.")
    return move_wall_clock(moment, moment.replace(tzinfo=None, fold=0, hour=hour))


def epoch_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 in UTC, cut toward the past."""
    return instant(moment) // MILLISECOND


def from_epoch_milliseconds(milliseconds: int) -> datetime:
    """The dateTime in UTC. Raises ``UnplacedError`` (``overflow``) beyond the years 1 to 9999."""
    try:
        return at_instant(timedelta(milliseconds=milliseconds), UTC)
    except OverflowError:
        raise _out_of_range() from None


# Reading


def _read(text: str) -> date | datetime | None:
    """A date, a wall clock or an instant, by its form; None when the text is none of them."""
    if not _ISO.fullmatch(text):
        return None
    try:
        if len(text) == len("2021-02-19"):
            return date.fromisoformat(text)
        return cut(datetime.fromisoformat(text))
    except ValueError:
        return None


def _bad(text: str, what: str, example: str) -> UnplacedError:
    return UnplacedError.about(text, f"is no {what}; write one such as {example}.")


def read_any(text: str) -> date | datetime:
    """A dateOnly, dateTimeOnly or dateTime, by its form. Raises ``UnplacedError``."""
    value = _read(text)
    if value is None:
        raise _bad(text, "date", "2021-02-19, 2021-02-19T08:00:00 or 2021-02-19T08:00:00Z")
    return value


def read_date_only(text: str) -> date:
    """The date of a date, wall clock or instant; its own wall clock counts. Raises ``UnplacedError``."""
    value = _read(text)
    if value is None:
        raise _bad(text, "date", "2021-02-19")
    return value.date() if isinstance(value, datetime) else value


def read_date_time_only(text: str) -> datetime:
    """The wall clock of an instant, a wall clock, or a date at midnight. Raises ``UnplacedError``."""
    value = _read(text)
    if value is None:
        raise _bad(text, "date and time", "2021-02-19T08:00:00")
    return value.replace(tzinfo=None) if isinstance(value, datetime) else midnight(value)


def read_date_time(text: str) -> datetime:
    """An instant; without an offset the text is in UTC, a date is its midnight. Raises ``UnplacedError``."""
    value = _read(text)
    if value is None:
        raise _bad(text, "date and time", "2021-02-19T08:00:00Z or 2021-02-19T08:00:00+02:00")
    moment = value if isinstance(value, datetime) else midnight(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_strictly(text: str, matches: Callable[[date | datetime], bool]) -> date | datetime | None:
    """The value of a text that has exactly the form wanted, else None: payloads are not converted."""
    value = _read(text)
    return value if value is not None and matches(value) else None


def midnight(day: date) -> datetime:
    """The first moment of a date, as a wall clock."""
    return datetime.combine(day, time.min)


def read_duration(text: str) -> timedelta:
    """``PnDTnHnMn.nS`` with signs; a day is 24 hours; fractions are cut to milliseconds. Raises ``UnplacedError``."""
    match = _DURATION.fullmatch(text)
    if match is None or text[-1] in "PT":
        hint = " (years and months have no fixed length)" if re.match(r"[+-]?P.*[YM]", text.partition("T")[0]) else ""
        raise _bad(text, f"duration{hint}", "PT15M, PT24H or P2DT6H")
    sign, days, _, hours, minutes, second_sign, seconds, fraction = match.groups()
    if max(len(part or "") for part in (days, hours, minutes, seconds)) > 20:
        raise UnplacedError("overflow", "The duration is too long.")
    second_count = int(seconds or 0) * 1000 + int((fraction or "0")[:3].ljust(3, "0"))
    total = int(days or 0) * 86_400_000 + int(hours or 0) * 3_600_000 + int(minutes or 0) * 60_000
    total += -second_count if second_sign == "-" else second_count
    return from_milliseconds(-total if sign == "-" else total)


def from_milliseconds(milliseconds: int) -> timedelta:
    """The duration of so many milliseconds. Raises ``UnplacedError`` (``overflow``) beyond 999,999,999 days."""
    try:
        return timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise UnplacedError("overflow", "The duration is too long.") from None


# Printing


def print_date_time_only(moment: datetime) -> str:
    """``2021-02-19T08:00:00``, milliseconds only when there are any; the zone, if any, is left out."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds" if moment.microsecond > 999 else "seconds")


def print_date_time(moment: datetime) -> str:
    """The wall clock and its own offset; any zero offset is ``Z``."""
    shift = moment.utcoffset()
    if not shift:
        return f"{print_date_time_only(moment)}Z"
    seconds = abs(shift) // timedelta(seconds=1)
    offset = f"{'-' if shift < timedelta() else '+'}{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return f"{print_date_time_only(moment)}{offset}{f':{seconds % 60:02}' if seconds % 60 else ''}"


def print_in_utc(moment: datetime) -> str:
    """The instant in UTC. Raises ``UnplacedError`` (``overflow``) when that is outside the years 1 to 9999."""
    return f"{print_date_time_only(moment if moment.tzinfo is UTC else at_instant(instant(moment), UTC))}Z"


def print_duration(duration: timedelta) -> str:
    """``PT24H``, ``-PT6H3M``, ``PT0.5S``, ``PT0S``: hours, minutes and seconds."""
    total = duration // MILLISECOND
    rest, milliseconds = divmod(abs(total), 1000)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{milliseconds:03}".rstrip("0") if milliseconds else ""
    parts = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or fraction or not parts:
        parts += f"{seconds}{fraction}S"
    return f"{'-' if total < 0 else ''}PT{parts}"
