"""Paste JSON: what is inferred from an example, and the example made from fields."""

from __future__ import annotations

import json
import shlex

from hypothesis import given
from hypothesis import strategies as st

from engine.model.action import BodyObject, Constant
from engine.model.definitions import EventDefinition
from engine.model.example import curl_line, example_payload, infer_body, infer_fields
from engine.model.fields import read_fields, write_fields

NOTATION = {
    "personID": "string",
    "count": "integer",
    "total": "decimal",
    "member": "boolean",
    "day": "dateOnly",
    "local": "dateTimeOnly",
    "seen": "dateTime",
    "tokens": [{"token": "string", "app": {"name": "string"}}],
    "tags": "listString",
    "weights": "listDecimal",
}


def test_types_are_inferred_from_values() -> None:
    example = {
        "personID": "p-1",
        "count": 3,
        "total": 1.5,
        "member": True,
        "day": "2026-03-10",
        "local": "2026-03-10T08:00",
        "seen": "2026-03-10T08:00:00+01:00",
        "tokens": [{"token": "t"}, {"app": {"name": "a"}}],
        "tags": ["a", "b"],
        "weights": [1, 2.5],
    }
    assert write_fields(infer_fields(example)) == NOTATION


def test_unknown_type_defaults_to_string() -> None:
    assert write_fields(infer_fields({"a": None, "b": []})) == {"a": "string", "b": "listString"}


def test_invalid_field_keys_are_dropped() -> None:
    assert write_fields(infer_fields({"a.b": 1, "$x": 1, "": 1, "ok": 1})) == {"ok": "integer"}


def test_example_of_fields_infers_same_fields() -> None:
    event = EventDefinition(name="E", type="rule", fields=read_fields(NOTATION))
    payload = example_payload(event)
    payload.pop("_id")
    assert write_fields(infer_fields(payload)) == NOTATION


def test_system_event_example_has_id_and_enumerations() -> None:
    fields = read_fields({"channel": {"type": "string", "enum": ["app", "web"]}, "ids": {"*": "integer"}})
    payload = example_payload(EventDefinition(name="E", type="system", event_id="1234", fields=fields))
    assert payload["channel"] == "app"
    assert payload["ids"] == {"key": 0}
    assert payload["_experience"] == {"campaign": {"orchestration": {"eventID": "1234"}}}


def test_pasted_body_is_all_constants() -> None:
    assert infer_body({"a": {"b": [1]}, "c": "x"}) == BodyObject(
        {"a": BodyObject({"b": Constant([1])}), "c": Constant("x")}
    )


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=4))
def test_curl_line_survives_shell(payload: dict[str, str]) -> None:
    words = shlex.split(curl_line("http://127.0.0.1/x", "secret", payload))
    assert json.loads(words[words.index("-d") + 1]) == payload
