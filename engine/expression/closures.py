"""Closures that compiled nodes consist of: each takes the context and gives a value.

They are written out by case (two operands, a constant argument, a field right below an event), since a call costs more
than the work it does. A ``UnplacedError`` gets its place in the text here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from engine.expression import operators
from engine.expression.context import Context, Run
from engine.expression.errors import UnplacedError
from engine.expression.functions.signatures import Signature
from engine.expression.functions.text import join
from engine.expression.operators import Binary
from engine.expression.paths import as_list
from engine.expression.types import DECIMAL, INTEGER, ListType, Type
from engine.expression.values import printing_price, text_of


@dataclass(slots=True)
class Code:
    """A compiled node.

    ``cost`` is the number of nodes it always evaluates. ``constant``: it is always the same ``value``, and ``free``
    when that takes no steps beside the nodes.
    """

    run: Run
    cost: int
    constant: bool = False
    value: object = None
    free: bool = True


def constant(value: object) -> Run:
    """Return a closure of a constant value."""
    return lambda _context: value


def list_of(items: tuple[Run, ...]) -> Run:
    """Return a closure that makes a new list of the items' values."""

    def run(context: Context) -> object:
        found = []
        for item in items:
            value = item(context)
            found.append(value)
        return found

    return run


def paying(run: Run, cost: int) -> Run:
    """Wrap a closure so that it first pays for its nodes."""

    def pay_then_run(context: Context) -> object:
        context.spend(cost)
        return run(context)

    return pay_then_run


def forgetting_patterns(run: Run) -> Run:
    """Wrap a closure so that it forgets the computed patterns of the evaluation before."""

    def forget_then_run(context: Context) -> object:
        context.patterns.clear()
        return run(context)

    return forget_then_run


def widens(given: Type, wanted: Type) -> bool:
    """Whether values must be converted from integer to decimal."""
    if isinstance(given, ListType) and isinstance(wanted, ListType):
        return given.item == INTEGER and wanted.item == DECIMAL
    return given == INTEGER and wanted == DECIMAL


def widen(run: Run) -> Run:
    """Return a closure that turns an integer into a decimal."""

    def as_decimal(context: Context) -> object:
        value = run(context)
        return None if value is None else float(cast(int, value))

    return as_decimal


def widen_list(run: Run) -> Run:
    """Integers as decimals."""

    def as_decimals(context: Context) -> object:
        values = run(context)
        if values is None:
            return None
        items = as_list(values)
        context.spend(len(items))
        return [None if item is None else float(cast(int, item)) for item in items]

    return as_decimals


# Logic


def all_true(runs: tuple[Run, ...]) -> Run:
    """``and``: true when every operand is; stops at the first that is not."""
    if len(runs) == 2:
        first, second = runs
        return lambda context: first(context) is True and second(context) is True

    def run(context: Context) -> object:
        for operand in runs:
            value = operand(context)
            if value is not True:
                return False
        return True

    return run


def any_true(runs: tuple[Run, ...]) -> Run:
    """``or``: true when an operand is; stops at the first that is."""
    if len(runs) == 2:
        first, second = runs
        return lambda context: first(context) is True or second(context) is True

    def run(context: Context) -> object:
        for operand in runs:
            value = operand(context)
            if value is True:
                return True
        return False

    return run


def negation(operand: Run, _start: int, _end: int) -> Run:
    """``not``: null counts as false."""
    return lambda context: operand(context) is not True


def choose(condition: Run, then: Run, otherwise: Run) -> Run:
    """``if``: only the chosen branch is evaluated."""
    return lambda context: then(context) if condition(context) is True else otherwise(context)


def is_null(operand: Run) -> Run:
    """``is null``."""
    return lambda context: operand(context) is None


def is_not_null(operand: Run) -> Run:
    """``is not null``."""
    return lambda context: operand(context) is not None


def never(operand: Run) -> Run:
    """Return a closure that evaluates the operand and gives false."""

    def run(context: Context) -> object:
        operand(context)
        return False

    return run


def has_null(operand: Run) -> Run:
    """``has null``: a null list has no items."""

    def run(context: Context) -> object:
        items = operand(context)
        if items is None:
            return False
        context.spend(len(as_list(items)))
        return None in as_list(items)

    return run


# Arithmetic and texts


def accumulate(first: Run, steps: tuple[tuple[Binary, Run], ...], start: int, end: int) -> Run:
    """Return a closure of a chain of arithmetic, from the left."""

    def run(context: Context) -> object:
        value = first(context)
        for apply, operand in steps:
            other = operand(context)
            try:
                value = apply(value, other)
            except UnplacedError as fault:
                raise fault.located(start, end) from None
        return value

    return run


def concatenate(parts: tuple[Run, ...], start: int, end: int) -> Run:
    """Return a closure of a chain of ``+`` that makes a text; null is the empty text."""

    def run(context: Context) -> object:
        texts = []
        for part in parts:
            value = part(context)
            try:
                if type(value) is not str:
                    context.spend(printing_price(value))
                    value = text_of(value)
                texts.append(value)
            except UnplacedError as fault:
                raise fault.located(start, end) from None
        try:
            return join(context, texts)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run


def minus(operand: Run, start: int, end: int) -> Run:
    """Unary minus."""

    def run(context: Context) -> object:
        value = operand(context)
        try:
            return operators.negate(value)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run


def with_default(run: Run, default: Run) -> Run:
    """Return a closure of a value, or of another where it is null."""

    def value_or_default(context: Context) -> object:
        value = run(context)
        return default(context) if value is None else value

    return value_or_default


# Calls


def call(
    work: Callable[..., object],
    signature: Signature,
    parts: tuple[Code, ...],
    lists: tuple[bool, ...],
    field: tuple[str, str] | None,
    start: int,
    end: int,
) -> Run:
    """Return a function with its arguments; null lists become empty, other nulls make the result null or false.

    ``field``: the event and field of the first argument, when that is a text right below an event.
    """
    missing, keeps_null = signature.when_null, signature.keeps_null
    if not parts:
        return work
    if not any(lists) and not keeps_null:
        if len(parts) == 1:
            return _call_with_one(work, parts[0].run, missing, start, end)
        if len(parts) == 2 and parts[1].constant and parts[1].free and parts[1].value is not None:
            if field is not None:
                return _call_on_field(work, field, parts[0].run, parts[1].value, missing, start, end)
            return _call_with_constant(work, parts[0].run, parts[1].value, missing, start, end)
    arguments = tuple(
        (part.run, is_list, not keeps_null and not is_list) for part, is_list in zip(parts, lists, strict=True)
    )

    def run(context: Context) -> object:
        values = []
        lacking = False
        for argument, is_list, needed in arguments:
            value = argument(context)
            if value is None:
                if is_list:
                    value = []
                lacking = lacking or needed
            values.append(value)
        if lacking:
            return missing
        try:
            return work(context, *values)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run


def _call_with_one(work: Callable[..., object], first: Run, missing: bool | None, start: int, end: int) -> Run:
    def run(context: Context) -> object:
        value = first(context)
        if value is None:
            return missing
        try:
            return work(context, value)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run


def _call_with_constant(
    work: Callable[..., object], first: Run, second: object, missing: bool | None, start: int, end: int
) -> Run:
    def run(context: Context) -> object:
        value = first(context)
        if value is None:
            return missing
        try:
            return work(context, value, second)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run


def _call_on_field(
    work: Callable[..., object],
    field: tuple[str, str],
    slow: Run,
    second: object,
    missing: bool | None,
    start: int,
    end: int,
) -> Run:
    """Specialize a call on a text right below an event; ``slow`` reads it when it is no text."""
    event, name = field

    def run(context: Context) -> object:
        payload = context.events.get(event)
        value = None if payload is None else payload.get(name)
        if value.__class__ is not str:
            value = slow(context)
            if value is None:
                return missing
        try:
            return work(context, value, second)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run
