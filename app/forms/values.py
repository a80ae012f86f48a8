"""What a person typed into a field of a payload, as the JSON value a sender would post."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from app.translation import mark
from engine.model.fields import SCALAR_LISTS, Field

_INTEGER = re.compile(r"[+-]?\d+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_TIME_ONLY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?")
_DATE_TIME = re.compile(_DATE_TIME_ONLY.pattern + r"(Z|[+-]\d\d:?\d\d)")


class MistypedError(ValueError):
    """What was typed is no value of the field's type; the message says what would be."""


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise MistypedError(mark("Write a whole number, like 14."))
    return int(text)


def _decimal(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise MistypedError(mark("Write a number, like 1.5.")) from None


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise MistypedError(mark("Write true or false."))
    return text == "true"


def _matching(pattern: re.Pattern[str], message: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise MistypedError(message)
        return text

    return read


_READERS: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "dateOnly": _matching(_DATE, mark("Write a date, like 2026-01-31.")),
    "dateTimeOnly": _matching(_DATE_TIME_ONLY, mark("Write a time without a zone, like 2026-01-31T08:00.")),
    "dateTime": _matching(_DATE_TIME, mark("Write a time with its zone, like 2026-01-31T08:00Z.")),
    "duration": str,
}


def read_value(field: Field, text: str) -> Any:
    """Return the JSON value of what was typed; raises :class:`MistypedError`. Lists and objects are written as JSON."""
    if field.kind in _READERS:
        return _READERS[field.kind](text.strip() if field.kind != "string" else text)
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        raise MistypedError(mark("Write this as JSON.")) from None
    wanted: type = list if field.kind == "listObject" or field.kind in SCALAR_LISTS else dict
    if not isinstance(value, wanted):
        raise MistypedError(
            mark("Write a list, like [1, 2].") if wanted is list else mark('Write an object, like {"a": 1}.')
        )
    return value


def write_value(field: Field, value: Any) -> str:
    """Return the text of a JSON value in a form; null is empty."""
    if value is None:
        return ""
    if field.kind in _READERS and isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def with_value(payload: Mapping[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return the payload with the value at a path of names; None takes the key out, and objects left empty with it."""
    name, rest = path[0], path[1:]
    if rest:
        inner = payload.get(name)
        value = with_value(inner if isinstance(inner, Mapping) else {}, rest, value) or None
    if value is None:
        return {key: kept for key, kept in payload.items() if key != name}
    return {**payload, name: value}


def value_at(payload: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Return the value at a path of names; None when there is none."""
    here: Any = payload
    for name in path:
        here = here.get(name) if isinstance(here, Mapping) else None
    return here


def leaves(fields: tuple[Field, ...], path: tuple[str, ...] = ()) -> tuple[tuple[tuple[str, ...], Field], ...]:
    """Return the fields with an input, with their paths: objects are expanded, lists and maps are one input."""
    found: list[tuple[tuple[str, ...], Field]] = []
    for field in fields:
        here = (*path, field.name)
        found.extend(leaves(field.fields, here) if field.kind == "object" else [(here, field)])
    return tuple(found)
