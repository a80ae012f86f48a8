"""Fields inferred from examples accept them; JSON Schemas become fields."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expression.case_files import scope_of
from engine.ingress.matching import faults
from engine.json_types import JsonDict
from engine.model.example import infer_fields, infer_noted
from engine.model.fields import read_fields, write_fields
from engine.model.json_schema import is_json_schema, read_examples, read_json_schema

_NAMES = st.sampled_from(["a", "b", "type", "items", "fields", "a.b", "$ref", "*", ""]) | st.text(max_size=4)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["2026-03-10", "2026-03-10T08:00", "2026-03-10T08:00:00Z", "PT1H", "p1d", 10**400]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(_NAMES, VALUES, max_size=4)


@settings(max_examples=400, deadline=None)
@given(OBJECTS)
def test_inferred_fields_accept_their_example(example: JsonDict) -> None:
    fields = infer_fields(example)
    assert list(faults(fields, example)) == []
    assert list(faults(read_fields(write_fields(fields)), example)) == []
    left_out = {str(note.arguments["path"]) for note in infer_noted(example).notes}
    inferred = {field.name for field in fields}
    assert all(name in inferred or any(one.startswith(name) for one in left_out) for name in example)


@settings(max_examples=100, deadline=None)
@given(st.lists(OBJECTS, min_size=2, max_size=4))
def test_several_examples_are_all_accepted(examples: list[JsonDict]) -> None:
    fields = infer_fields(*examples)
    assert [list(faults(fields, one)) for one in examples] == [[] for _ in examples]


@settings(max_examples=100, deadline=None)
@given(OBJECTS)
def test_expressions_infer_a_readable_schema(example: JsonDict) -> None:
    if "type" not in json.dumps(example) and "*" not in example:
        scope_of({"events": {"E": example}})


@pytest.mark.parametrize(
    ("example", "fields"),
    [
        ({"items": [{"price": 10}, {"price": 9.99}]}, {"items": [{"price": "decimal"}]}),
        ({"items": [{"price": 9.99}, {"price": 10}]}, {"items": [{"price": "decimal"}]}),
        ({"ids": [1, 2.5]}, {"ids": "listDecimal"}),
        ({"id": 18446744073709551615}, {"id": "decimal"}),
        ({"mixed": [1, "a"]}, {}),
        ({"days": ["2026-03-10", "soon"]}, {"days": "listString"}),
        ({"rows": [[1, 2]], "ok": 1}, {"ok": "integer"}),
        ({"a": [{"b": None}, {"b": 1}]}, {"a": [{"b": "integer"}]}),
    ],
)
def test_all_values_decide_the_type(example: JsonDict, fields: JsonDict) -> None:
    assert write_fields(infer_fields(example)) == fields


def test_left_out_fields_are_named() -> None:
    found = infer_noted({"order.total": 1, "$ref": "x", "n": [[1]], "m": [1, "a"], "big": 10**400, "id": 2**64})
    assert [(note.key, note.arguments["path"]) for note in found.notes] == [
        ("inference.name", "order.total"),
        ("inference.name", "$ref"),
        ("inference.nested", "n"),
        ("inference.mixed", "m[]"),
        ("inference.number", "big"),
        ("inference.large", "id"),
    ]


SCHEMA: JsonDict = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "title": "Number"},
        "count": {"type": ["integer", "null"]},
        "at": {"type": "string", "format": "date-time"},
        "tier": {"enum": ["gold", "silver", None]},
        "address": {"$ref": "#/$defs/address"},
        "items": {
            "type": "array",
            "items": {"allOf": [{"$ref": "#/$defs/address"}, {"properties": {"sum": {"type": "number"}}}]},
        },
        "tags": {"type": "array", "items": {"type": "string"}},
        "points": {"type": "object", "additionalProperties": {"type": "integer"}},
        "name": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "node": {"$ref": "#/$defs/node"},
        "outside": {"$ref": "https://example.com/other.json"},
        "a.b": {"type": "string"},
        "never": False,
        "table": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    },
    "$defs": {
        "address": {"type": "object", "properties": {"city": {"type": "string"}}},
        "node": {"type": "object", "properties": {"value": {"const": 1}, "next": {"$ref": "#/$defs/node"}}},
    },
}


def test_json_schema_becomes_fields() -> None:
    found = read_json_schema(SCHEMA)
    assert write_fields(found.fields) == {
        "id": {"type": "string", "required": True, "label": "Number"},
        "count": "integer",
        "at": "dateTime",
        "tier": {"type": "string", "enum": ["gold", "silver"]},
        "address": {"city": "string"},
        "items": [{"city": "string", "sum": "decimal"}],
        "tags": "listString",
        "points": {"*": "integer"},
        "name": "string",
        "node": {"value": "integer"},
    }
    assert [(note.key, note.arguments["path"]) for note in found.notes] == [
        ("inference.mixed", "either"),
        ("inference.reference", "node.next"),
        ("inference.reference", "outside"),
        ("inference.name", "a.b"),
        ("inference.schema", "never"),
        ("inference.nested", "table"),
    ]


def test_schema_is_told_from_example() -> None:
    assert is_json_schema(SCHEMA)
    assert not is_json_schema({"properties": {"a": 1}})
    assert write_fields(read_examples({"properties": {"a": 1}}).fields) == {"properties": {"a": "integer"}}
    assert write_fields(read_examples({"type": "object", "properties": {"a": {"type": "integer"}}}).fields) == {
        "a": "integer"
    }
