"""Dates, times and durations: reading and printing ISO-8601, instants, time zones and the wall clock.

A dateTime is an aware ``datetime``, a dateTimeOnly a naive one, a dateOnly a ``date``, a duration a ``timedelta``; all
are cut to milliseconds. Comparing aware datetimes of one zone in Python compares their wall clocks, so everything here
goes by ``instant``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from engine.expression.errors import UnplacedError, either, phrase

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DATE_PARTS = ("years", "months", "days", "hours", "minutes", "seconds")

_TIME = r"T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]++)?)?"
_OFFSET = r"(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9](?::?[0-5][0-9])?)?)"
_ISO = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:{_TIME}{_OFFSET}?)?")
_PART = r"([+-]?[0-9]++)"
_DURATION = re.compile(
    rf"([+-])?P(?:{_PART}D)?(T(?:{_PART}H)?(?:{_PART}M)?(?:([+-]?)([0-9]++)(?:[.,]([0-9]*+))?S)?)?",
    re.ASCII | re.IGNORECASE,
)
_ZONE_OFFSET = re.compile(r"Z|[+-](?:0[0-9]|1[0-7]):[0-5][0-9]|[+-]18:00")


def _out_of_range() -> UnplacedError:
    return UnplacedError("overflow", phrase("date_range"))


# Zones


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return the ids of all time zones, as the pinned ``tzdata`` lists them."""
    listed = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(listed.split())


def is_zone(name: object) -> bool:
    """Whether this is a zone's id, or an offset."""
    return isinstance(name, str) and (name in zone_names() or _ZONE_OFFSET.fullmatch(name) is not None)


@lru_cache(maxsize=1024)
def find_zone(name: str) -> tzinfo:
    """Return the zone of an id such as ``Europe/Paris``, or of an offset. Raises ``UnplacedError`` for another id."""
    if not is_zone(name):
        raise UnplacedError.about("no_zone", name)
    if name in zone_names():
        return ZoneInfo(name)
    offset = datetime.fromisoformat(f"{EPOCH:%Y-%m-%dT%H:%M}{name}").tzinfo
    assert offset is not None
    return offset


@lru_cache(maxsize=1)
def load_zones() -> None:
    """Read all zones, which takes too long for an evaluation: for zones that are known only then."""
    for name in zone_names():
        find_zone(name)


# Instants and the wall clock


def instant(moment: datetime) -> timedelta:
    """Time since 1970 in UTC: two dateTimes are equal when these are."""
    return moment - EPOCH


def cut(moment: datetime) -> datetime:
    """Cut off what is below a millisecond."""
    rest = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - rest) if rest else moment


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """Move an instant to another zone. Raises ``UnplacedError`` (``overflow``) beyond the years 1 to 9999."""
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError):
        raise _out_of_range() from None


def add_duration(moment: datetime, duration: timedelta) -> datetime:
    """Elapsed time later; a dateTimeOnly moves along its wall clock."""
    zone = moment.tzinfo
    try:
        if not is_named(zone):
            return moment + duration
        return (moment.astimezone(UTC) + duration).astimezone(zone)
    except (OverflowError, ValueError):
        raise _out_of_range() from None


def is_named(zone: tzinfo | None) -> bool:
    """Whether clocks in the zone may be put forward or back."""
    return zone is not None and zone.__class__ is not timezone


def at_wall_clock(wall: datetime, zone: tzinfo | None) -> datetime:
    """Return the moment at which clocks in the zone show ``wall`` (naive; stays naive without a zone).

    A time that does not exist is moved forward by the gap; of one that exists twice the earlier is taken (runtime,
    "Wait").
    """
    early = wall.replace(tzinfo=zone)
    late = early.replace(fold=1)
    before, after = early.utcoffset() or timedelta(), late.utcoffset() or timedelta()
    if after > before:
        return (wall + (after - before)).replace(tzinfo=zone)
    return early


def move_wall_clock(moment: datetime, wall: datetime) -> datetime:
    """``moment`` with the clock set to ``wall``; a clock that is not moved keeps its instant."""
    if wall == moment.replace(tzinfo=None, fold=0):
        return moment
    return at_wall_clock(wall, moment.tzinfo)


_SECONDS = {"hours": 3_600, "minutes": 60, "seconds": 1}
_DAYS_OF_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def add_part(moment: datetime, number: int, part: str) -> datetime:
    """Move by years, months, days (wall clock, clamped to the month's end) or hours, minutes, seconds (elapsed)."""
    try:
        if part in _SECONDS:
            return add_duration(moment, timedelta(0, number * _SECONDS[part]))
        named = is_named(moment.tzinfo)
        wall = moment.replace(tzinfo=None, fold=0) if named else moment
        if part == "days":
            moved = wall + timedelta(number)
        else:
            moved = _add_months(wall, number * 12 if part == "years" else number)
        return move_wall_clock(moment, moved) if named else moved
    except (OverflowError, ValueError):
        raise _out_of_range() from None


def _last_day(year: int, month: int) -> int:
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap else _DAYS_OF_MONTHS[month - 1]


def _add_months(wall: datetime, months: int) -> datetime:
    year, month = divmod(wall.year * 12 + wall.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise _out_of_range()
    return wall.replace(year, month + 1, min(wall.day, _last_day(year, month + 1)))


def set_day(moment: datetime, day: int) -> datetime:
    """``moment`` on another day of its month, at most the last one. Raises ``UnplacedError`` below 1."""
    if day < 1:
        raise UnplacedError("bad_value", phrase("day_range", given=day))
    day = min(day, _last_day(moment.year, moment.month))
    if not is_named(moment.tzinfo):
        return moment.replace(day=day)
    return move_wall_clock(moment, moment.replace(day=day, tzinfo=None, fold=0))


def set_hour(moment: datetime, hour: int) -> datetime:
    """``moment`` at another hour of its day. Raises ``UnplacedError`` outside 0 to 23."""
    if not 0 <= hour <= 23:
        raise UnplacedError("bad_value", phrase("hour_range", given=hour))
    if not is_named(moment.tzinfo):
        return moment.replace(hour=hour)
    return move_wall_clock(moment, moment.replace(hour=hour, tzinfo=None, fold=0))


def epoch_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 in UTC, cut toward the past."""
    return instant(moment) // MILLISECOND


def from_epoch_milliseconds(milliseconds: int) -> datetime:
    """Return the dateTime in UTC. Raises ``UnplacedError`` (``overflow``) beyond the years 1 to 9999."""
    try:
        return EPOCH + timedelta(0, 0, 0, milliseconds)
    except OverflowError:
        raise _out_of_range() from None


# Reading


def read_moment(text: str) -> datetime | None:
    """Read a wall clock or an instant, cut to milliseconds; None for another text.

    Usual forms are told by their signs: the pattern is slower, and ``fromisoformat`` takes other forms as well.
    """
    size = len(text)
    plain = size > 15 and text[13] == ":" and text[10] == "T" and text[7] == "-" and text[4] == "-"
    if plain and text[-1] != "Z":
        offset = size > 19 and text[-6] in "+-" and text[-2] < "6"
        plain = text[-3] == ":" and (offset or size in (16, 19))
    if not plain and (size == len("2021-02-19") or not _ISO.fullmatch(text)):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    rest = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - rest) if rest else moment


def _read(text: str) -> date | datetime | None:
    """Read a date, a wall clock or an instant, by its form; None for another text."""
    if len(text) != len("2021-02-19"):
        return read_moment(text)
    try:
        return date.fromisoformat(text) if _ISO.fullmatch(text) else None
    except ValueError:
        return None


_SHAPE = str.maketrans("123456789", "000006666")
_DAY = "0000-00-00"
_CLOCKS = tuple(f"{_DAY}T00:00{rest}" for rest in ("", ":00", ":00.0", ":00.00", ":00.000"))
DATE_FORMS = frozenset({_DAY})
WALL_CLOCK_FORMS = frozenset(_CLOCKS)
INSTANT_FORMS = frozenset(clock + offset for clock in _CLOCKS for offset in ("Z", "+00:00", "-00:00"))


def read_all(texts: Sequence[str], forms: frozenset[str]) -> Sequence[date | datetime] | None:
    """All texts at once, which is much faster, when each has one of the usual forms of its type; else None."""
    try:
        shapes = "\n".join(texts).translate(_SHAPE)
        if ":6" in shapes or not forms.issuperset(shapes.replace("6", "0").split("\n")):
            return None
        return list(map(date.fromisoformat if forms is DATE_FORMS else datetime.fromisoformat, texts))
    except (TypeError, ValueError):
        return None


def read_any(text: str) -> date | datetime:
    """Read a dateOnly, dateTimeOnly or dateTime, by its form. Raises ``UnplacedError``."""
    value = _read(text)
    if value is None:
        raise UnplacedError.about(
            "no_date", text, example=either("2021-02-19, 2021-02-19T08:00:00", "2021-02-19T08:00:00Z")
        )
    return value


def read_date_only(text: str) -> date:
    """Read the date of a date, wall clock or instant; its own wall clock counts. Raises ``UnplacedError``."""
    value = _read(text)
    if value is None:
        raise UnplacedError.about("no_date", text, example="2021-02-19")
    return value.date() if isinstance(value, datetime) else value


def read_date_time_only(text: str) -> datetime:
    """Read the wall clock of an instant, a wall clock, or a date at midnight. Raises ``UnplacedError``."""
    value = _read(text)
    if value is None:
        raise UnplacedError.about("no_date_time", text, example="2021-02-19T08:00:00")
    return value.replace(tzinfo=None) if isinstance(value, datetime) else midnight(value)


def read_date_time(text: str) -> datetime:
    """Read an instant; without an offset the text is in UTC, a date is its midnight. Raises ``UnplacedError``."""
    value = _read(text)
    if value is None:
        raise UnplacedError.about(
            "no_date_time", text, example=either("2021-02-19T08:00:00Z", "2021-02-19T08:00:00+02:00")
        )
    moment = value if isinstance(value, datetime) else midnight(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_day(text: str) -> date | None:
    """Read a text that is a date and nothing else."""
    return _read(text) if len(text) == len("2021-02-19") else None


def midnight(day: date) -> datetime:
    """Return the first moment of a date, as a wall clock."""
    return datetime.combine(day, time.min)


def read_duration(text: str) -> timedelta:
    """``PnDTnHnMn.nS`` with signs; a day is 24 hours; fractions are cut to milliseconds. Raises ``UnplacedError``."""
    match = _DURATION.fullmatch(text)
    if match is None or text[-1] in "PTpt":
        days_part = text.upper().partition("T")[0]
        by_calendar = re.match(r"[+-]?P.*[YM]", days_part)
        raise UnplacedError.about("no_duration.calendar" if by_calendar else "no_duration", text)
    sign, days, _, hours, minutes, second_sign, seconds, fraction = match.groups("0")
    if len(text) > 20 and max(map(len, match.groups("0"))) > 20:
        raise UnplacedError("overflow", phrase("long_duration"))
    total = int(seconds) * 1000 + int(fraction[:3].ljust(3, "0"))
    if second_sign == "-":
        total = -total
    total += int(days) * 86_400_000 + int(hours) * 3_600_000 + int(minutes) * 60_000
    return from_milliseconds(-total if sign == "-" else total)


def from_milliseconds(milliseconds: int) -> timedelta:
    """Return the duration of so many milliseconds. Raises ``UnplacedError`` (``overflow``) beyond 999,999,999 days."""
    try:
        return timedelta(0, 0, 0, milliseconds)
    except OverflowError:
        raise UnplacedError("overflow", phrase("long_duration")) from None


# Printing


def print_date_time_only(moment: datetime) -> str:
    """``2021-02-19T08:00:00``, milliseconds only when there are any; the zone, if any, is left out."""
    text = moment.isoformat()[:23]
    return text if moment.microsecond > 999 else text[:19]


def print_date_time(moment: datetime) -> str:
    """Print the wall clock and its own offset; any zero offset is ``Z``."""
    shift = moment.utcoffset()
    if not shift:
        return f"{print_date_time_only(moment)}Z"
    seconds = abs(shift) // timedelta(seconds=1)
    offset = f"{'-' if shift < timedelta() else '+'}{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return f"{print_date_time_only(moment)}{offset}{f':{seconds % 60:02}' if seconds % 60 else ''}"


def print_in_utc(moment: datetime) -> str:
    """Print the instant in UTC. Raises ``UnplacedError`` (``overflow``) when that is outside the years 1 to 9999."""
    try:
        wall = moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta())
    except OverflowError:
        raise _out_of_range() from None
    return f"{print_date_time_only(wall)}Z"


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
