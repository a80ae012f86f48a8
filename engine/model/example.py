"""From an example to fields ("paste JSON") and back from fields to an example (product.md, Events, Payload preview).

Types are inferred from the values alone (:mod:`engine.expression.inference`), so a user may have to correct them: the
items of an empty list have no type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from engine.catalogue import Phrase
from engine.expression.inference import Inference
from engine.expression.types import ListType, ObjectType, Type
from engine.json_types import JsonDict, JsonObject
from engine.model.action import BodyNode, BodyObject, Constant
from engine.model.definitions import EventDefinition
from engine.model.fields import SCALAR_LISTS, Field

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


class InferredFields(NamedTuple):
    """Fields, and notes on what was left out or loses digits."""

    fields: tuple[Field, ...]
    notes: tuple[Phrase, ...] = ()


def infer_fields(*examples: JsonObject) -> tuple[Field, ...]:
    """Infer fields that accept each of these objects."""
    return infer_noted(*examples).fields


def infer_noted(*examples: JsonObject) -> InferredFields:
    """Infer fields that accept each of these objects, with notes on what no field can take."""
    inference = Inference(is_field_name)
    found = inference.type_of(examples)
    return InferredFields(_fields(found) if isinstance(found, ObjectType) else (), tuple(inference.notes))


def _fields(of: ObjectType) -> tuple[Field, ...]:
    return tuple(_field(name, inner) for name, inner in of.fields.items())


def _field(name: str, of: Type) -> Field:
    if isinstance(of, ObjectType):
        return Field(name, "object", _fields(of))
    if isinstance(of, ListType) and isinstance(of.item, ObjectType):
        return Field(name, "listObject", _fields(of.item))
    return Field(name, str(of))


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


def is_field_name(name: str) -> bool:
    """Whether a field may have this name."""
    return name not in ("", "*") and "." not in name and not name.startswith("$")
