"""Closures that compiled nodes consist of: each takes the context and gives a value.

They are written out by case (two operands, a constant on the right, a field right below an event), since a call costs
more than the work it does. A ``UnplacedError`` gets its place in the text here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from engine.expression import operators
from engine.expression.context import Context
from engine.expression.errors import UnplacedError
from engine.expression.functions.text import join
from engine.expression.operators import Binary
from engine.expression.paths import Move, as_list
from engine.expression.tokens import MAX_INTEGER, MIN_INTEGER
from engine.expression.types import DECIMAL, INTEGER, STRING, ListType, Type
from engine.expression.values import coercion, printing_price, text_of

Run = Callable[[Context], object]


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


# References


def with_default(run: Run, default: Run) -> Run:
    """Return a closure of a value, or of another where it is null."""

    def value_or_default(context: Context) -> object:
        value = run(context)
        return default(context) if value is None else value

    return value_or_default


def event_root(event: str) -> Run:
    """Return a closure of the payload of an event; null when it was not received."""
    return lambda context: context.events.get(event)


def item_root(context: Context) -> object:
    """Return the item that a condition looks at."""
    return context.item


def group_root(source: str, group: str, parameters: tuple[tuple[str, Run], ...]) -> Run:
    """Return a closure of the data of a field group, for the values of its parameters."""
    if not parameters:
        return lambda context: context.field_group(source, group, ())

    def run(context: Context) -> object:
        values = []
        for name, value in parameters:
            values.append((name, value(context)))
        return context.field_group(source, group, tuple(values))

    return run


def journey_property(name: str, of: Type, start: int, end: int) -> Run:
    """Return a closure of a property of the journey; it must have its type."""
    coerce = coercion(of)

    def run(context: Context) -> object:
        value = context.journey_property(name)
        try:
            return coerce(value)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run


def event_field(event: str, name: str, of: Type, start: int, end: int) -> Run:
    """Return a closure of a scalar right below an event."""
    coerce = coercion(of)

    def slow(value: object) -> object:
        try:
            return coerce(value)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    if of == STRING:

        def read_text(context: Context) -> object:
            payload = context.events.get(event)
            if payload is None:
                return None
            value = payload.get(name)
            return value if value.__class__ is str else slow(value)

        return read_text
    if of == INTEGER:

        def read_integer(context: Context) -> object:
            payload = context.events.get(event)
            if payload is None:
                return None
            value = payload.get(name)
            return value if value.__class__ is int and MIN_INTEGER <= value <= MAX_INTEGER else slow(value)

        return read_integer

    def read(context: Context) -> object:
        payload = context.events.get(event)
        return None if payload is None else slow(payload.get(name))

    return read


def follow(root: Run, moves: tuple[Move, ...], objects: Type | None, whole: bool, start: int, end: int) -> Run:
    """Follow a path from its root.

    ``objects`` is the type at the end when it is of objects, whose form is checked. ``whole``: a list of them comes as
    it is in the data, so that no move has paid for visiting its items.
    """
    check = None if objects is None else coercion(objects)
    if check is None and len(moves) == 1:
        return _follow_one(root, moves[0], start, end)

    def run(context: Context) -> object:
        value = root(context)
        try:
            for move in moves:
                value = move(context, value)
            if check is None:
                return value
            if whole and isinstance(value, list):
                context.spend(len(value))
            return check(value)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run


def _follow_one(root: Run, move: Move, start: int, end: int) -> Run:
    def run(context: Context) -> object:
        value = root(context)
        try:
            return move(context, value)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run
