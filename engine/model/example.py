"""From an example to fields ("paste JSON") and back from fields to an example (product.md, Events, Payload preview).

Types are inferred from the values alone, so a user may have to correct them: the items of an empty list have no type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from engine.json_types import JsonDict, JsonObject
from engine.model.action import BodyNode, BodyObject, Constant
from engine.model.definitions import EventDefinition
from engine.model.fields import SCALAR_LISTS, Field

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?")
_LIST_OF = {scalar: name for name, scalar in SCALAR_LISTS.items()}

_EXAMPLES: JsonObject = {
    "string": "…",
    "integer": 0,
    "decimal": 0.0,
    "boolean": False,
    "dateOnly": "2026-01-31",
    "dateTimeOnly": "2026-01-31T08:00:00",
    "dateTime": "2026-01-31T08:00:00Z",
    "duration": "PT15M",
}


def infer_fields(example: JsonObject) -> tuple[Field, ...]:
    """Infer the fields of an example object; keys that cannot be field names are left out."""
    return tuple(_infer(name, value) for name, value in example.items() if _is_field_name(name))


def infer_body(example: object) -> BodyNode:
    """Return a call's body from an example, every leaf a constant until someone makes it a variable."""
    if isinstance(example, Mapping):
        return BodyObject({name: infer_body(value) for name, value in example.items()})
    return Constant(example)


def example_payload(event: EventDefinition) -> JsonDict:
    """Return an example post of an event: an id, a value for each field, and the event id if it has one."""
    payload: JsonDict = {"_id": "…", **example_object(event.fields)}
    if event.type == "system":
        payload["_experience"] = {"campaign": {"orchestration": {"eventID": event.event_id or "…"}}}
    return payload


def example_object(fields: tuple[Field, ...]) -> JsonDict:
    """Return an object with an example value for each field."""
    return {field.name: example_value(field) for field in fields}


def example_value(field: Field) -> object:
    """Return a value of the field's type: the first of an enumeration, one item in a list."""
    if field.enum:
        return field.enum[0]
    if field.kind in SCALAR_LISTS:
        return [_EXAMPLES[SCALAR_LISTS[field.kind]]]
    if field.kind == "listObject":
        return [example_object(field.fields)]
    if field.kind == "object":
        return example_object(field.fields)
    if field.kind == "map":
        return {"key": example_value(field.fields[0])}
    return _EXAMPLES[field.kind]


def curl_line(url: str, token: str, payload: JsonObject) -> str:
    """Return a shell command that posts the payload; single quotes in it are escaped for the shell."""
    body = json.dumps(payload, ensure_ascii=False).replace("'", "'\\''")
    return f"curl -X POST '{url}' -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' -d '{body}'"


def _is_field_name(name: str) -> bool:
    return bool(name) and "." not in name and not name.startswith("$")


def _infer(name: str, value: object) -> Field:
    if isinstance(value, Mapping):
        return Field(name, "object", infer_fields(value))
    if isinstance(value, list):
        return _infer_list(name, value)
    return Field(name, _scalar(value))


def _infer_list(name: str, items: list[object]) -> Field:
    objects = [item for item in items if isinstance(item, Mapping)]
    if objects:
        merged: JsonDict = {}
        for item in objects:
            merged = {**merged, **{key: value for key, value in item.items() if merged.get(key) is None}}
        return Field(name, "listObject", infer_fields(merged))
    kinds = {_scalar(item) for item in items if item is not None}
    if kinds == {"integer", "decimal"}:
        return Field(name, "listDecimal")
    return Field(name, _LIST_OF[kinds.pop()] if len(kinds) == 1 else "listString")


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "decimal"
    text = value if isinstance(value, str) else ""
    if _DATE.fullmatch(text):
        return "dateOnly"
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return "string"
    return "dateTime" if match["zone"] else "dateTimeOnly"
