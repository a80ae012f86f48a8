"""Calls of functions as closures, written out by the arguments they have: nulls, lists, constants, fields of events."""

from __future__ import annotations

from collections.abc import Callable

from engine.expression.closures import Code, Run
from engine.expression.context import Context
from engine.expression.errors import UnplacedError
from engine.expression.functions.signatures import Signature


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
