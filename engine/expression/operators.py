"""The operators: which types they take, and the functions that do their work (expressions, "Operators" and "Null").

With null an order is false. Texts are compared in far less time than they are read, so only very long ones are paid
for.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from engine.catalogue import Phrase
from engine.expression import dates, types
from engine.expression.context import Context, Run
from engine.expression.errors import UnplacedError, phrase
from engine.expression.functions.numbers import exact, finite
from engine.expression.tokens import MAX_INTEGER, MIN_INTEGER
from engine.expression.types import Type

Binary = Callable[[object, object], object]
ORDERED_TYPES: frozenset[Type] = frozenset(
    {*types.NUMBERS, types.DATE_TIME, types.DATE_TIME_ONLY, types.DATE_ONLY, types.DURATION, types.NULL}
)
TEMPORAL: frozenset[Type] = frozenset({types.DATE_TIME, types.DATE_TIME_ONLY, types.DATE_ONLY})
_MOVABLE: frozenset[Type] = frozenset({types.DATE_TIME, types.DATE_TIME_ONLY, types.DURATION})

_TWO_NUMBERS = phrase("operands.numbers")
EXPECTED: Mapping[str, Phrase] = {
    "+": phrase("operands.plus"),
    "-": phrase("operands.minus"),
    "*": _TWO_NUMBERS,
    "/": _TWO_NUMBERS,
    "%": _TWO_NUMBERS,
}


def arithmetic_type(symbol: str, left: Type, right: Type) -> Type | None:
    """Return the type of ``left symbol right``, or None when the operator does not take these types."""
    both = {left, right}
    if both <= {*types.NUMBERS, types.NULL}:
        return types.unify(left, right)
    if symbol == "+" and types.STRING in both:
        other = right if left == types.STRING else left
        return types.STRING if isinstance(other, types.Scalar | types.NullType | types.UnknownType) else None
    if any(isinstance(one, types.UnknownType) for one in both):
        return next(one for one in (left, right) if isinstance(one, types.UnknownType))
    if symbol in "+-" and left in _MOVABLE and right in (types.DURATION, types.NULL):
        return left
    return types.DURATION if symbol in "+-" and left == types.NULL and right == types.DURATION else None


def comparable(symbol: str, left: Type, right: Type) -> bool:
    """Whether ``left symbol right`` is a comparison of the language."""
    if any(isinstance(one, types.UnknownType) for one in (left, right)):
        return True
    common = types.unify(left, right)
    if (
        common is None
        or isinstance(common, types.ListType)
        or isinstance(left, types.ListType)
        or isinstance(right, types.ListType)
    ):
        return False
    if symbol in ("==", "!="):
        return isinstance(common, types.Scalar | types.NullType)
    return common in ORDERED_TYPES


# Arithmetic. Each function takes two values that are not null and may raise ``UnplacedError``.


def _divide_integers(left: int, right: int) -> int:
    if right == 0:
        return 0
    quotient = abs(left) // abs(right)
    return exact(quotient if (left < 0) == (right < 0) else -quotient)


def _remainder_of_integers(left: int, right: int) -> int:
    if right == 0:
        return 0
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


def _durations(apply: Callable[[timedelta, timedelta], timedelta]) -> Callable[[timedelta, timedelta], timedelta]:
    def combine(left: timedelta, right: timedelta) -> timedelta:
        try:
            return apply(left, right)
        except OverflowError:
            raise UnplacedError("overflow", phrase("long_duration")) from None

    return combine


def _subtract_duration(moment: datetime, duration: timedelta) -> datetime:
    return dates.add_duration(moment, -duration)


_INTEGERS: Mapping[str, Callable[..., object]] = {
    "+": lambda left, right: exact(left + right),
    "-": lambda left, right: exact(left - right),
    "*": lambda left, right: exact(left * right),
    "/": _divide_integers,
    "%": _remainder_of_integers,
}
_DECIMALS: Mapping[str, Callable[..., object]] = {
    "+": lambda left, right: finite(left + right),
    "-": lambda left, right: finite(left - right),
    "*": lambda left, right: finite(left * right),
    "/": lambda left, right: finite(left / right) if right else 0.0,
    "%": lambda left, right: math.fmod(left, right) if right else 0.0,
}
_MOMENTS: Mapping[str, Callable[..., object]] = {"+": dates.add_duration, "-": _subtract_duration}
_DURATIONS: Mapping[str, Callable[..., object]] = {
    "+": _durations(operator.add), "-": _durations(operator.sub),
}  # fmt: skip
_BY_RESULT: Mapping[Type, Mapping[str, Callable[..., object]]] = {
    types.INTEGER: _INTEGERS, types.DECIMAL: _DECIMALS, types.NULL: _INTEGERS,
    types.DATE_TIME: _MOMENTS, types.DATE_TIME_ONLY: _MOMENTS, types.DURATION: _DURATIONS,
}  # fmt: skip


def arithmetic(symbol: str, result: Type) -> Binary:
    """Return the function of an arithmetic operator whose result has the type; null with anything is null."""
    work = _BY_RESULT[result][symbol]

    def apply(left: object, right: object) -> object:
        if left is None or right is None:
            return None
        return work(left, right)

    return apply


def negate(value: object) -> object:
    """Unary minus. Raises ``UnplacedError`` for the smallest integer."""
    if value is None:
        return None
    assert isinstance(value, int | float)
    return exact(-value) if isinstance(value, int) else -value


# Comparisons


COMPARE: Mapping[str, Callable[..., bool]] = {
    "==": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_COMPARED_BITS = 12
LARGEST = 1.7976931348623157e308
FAST_KINDS: Mapping[Type, tuple[type, float, float]] = {
    types.INTEGER: (int, MIN_INTEGER, MAX_INTEGER),
    types.DECIMAL: (float, -LARGEST, LARGEST),
}


def compare(symbol: str, left: Run, right: Run) -> Run:
    """Two values; with null an order is false."""
    if symbol == "==":
        return lambda context: left(context) == right(context)
    if symbol == "!=":
        return lambda context: left(context) != right(context)
    test = COMPARE[symbol]

    def run(context: Context) -> object:
        one, other = left(context), right(context)
        return one is not None and other is not None and test(one, other)

    return run


def compare_texts(symbol: str, left: Run, right: Run) -> Run:
    """Two texts, for equality: very long ones are paid for."""
    equal = symbol == "=="

    def run(context: Context) -> object:
        one, other = left(context), right(context)
        if one.__class__ is str and other.__class__ is str:
            context.spend(min(len(one), len(other)) >> _COMPARED_BITS)
        return (one == other) is equal

    return run


def compare_instants(symbol: str, left: Run, right: Run) -> Run:
    """Two dateTimes, by instant."""
    test = COMPARE[symbol]
    null_is_equal, null_is_other = symbol == "==", symbol == "!="

    def run(context: Context) -> object:
        one, other = left(context), right(context)
        if isinstance(one, datetime) and isinstance(other, datetime):
            return test(one - dates.EPOCH, other - dates.EPOCH)
        both = one is None and other is None
        return (null_is_equal and both) or (null_is_other and not both)

    return run


def compare_constant(symbol: str, left: Run, value: object) -> Run:
    """Return a closure that compares a value with one that is never null."""
    if symbol == "==":
        return lambda context: left(context) == value
    if symbol == "!=":
        return lambda context: left(context) != value
    test = COMPARE[symbol]

    def run(context: Context) -> object:
        one = left(context)
        return one is not None and test(one, value)

    return run


def compare_field(symbol: str, event: str, name: str, of: Type, slow: Run, value: object) -> Run:
    """Return a closure that compares a number right below an event with a constant; ``slow`` reads other forms."""
    kind, low, high = FAST_KINDS[of]
    test = COMPARE[symbol]

    def run(context: Context) -> object:
        payload = context.events.get(event)
        if payload is None:
            return False
        one = payload.get(name)
        if one.__class__ is kind and low <= one <= high:  # type: ignore[operator]
            return test(one, value)
        one = slow(context)
        return one is not None and test(one, value)

    return run
