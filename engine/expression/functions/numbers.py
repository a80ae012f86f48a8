"""Functions of numbers, conversions between types, and random draws."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from engine.expression import dates
from engine.expression.context import Context
from engine.expression.errors import UnplacedError, phrase
from engine.expression.functions.signatures import (
    ANY,
    NUMBER,
    Argument,
    Function,
    ListOf,
    Run,
    any_of,
    row,
    takes,
)
from engine.expression.tokens import MAX_INTEGER, MIN_INTEGER
from engine.expression.types import (
    BOOLEAN,
    DATE_TIME,
    DECIMAL,
    DURATION,
    INTEGER,
    STRING,
)
from engine.expression.values import printing_price, text_of

aggregation = partial(row, "Aggregation")
_conversion, _math = partial(row, "Conversion"), partial(row, "Math")
_UUID_MARKS = 0x4 << 76 | 0x8 << 60
_UUID_MASK = ~(0xF << 76 | 0xC << 60)
_INTEGER = re.compile(r"([+-]?)([0-9]+)")
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def exact(value: int) -> int:
    """Check that an integer has 64 bits. Raises ``UnplacedError`` (``overflow``)."""
    if MIN_INTEGER <= value <= MAX_INTEGER:
        return value
    raise UnplacedError("overflow", phrase("result.integer_range"))


def finite(value: float) -> float:
    """Check that a decimal is finite. Raises ``UnplacedError`` (``overflow``)."""
    if math.isfinite(value):
        return value
    raise UnplacedError("overflow", phrase("result.decimal_range"))


def number(value: int | float) -> int | float:
    """Check that an integer or decimal is within its range."""
    return finite(value) if isinstance(value, float) else exact(value)


# Aggregations


def add_up(values: Iterable[int | float | None]) -> tuple[int | float, int]:
    """Return the sum from left to right of what is not null, and how many there are."""
    total: int | float = 0
    count = 0
    for value in values:
        if value is not None:
            total += value
            count += 1
    return total, count


def _average(context: Context, items: Sequence[int | float | None]) -> float | None:
    context.spend(len(items))
    total, count = add_up(items)
    return finite(total / count) if count else None


def _sum(context: Context, items: Sequence[int | float | None]) -> int | float:
    context.spend(len(items))
    return number(add_up(items)[0])


def _sum_of_decimals(context: Context, items: Sequence[int | float | None]) -> int | float:
    return float(_sum(context, items))


def _of_two(run: Run) -> Run:
    """Make a function of a list one of two numbers."""
    return lambda context, one, other: run(context, (one, other))


# Conversions


def _to_bool(_context: Context, value: str | int | float | bool) -> bool:
    return value == "true" if isinstance(value, str) else value != 0


def _to_decimal(context: Context, value: object) -> float:
    if isinstance(value, datetime):
        return float(dates.epoch_milliseconds(value))
    if isinstance(value, str):
        context.read(value)
        if not _DECIMAL.fullmatch(value):
            raise UnplacedError.about("no_decimal", value)
        return finite(float(value))
    assert isinstance(value, int | float)
    return float(value)


def _to_integer(context: Context, value: object) -> int:
    if isinstance(value, datetime):
        return dates.epoch_milliseconds(value)
    if isinstance(value, str):
        context.read(value)
        match = _INTEGER.fullmatch(value)
        if not match:
            raise UnplacedError.about("no_integer", value)
        digits = match.group(2).lstrip("0") or "0"
        return exact(int(match.group(1) + digits) if len(digits) < 20 else MAX_INTEGER + 1)
    assert isinstance(value, int | float)
    return exact(int(value))


def _to_duration(context: Context, value: str | int) -> timedelta:
    if isinstance(value, str):
        context.read(value)
        return dates.read_duration(value)
    return dates.from_milliseconds(value)


def _to_string(context: Context, value: object) -> str:
    context.spend(printing_price(value))
    return text_of(value)


# Numbers and chance


def _round(_context: Context, value: int | float) -> int:
    below = math.floor(value)
    return exact(below + 1 if value - below >= 0.5 else below)


def _random(context: Context) -> float:
    return context.random()


def _uuid(context: Context) -> str:
    """Draw a random UUID (version 4): eight draws of 16 bits."""
    bits = 0
    for _ in range(8):
        bits = bits << 16 | int(context.random() * 65536)
    text = f"{bits & _UUID_MASK | _UUID_MARKS:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


_NUMBERS = ("numbers", ListOf(NUMBER))
_TWO = (("one", NUMBER), ("other", NUMBER))

TABLE: tuple[Function, ...] = (
    aggregation(
        "avg",
        "The average of the numbers; nulls are left out, and without any number it is null.",
        takes(DECIMAL, _NUMBERS, run=_average, words="the average of {0}"),
        takes(DECIMAL, *_TWO, run=_of_two(_average), keeps_null=True, words="the average of {0} and {1}"),
        examples={"avg([10, 3, 8])": "7.0", "avg(10.2, 3)": "6.6"},
    ),
    aggregation(
        "sum",
        "The sum of the numbers; nulls are left out, and without any number it is 0.",
        takes(INTEGER, ("numbers", ListOf(INTEGER)), run=_sum, words="the sum of {0}"),
        takes(DECIMAL, _NUMBERS, run=_sum_of_decimals, words="the sum of {0}"),
        takes(
            INTEGER,
            ("one", INTEGER),
            ("other", INTEGER),
            keeps_null=True,
            run=_of_two(_sum),
            words="the sum of {0} and {1}",
        ),
        takes(
            DECIMAL,
            *_TWO,
            keeps_null=True,
            run=_of_two(_sum_of_decimals),
            words="the sum of {0} and {1}",
        ),
        examples={"sum([10, 3, 8])": "21"},
    ),
    _conversion(
        "toBool",
        'The text "true" is true, any other text false; the number 0 is false, any other number true.',
        takes(
            BOOLEAN,
            ("value", any_of(STRING, INTEGER, DECIMAL, BOOLEAN)),
            run=_to_bool,
            null_stays_null=True,
            words="{0} is true",
            negated="{0} is not true",
        ),
        examples={'toBool("true")': "true", "toBool(0)": "false"},
    ),
    _conversion(
        "toDecimal",
        "The value as a decimal; a dateTime becomes its milliseconds since 1970.",
        takes(
            DECIMAL,
            ("value", any_of(INTEGER, DECIMAL, STRING, BOOLEAN, DATE_TIME)),
            run=_to_decimal,
            words="{0} as a decimal",
        ),
        examples={'toDecimal("4.0")': "4.0"},
    ),
    _conversion(
        "toInteger",
        "The value as a whole number, cut toward zero; a dateTime becomes its milliseconds since 1970.",
        takes(
            INTEGER,
            ("value", any_of(INTEGER, DECIMAL, STRING, BOOLEAN, DATE_TIME)),
            run=_to_integer,
            words="{0} as a whole number",
        ),
        examples={'toInteger("4")': "4", "toInteger(-2.7)": "-2"},
    ),
    _conversion(
        "toDuration",
        "The duration of a text such as PT10H or P1DT12H, or of a number of milliseconds.",
        takes(
            DURATION, Argument("text", STRING, verify=dates.read_duration), run=_to_duration, words="the duration {0}"
        ),
        takes(DURATION, ("milliseconds", INTEGER), run=_to_duration, words="{0} milliseconds"),
        examples={'toDuration("PT10H")': '"PT10H"', "toDuration(4000)": '"PT4S"'},
        price=4,
    ),
    _conversion(
        "toString",
        "The value as a text; a dateTime in UTC, a duration as its milliseconds.",
        takes(STRING, ("value", ANY), run=_to_string, words="{0} as a text"),
        examples={"toString(4)": '"4"', "toString(1.50)": '"1.5"'},
    ),
    _math(
        "round",
        "The nearest whole number; a half is rounded up.",
        takes(INTEGER, ("value", NUMBER), run=_round, words="{0} rounded"),
        examples={"round(3.14)": "3", "round(2.5)": "3", "round(-2.5)": "-2"},
    ),
    _math(
        "random",
        "A random decimal from 0 up to, but not including, 1.",
        takes(DECIMAL, run=_random, words="a random number from 0 to 1"),
        pure=False,
    ),
    row(
        "String",
        "uuid",
        "A new random identifier.",
        takes(STRING, run=_uuid, words="a new random identifier"),
        pure=False,
        price=4,
    ),
)
