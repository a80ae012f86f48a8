"""Conversion of values: JSON to typed values and back, and the language's ``toString``.

Payloads stay JSON until a reference reads a leaf; then the leaf must have the JSON type of its schema.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from engine.catalogue import Phrase
from engine.expression import dates, types
from engine.expression.errors import UnplacedError, phrase
from engine.expression.tokens import MAX_INTEGER, MIN_INTEGER
from engine.expression.types import Type

Coerce = Callable[[object], object]

_EXPONENT = re.compile(r"(.+?)(?:\.0)?e([+-])0*([0-9]+)")
A_LIST = phrase("json.list")
_JSON_NAMES: tuple[tuple[type, Phrase], ...] = (
    (bool, phrase("json.boolean")), (str, phrase("json.text")), (int, phrase("json.integer")),
    (float, phrase("json.decimal")), (list, A_LIST), (tuple, A_LIST), (Mapping, phrase("json.object")),
)  # fmt: skip
_NULL = phrase("json.null")


def json_name(value: object) -> Phrase:
    """Name the kind of a JSON value, for messages; the value itself may be confidential."""
    return next((name for kind, name in _JSON_NAMES if isinstance(value, kind)), _NULL)


def wrong_type(value: object, expected: str | Phrase) -> UnplacedError:
    """Return the fault of data that do not fit their schema; the values stay out of the message."""
    return UnplacedError("wrong_type", phrase("data.wrong_type", held=json_name(value), type=expected))


def _string(value: object) -> object:
    if value is None or isinstance(value, str):
        return value
    raise wrong_type(value, "string")


def _integer(value: object) -> object:
    if value is None:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if MIN_INTEGER <= value <= MAX_INTEGER:
            return value
        raise UnplacedError("overflow", phrase("data.integer_range"))
    raise wrong_type(value, "integer")


def _decimal(value: object) -> object:
    if value is None or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(value, "decimal")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise UnplacedError("overflow", phrase("data.decimal_range"))
    return number


def _boolean(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    raise wrong_type(value, "boolean")


def _no_form(value: object, name: str) -> UnplacedError:
    """Return the fault of data that are not written like the date type that the schema names."""
    if not isinstance(value, str):
        return wrong_type(value, name)
    return UnplacedError("wrong_type", phrase("data.wrong_type", held=phrase("json.other_text", type=name), type=name))


def _moment_form(name: str, with_zone: bool) -> Coerce:
    """Return a reader of dateTimes, or of dateTimeOnly values, and of that form alone."""

    def coerce(value: object) -> object:
        read = dates.read_moment(value) if isinstance(value, str) else None
        if read is not None and (read.tzinfo is not None) is with_zone:
            return read
        if value is None:
            return None
        raise _no_form(value, name)

    return coerce


def _date_only(value: object) -> object:
    read = dates.read_day(value) if isinstance(value, str) else None
    if read is None and value is not None:
        raise _no_form(value, "dateOnly")
    return read


def _duration(value: object) -> object:
    if value is None:
        return value
    if not isinstance(value, str):
        raise _no_form(value, "duration")
    try:
        return dates.read_duration(value)
    except UnplacedError:
        raise _no_form(value, "duration") from None


_COERCE: Mapping[Type, Coerce] = {
    types.STRING: _string,
    types.INTEGER: _integer,
    types.DECIMAL: _decimal,
    types.BOOLEAN: _boolean,
    types.DATE_ONLY: _date_only,
    types.DATE_TIME_ONLY: _moment_form("dateTimeOnly", False),
    types.DATE_TIME: _moment_form("dateTime", True),
    types.DURATION: _duration,
}


_PRICES: Mapping[Type, int] = {types.DATE_TIME: 2, types.DATE_TIME_ONLY: 2, types.DURATION: 6}
AS_THEY_ARE: Mapping[Type, type] = {types.STRING: str, types.BOOLEAN: bool}
"""Types whose values need not be coerced when they have this class."""
_FORMS: Mapping[Type, frozenset[str]] = {
    types.DATE_ONLY: dates.DATE_FORMS,
    types.DATE_TIME_ONLY: dates.WALL_CLOCK_FORMS,
    types.DATE_TIME: dates.INSTANT_FORMS,
}


def leaf_price(of: Type) -> int:
    """How many steps it takes to read a leaf: one, but the texts of moments and durations are taken apart."""
    return _PRICES.get(of.item if isinstance(of, types.ListType) else of, 1)


def coercion(wanted: Type) -> Coerce:
    """Return a function from JSON to a value of the type; it raises ``UnplacedError`` for another JSON type.

    Objects and maps stay the mappings they are, and so do the items of a list of objects.
    """
    if isinstance(wanted, types.Scalar):
        return _COERCE[wanted]
    if isinstance(wanted, types.ListType):
        one_by_one = _list_coercion(
            coercion(wanted.item), AS_THEY_ARE.get(wanted.item, dict if wanted.item not in _COERCE else type(None))
        )
        forms = _FORMS.get(wanted.item)
        return one_by_one if forms is None else _all_at_once(forms, one_by_one)
    if isinstance(wanted, types.NullType):
        return lambda value: value
    return _mapping


def _mapping(value: object) -> object:
    if value is None or value.__class__ is dict or isinstance(value, Mapping):
        return value
    raise wrong_type(value, "object")


def _list_coercion(coerce: Coerce, plain: type) -> Coerce:
    """``plain`` is the class of items that need no coercion."""

    def coerce_list(value: object) -> object:
        if value is None:
            return value
        if type(value) is not list and not isinstance(value, (list, tuple)):
            raise wrong_type(value, A_LIST)
        return [item if item.__class__ is plain else coerce(item) for item in value]

    return coerce_list


def _all_at_once(forms: frozenset[str], one_by_one: Coerce) -> Coerce:
    """Read lists of dates in their usual forms; ``one_by_one`` reads other lists, and reports faults."""

    def coerce_list(value: object) -> object:
        if not isinstance(value, list):
            return one_by_one(value)
        lacking = None in value
        found = dates.read_all([item for item in value if item is not None] if lacking else value, forms)
        if found is None:
            return one_by_one(value)
        if not lacking:
            return found
        following = iter(found)
        return [None if item is None else next(following) for item in value]

    return coerce_list


def value_from_json(json: object, wanted: Type) -> object:
    """Turn a JSON value into a value of a type. Raises ``EvaluationError`` (``wrong_type``, ``overflow``)."""
    try:
        return coercion(wanted)(json)
    except UnplacedError as fault:
        raise fault.located(0, 0) from None


def printing_price(value: object) -> int:
    """Return the steps to print a value, beside its node: an instant is moved to UTC, a decimal is searched for."""
    if isinstance(value, datetime):
        return 4 if value.tzinfo else 1
    return 1 if value.__class__ is float else 0


def value_to_json(value: object, of: Type) -> object:
    """Return the JSON form of a value (expressions, "Types"). Objects are given as they were received."""
    if value is None:
        return None
    if isinstance(of, types.ListType) and isinstance(value, list | tuple):
        return [value_to_json(item, of.item) for item in value]
    if isinstance(of, types.ObjectType | types.MapType):
        return value
    if isinstance(value, datetime):
        return dates.print_date_time_only(value) if value.tzinfo is None else dates.print_date_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return dates.print_duration(value)
    return float(value) if of == types.DECIMAL and isinstance(value, int) else value


def to_string(value: object) -> str:
    """``toString``: null is empty; a dateTime is in UTC, a duration in milliseconds. Raises ``EvaluationError``."""
    try:
        return text_of(value)
    except UnplacedError as fault:
        raise fault.located(0, 0) from None


def text_of(value: object) -> str:
    """``to_string`` for functions: raises ``UnplacedError`` where that raises ``EvaluationError``."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return decimal_text(value)
    if isinstance(value, datetime):
        return dates.print_date_time_only(value) if value.tzinfo is None else dates.print_in_utc(value)
    if isinstance(value, timedelta):
        return str(value // dates.MILLISECOND)
    return value.isoformat() if isinstance(value, date) else str(value)


def decimal_text(value: float) -> str:
    """Return the shortest text that reads back as the same decimal; an exponent below 1e-7 and from 1e16 on."""
    text = repr(value)
    if "e" not in text:
        return text
    match = _EXPONENT.fullmatch(text)
    assert match is not None
    mantissa, sign, exponent = match.groups()
    if sign == "+" or abs(value) < 1e-7:
        return f"{mantissa}e{'-' if sign == '-' else ''}{exponent}"
    digits = mantissa.lstrip("-").replace(".", "")
    return f"{'-' if value < 0 else ''}0.{'0' * (int(exponent) - 1)}{digits}"
