"""Comparisons as closures, written out by case like the other closures. With null an order is false.

Texts are compared in far less time than they are read, so only very long ones are paid for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.expression.closures import Run
from engine.expression.context import Context
from engine.expression.dates import EPOCH
from engine.expression.operators import COMPARE
from engine.expression.tokens import MAX_INTEGER, MIN_INTEGER
from engine.expression.types import DECIMAL, INTEGER, Type

_COMPARED_BITS = 12
LARGEST = 1.7976931348623157e308
FAST_KINDS: Mapping[Type, tuple[type, float, float]] = {
    INTEGER: (int, MIN_INTEGER, MAX_INTEGER),
    DECIMAL: (float, -LARGEST, LARGEST),
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
            return test(one - EPOCH, other - EPOCH)
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
