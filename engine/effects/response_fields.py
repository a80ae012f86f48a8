"""Check replies against their declared fields.

A field that is absent is null, an integer is accepted for a decimal, keys nobody asked for are left out; a value of
another type is a fault with its path.
"""

from __future__ import annotations

from typing import Any

import orjson

from engine.expression.errors import EvaluationError
from engine.expression.types import SCALARS
from engine.expression.values import json_name, value_from_json
from engine.model.fields import SCALAR_LISTS, Field


class ResponseFormatError(Exception):
    """A reply that does not match its declared fields; the text names the path."""


def read_json(body: bytes) -> Any:
    """Parse a body as JSON; raise ResponseFormatError."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ResponseFormatError("The answer is not valid JSON") from None


def read_fields(fields: tuple[Field, ...], value: object) -> dict[str, Any]:
    """Read the declared fields of an object; raise ResponseFormatError with the path of the first invalid value."""
    return _object(fields, value, "$")


def _fault(path: str, kind: str, value: object) -> ResponseFormatError:
    return ResponseFormatError(f"{path} of the answer should be of type {kind} but is {json_name(value)}")


def _object(fields: tuple[Field, ...], value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _fault(path, "object", value)
    for field in fields:
        if field.required and value.get(field.name) is None:
            raise ResponseFormatError(f"{path}.{field.name} of the answer is missing")
    return {
        field.name: _value(field, value[field.name], f"{path}.{field.name}") for field in fields if field.name in value
    }


def _value(field: Field, value: object, path: str) -> Any:
    if value is None:
        return None
    if field.kind == "object":
        return _object(field.fields, value, path) if field.fields or not isinstance(value, dict) else value
    if field.kind == "map":
        if not isinstance(value, dict):
            raise _fault(path, "map", value)
        return {key: _value(field.fields[0], item, f"{path}.{key}") for key, item in value.items()}
    if field.kind == "listObject" or field.kind in SCALAR_LISTS:
        return _list(field, value, path)
    _check_scalar(field, value, path)
    return value


def _check_scalar(field: Field, value: object, path: str) -> None:
    try:
        value_from_json(value, SCALARS[field.kind])
    except EvaluationError:
        raise _fault(path, field.kind, value) from None
    if field.enum and value not in field.enum:
        raise ResponseFormatError(f"{path} of the answer is not one of the values its field allows")


def _list(field: Field, value: object, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _fault(path, field.kind, value)
    if field.kind == "listObject":
        return [_object(field.fields, item, f"{path}[{index}]") for index, item in enumerate(value)]
    item_field = Field(field.name, SCALAR_LISTS[field.kind], enum=field.enum)
    return [_value(item_field, item, f"{path}[{index}]") for index, item in enumerate(value)]
