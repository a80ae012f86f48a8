"""Edits of field trees, durations in words and typed values: the logic under the forms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.forms.field_edits import (
    added,
    field_at,
    free_name,
    lost_fields,
    name_fault,
    path_of,
    replaced,
    retyped,
    walk,
    with_identity,
)
from app.forms.json_input import MistypedError, leaves, read_value, value_at, with_value, write_value
from app.widgets.duration_input import joined, split
from engine.model.fields import Field, read_fields, write_fields

TREE = read_fields(
    {
        "id": {"type": "string", "identity": "CRMID", "primary": True},
        "mail": "string",
        "order": {"lines": [{"sku": "string"}]},
    }
)


def test_field_is_found_named_and_replaced() -> None:
    assert path_of(TREE, (2, 0, 0)) == "order.lines.sku"
    changed = replaced(TREE, (2, 0, 0), Field("sku", "integer"))
    assert field_at(changed, (2, 0, 0)).kind == "integer"
    assert [place for place, _ in walk(replaced(TREE, (2, 0)))] == [(0,), (1,), (2,)]


def test_field_is_added_under_its_parent() -> None:
    grown, place = added(TREE, (2, 0), Field("qty", "integer"))
    assert place == (2, 0, 1)
    assert write_fields(grown)["order"] == {"lines": [{"sku": "string", "qty": "integer"}]}
    assert added(TREE, (), Field("x", "string"))[1] == (3,)


def test_only_one_field_is_primary_identity() -> None:
    changed = with_identity(TREE, (1,), "Email", True)
    assert [(field.name, field.identity, field.primary) for field in changed[:2]] == [
        ("id", "CRMID", False),
        ("mail", "Email", True),
    ]


def test_type_change_drops_unsuitable_settings() -> None:
    assert retyped(TREE[0], "integer") == Field("id", "integer")
    assert retyped(Field("o", "object", TREE), "listObject").fields == TREE
    assert retyped(TREE[1], "map").fields == (Field("*", "string"),)


@pytest.mark.parametrize("name", ["", "a.b", "$a", "mail"])
def test_names_that_cannot_be(name: str) -> None:
    assert name_fault(TREE, (0,), name) is not None
    assert name_fault(TREE, (0,), "id") is None
    assert free_name(TREE, "mail") == "mail2"


def test_fields_lost_from_definition_in_use() -> None:
    fewer = replaced(replaced(TREE, (2, 0, 0)), (1,), Field("mail", "integer"))
    assert lost_fields(TREE, fewer) == ("mail", "order.lines.sku")
    assert lost_fields(TREE, added(TREE, (), Field("more", "string"))[0]) == ()


@given(st.integers(1, 10_000), st.sampled_from(["seconds", "minutes", "hours", "days"]))
def test_duration_is_split_without_loss(number: int, unit: str) -> None:
    length = joined(number, unit)
    assert joined(*split(length)) == length


def test_durations_use_largest_unit() -> None:
    assert split(timedelta(hours=6)) == (6, "hours")
    assert split(timedelta(minutes=90)) == (90, "minutes")
    assert split(timedelta(0)) == (0, "seconds")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", " a", " a"),
        ("integer", "14 ", 14),
        ("decimal", "1.5", 1.5),
        ("boolean", "true", True),
        ("dateTime", "2026-01-31T08:00Z", "2026-01-31T08:00Z"),
        ("listString", '["a"]', ["a"]),
        ("object", '{"a": 1}', {"a": 1}),
    ],
)
def test_typed_text_becomes_typed_value(kind: str, text: str, value: object) -> None:
    field = Field("f", kind)
    assert read_value(field, text) == value
    assert read_value(field, write_value(field, value)) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "1.5"),
        ("decimal", "x"),
        ("boolean", "yes"),
        ("dateOnly", "31.1."),
        ("listObject", "{}"),
        ("object", "["),
    ],
)
def test_invalid_value_is_refused(kind: str, text: str) -> None:
    with pytest.raises(MistypedError):
        read_value(Field("f", kind), text)


def test_payload_values_are_set_and_read() -> None:
    payload = with_value({}, ("order", "id"), 7)
    assert payload == {"order": {"id": 7}}
    assert value_at(payload, ("order", "id")) == 7
    assert value_at(payload, ("order", "id", "x")) is None
    assert with_value(payload, ("order", "id"), None) == {}
    assert [path for path, _ in leaves(TREE)] == [("id",), ("mail",), ("order", "lines")]
