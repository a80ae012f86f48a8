"""Functions of dates, times and zones (expressions, "Functions"; gaps and overlaps of clocks as in runtime, "Wait")."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial

from engine.expression import dates
from engine.expression.context import Context
from engine.expression.errors import UnplacedError, phrase
from engine.expression.functions.signatures import MOMENT, Argument, Function, Prepared, Run, any_of, row, takes
from engine.expression.types import (
    BOOLEAN,
    DATE_ONLY,
    DATE_TIME,
    DATE_TIME_ONLY,
    INTEGER,
    STRING,
    Type,
)

_date_row, _conversion = partial(row, "Date"), partial(row, "Conversion")
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_WINDOW_PRICE = 8
_ZONE_PRICE = 2
_CLOCK_PRICE = 10


def _read_part(text: str) -> str:
    if text in dates.DATE_PARTS:
        return text
    raise UnplacedError.about("no_part", text, choices=tuple(f'"{part}"' for part in dates.DATE_PARTS))


ZONE = Argument("zone", STRING, verify=dates.find_zone)
PART = Argument("part", STRING, verify=_read_part)


def _now(context: Context) -> datetime:
    return dates.cut(context.now)


Zones = Callable[[str], tzinfo]


def _zones(prepared: Prepared, position: int) -> Zones:
    """How to find the zone of an argument: a literal one is known, for others all zones are made ready beforehand."""
    name = prepared.literals.get(position)
    if not dates.is_zone(name):
        dates.load_zones()
        return dates.find_zone
    zone = dates.find_zone(str(name))
    return lambda _name: zone


def _prepare_now_in_zone(prepared: Prepared) -> Run:
    find_zone = _zones(prepared, 0)

    def run(context: Context, zone: str) -> datetime:
        context.spend(_ZONE_PRICE)
        return dates.in_zone(_now(context), find_zone(zone))

    return run


def _pay_for_clock(context: Context, moment: datetime) -> None:
    """Pay for setting a clock, more in a named zone, where clocks are put forward and back."""
    context.spend(_CLOCK_PRICE if dates.is_named(moment.tzinfo) else 1)


def _now_with_delta(context: Context, number: int, part: str) -> datetime:
    now = _now(context)
    _pay_for_clock(context, now)
    return dates.add_part(now, number, _read_part(part))


def _prepare_now_with_delta_in_zone(prepared: Prepared) -> Run:
    find_zone = _zones(prepared, 2)

    def run(context: Context, number: int, part: str, zone: str) -> datetime:
        context.spend(_ZONE_PRICE + _CLOCK_PRICE)
        return dates.add_part(dates.in_zone(_now(context), find_zone(zone)), number, _read_part(part))

    return run


def _reading(read: Callable[[str], date]) -> Run:
    """Read a text, paid for."""

    def run(context: Context, text: str) -> date:
        context.read(text)
        return read(text)

    return run


def _prepare_wall_clock_in_zone(prepared: Prepared) -> Run:
    find_zone = _zones(prepared, 0)

    def run(context: Context, zone: str, wall: datetime) -> datetime:
        context.spend(_CLOCK_PRICE)
        return dates.at_wall_clock(wall, find_zone(zone))

    return run


def _form_of(prepared: Prepared) -> Type:
    """Return the type that ``date`` gives for its constant."""
    value = dates.read_any(str(prepared.literals[0]))
    if not isinstance(value, datetime):
        return DATE_ONLY
    return DATE_TIME if value.tzinfo else DATE_TIME_ONLY


def _setting(change: Callable[[datetime, int], datetime]) -> Run:
    """Set a part of a moment, paid for."""

    def run(context: Context, moment: datetime, number: int) -> datetime:
        _pay_for_clock(context, moment)
        return change(moment, number)

    return run


def _prepare_update_time_zone(prepared: Prepared) -> Run:
    find_zone = _zones(prepared, 1)

    def run(context: Context, moment: datetime, zone: str) -> datetime:
        context.spend(_ZONE_PRICE)
        return dates.in_zone(moment, find_zone(zone))

    return run


# Windows of time


def _edge(now: datetime, number: int, unit: str) -> datetime | None:
    """``now`` moved by so many units (days of 24 hours), or None beyond the calendar."""
    try:
        if unit == "days":
            return dates.add_duration(now, timedelta(number))
        return dates.add_part(now, number, unit)
    except (UnplacedError, OverflowError):
        return None


Within = Callable[[date], bool]


def _between(low: datetime | None, high: datetime | None) -> Within:
    """Return a test whether a value lies between two moments, ends included; None is no bound; dates compare by day."""
    first, last = dates.instant(low or _FIRST), dates.instant(high or _LAST)
    first_day, last_day = (low or _FIRST).date(), (high or _LAST).date()

    def within(value: date) -> bool:
        if isinstance(value, datetime):
            return first <= dates.instant(value) <= last
        return first_day <= value <= last_day

    return within


def _window(unit: str, sign: int) -> Callable[[datetime, int], Within]:
    """From now and a number of units to a test of what lies between, before now or after it."""

    def within(now: datetime, number: int) -> Within:
        edge = _edge(now, sign * number, unit)
        if edge is None and number < 0:
            return lambda _value: False
        return _between(edge, now) if sign < 0 else _between(now, edge)

    return within


def _prepare_window(window: Callable[[datetime, int], Within], prepared: Prepared) -> Run:
    """With a literal number the ends are computed once for each ``now``; else each time, which is paid for."""
    number = prepared.literals.get(1)
    if not isinstance(number, int):
        return _window_each_time(window)
    known: tuple[datetime, Within] = (_FIRST, window(_FIRST, 0))

    def run(context: Context, value: date, _number: int) -> bool:
        nonlocal known
        now, within = known
        if now is not context.now:
            within = window(_now(context), number)
            known = (context.now, within)
        return within(value)

    return run


def _window_each_time(window: Callable[[datetime, int], Within]) -> Run:
    def run(context: Context, value: date, number: int) -> bool:
        context.spend(_WINDOW_PRICE)
        return window(_now(context), number)(value)

    return run


def _windows(direction: str, sign: int) -> Iterator[Function]:
    """Make the rows for the windows before now (``Last``) or after it (``Next``)."""
    between = "now minus so many {0} and now" if sign < 0 else "now and now plus so many {0}"
    for unit, unit_words in _UNITS.items():
        name, window = f"in{direction}{unit.capitalize()}", f"in the {direction.lower()} {{1}} {unit}"
        yield _date_row(
            name,
            f"True when the date lies between {between.format(unit_words)}.",
            takes(
                BOOLEAN,
                ("date", any_of(DATE_TIME, DATE_ONLY)),
                (unit, INTEGER),
                prepare=partial(_prepare_window, _window(unit, sign)),
                words=f"{{0}} is {window}",
                negated=f"{{0}} is not {window}",
            ),
            examples={f"{name}(now(), 4)": "true"},
            pure=False,
        )


_UNITS = {
    "hours": "hours",
    "days": "days of 24 hours",
    "months": "months by the calendar",
    "years": "years by the calendar",
}

TABLE: tuple[Function, ...] = (
    _conversion(
        "toDateOnly",
        "The date of a text, a dateTime or a dateTimeOnly, by its own wall clock.",
        takes(
            DATE_ONLY,
            Argument("text", STRING, verify=dates.read_date_only),
            run=_reading(dates.read_date_only),
            words="the date {0}",
        ),
        takes(
            DATE_ONLY,
            ("moment", any_of(DATE_TIME, DATE_TIME_ONLY)),
            run=lambda _context, moment: moment.date(),
            words="the date of {0}",
        ),
        examples={'toDateOnly("2016-08-18")': '"2016-08-18"'},
    ),
    _conversion(
        "toDateTime",
        "The instant of a text (UTC without an offset), of a wall clock in a time zone, or of milliseconds since 1970.",
        takes(
            DATE_TIME,
            Argument("text", STRING, verify=dates.read_date_time),
            run=_reading(dates.read_date_time),
            words="the time {0}",
        ),
        takes(
            DATE_TIME,
            Argument("zone", STRING, constant=phrase("constant.zone"), verify=dates.find_zone),
            ("moment", DATE_TIME_ONLY),
            prepare=_prepare_wall_clock_in_zone,
            words="{1} in the time zone {0}",
        ),
        takes(
            DATE_TIME,
            ("milliseconds", INTEGER),
            run=lambda _context, milliseconds: dates.from_epoch_milliseconds(milliseconds),
            words="the time {0} milliseconds after 1970",
        ),
        examples={
            'toDateTime("2016-08-18T23:17:59.123Z")': '"2016-08-18T23:17:59.123Z"',
            "toDateTime(1560762190189)": '"2019-06-17T09:03:10.189Z"',
            'toDateTime("Europe/Paris", toDateTimeOnly("2021-02-19T08:00:00"))': '"2021-02-19T08:00:00+01:00"',
        },
    ),
    _conversion(
        "toDateTimeOnly",
        "The wall clock of a text or a dateTime; a date alone is its midnight.",
        takes(
            DATE_TIME_ONLY,
            Argument("text", STRING, verify=dates.read_date_time_only),
            run=_reading(dates.read_date_time_only),
            words="the wall-clock time {0}",
        ),
        takes(
            DATE_TIME_ONLY,
            ("moment", DATE_TIME),
            run=lambda _context, moment: moment.replace(tzinfo=None, fold=0),
            words="the wall-clock time of {0}",
        ),
        examples={'toDateTimeOnly("2016-08-18")': '"2016-08-18T00:00:00"'},
    ),
    _date_row(
        "date",
        "A constant date: a dateOnly, dateTimeOnly or dateTime, by its form.",
        takes(
            any_of(DATE_ONLY, DATE_TIME_ONLY, DATE_TIME),
            Argument("text", STRING, constant=phrase("constant.date"), verify=dates.read_any),
            run=lambda _context, text: dates.read_any(text),
            result_of=_form_of,
            words="{0}",
        ),
        examples={'date("2021-02-19")': '"2021-02-19"', 'date("2021-02-19T08:00:00Z")': '"2021-02-19T08:00:00Z"'},
    ),
    _date_row(
        "currentTimeInMillis",
        "The milliseconds since 1970, now.",
        takes(
            INTEGER, run=lambda context: dates.epoch_milliseconds(context.now), words="the current time in milliseconds"
        ),
        pure=False,
    ),
    _date_row(
        "now",
        "The current time, in the journey's time zone or the one given.",
        takes(DATE_TIME, run=_now, words="now"),
        takes(DATE_TIME, ZONE, prepare=_prepare_now_in_zone, words="now in the time zone {0}"),
        pure=False,
    ),
    _date_row(
        "nowWithDelta",
        'Now, moved by a number of "years", "months", "days" (by the calendar), "hours", "minutes" or "seconds".',
        takes(DATE_TIME, ("number", INTEGER), PART, run=_now_with_delta, words="now shifted by {0} {1}"),
        takes(
            DATE_TIME,
            ("number", INTEGER),
            PART,
            ZONE,
            prepare=_prepare_now_with_delta_in_zone,
            words="now in the time zone {2} shifted by {0} {1}",
        ),
        pure=False,
    ),
    *_windows("Last", -1),
    *_windows("Next", 1),
    _date_row(
        "setHours",
        "The moment with another hour of its day, from 0 to 23.",
        takes(
            MOMENT,
            ("moment", MOMENT),
            ("hour", INTEGER),
            run=_setting(dates.set_hour),
            words="{0} with the hour set to {1}",
        ),
        examples={"setHours(toDateTime('2010-12-12T01:11:00Z'), 4)": '"2010-12-12T04:11:00Z"'},
    ),
    _date_row(
        "setDays",
        "The moment on another day of its month; beyond the month's end it is the last day.",
        takes(
            MOMENT,
            ("moment", MOMENT),
            ("day", INTEGER),
            run=_setting(dates.set_day),
            words="{0} with the day of the month set to {1}",
        ),
        examples={"setDays(toDateTime('2010-12-12T01:11:00Z'), 25)": '"2010-12-25T01:11:00Z"'},
    ),
    _date_row(
        "updateTimeZone",
        "The same instant, on the clocks of another time zone.",
        takes(
            DATE_TIME, ("moment", DATE_TIME), ZONE, prepare=_prepare_update_time_zone, words="{0} in the time zone {1}"
        ),
        examples={
            'updateTimeZone(toDateTime("2019-08-28T08:15:30-07:00"), "Europe/Paris")': '"2019-08-28T17:15:30+02:00"'
        },
    ),
)
