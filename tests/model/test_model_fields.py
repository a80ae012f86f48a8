"""The notation of field trees: what it means, that it survives a round trip, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from engine.expression.types import BOOLEAN, INTEGER, STRING, ListType, MapType, ObjectType
from engine.model.fields import SCALAR_LISTS, TYPE_NAMES, Field, object_type, read_fields, write_fields

names = st.text(st.characters(blacklist_characters=".", blacklist_categories=["Cs"]), min_size=1, max_size=8).filter(
    lambda name: not name.startswith("$") and name != "*"
)
flags = st.fixed_dictionaries(
    {},
    optional={"required": st.just(True), "primary": st.just(True), "identity": names, "label": names},
)
leaves = st.builds(
    lambda name, kind, extra: Field(name, kind, **extra),
    names,
    st.sampled_from([name for name in TYPE_NAMES if name not in ("object", "listObject")]),
    flags,
)


def _children(inner: st.SearchStrategy[Field]) -> st.SearchStrategy[tuple[Field, ...]]:
    return st.lists(inner, max_size=4, unique_by=lambda field: field.name).map(tuple)


def _branches(inner: st.SearchStrategy[Field]) -> st.SearchStrategy[Field]:
    objects = st.builds(
        lambda name, kind, children, extra: Field(name, kind, children, **extra),
        names,
        st.sampled_from(["object", "listObject"]),
        _children(inner),
        flags,
    )
    maps = st.builds(
        lambda name, value: Field(name, "map", (Field("*", value.kind, value.fields, value.enum),)), names, inner
    )
    return objects | maps


trees = _children(st.recursive(leaves, _branches, max_leaves=12))


@given(trees)
def test_fields_round_trip(fields: tuple[Field, ...]) -> None:
    assert read_fields(write_fields(fields)) == fields


@given(trees)
def test_writing_is_stable(fields: tuple[Field, ...]) -> None:
    written = write_fields(fields)
    assert write_fields(read_fields(written)) == written


def test_types_of_worked_example() -> None:
    fields = read_fields(
        {
            "personID": "string",
            "tokens": [{"token": "string"}],
            "tags": "listString",
            "channel": {"type": "string", "enum": ["app", "web"], "required": True},
            "identityMap": {"*": [{"id": "string"}]},
            "stay": {"nights": "integer", "paid": "boolean"},
        }
    )
    assert object_type(fields) == ObjectType(
        {
            "personID": STRING,
            "tokens": ListType(ObjectType({"token": STRING})),
            "tags": ListType(STRING),
            "channel": STRING,
            "identityMap": MapType(ListType(ObjectType({"id": STRING}))),
            "stay": ObjectType({"nights": INTEGER, "paid": BOOLEAN}),
        }
    )
    assert fields[3].required
    assert fields[3].enum == ("app", "web")


def test_field_called_type_needs_long_form() -> None:
    fields = read_fields({"hit": {"type": {"type": "string"}, "page": "string"}})
    assert [child.name for child in fields[0].fields] == ["type", "page"]
    assert write_fields(fields) == {"hit": {"type": {"type": "string"}, "page": "string"}}


def test_every_scalar_has_list() -> None:
    assert SCALAR_LISTS["listDateTimeOnly"] == "dateTimeOnly"
    assert len(SCALAR_LISTS) == 8


@pytest.mark.parametrize(
    ("notation", "path", "hint"),
    [
        ({"a.b": "string"}, ".a.b", "dot"),
        ({"$a": "string"}, ".$a", "dollar"),
        ({"": "string"}, ".", "empty"),
        ({"a": "text"}, ".a", '"text" is not a type'),
        ({"a": 3}, ".a", "a type is"),
        ({"a": ["string"]}, ".a", "listString"),
        ({"a": [{}, {}]}, ".a", "exactly one"),
        ({"a": {"type": "string", "size": 3}}, ".a.size", "only"),
        ({"a": {"type": "strin"}}, ".a.type", "not a type"),
        ({"a": {"type": "string", "required": 1}}, ".a.required", "true or false"),
        ({"a": {"type": "string", "label": 1}}, ".a.label", "text"),
        ({"a": {"type": "string", "fields": {"b": "string"}}}, ".a.fields", "only an object"),
        ({"a": {"type": "boolean", "enum": [True]}}, ".a.enum", "enumerated"),
        ({"a": {"type": "string", "enum": "x"}}, ".a.enum", "list"),
        ({"a": {"type": "integer", "enum": [1, True]}}, ".a.enum[1]", "not of type"),
        ({"a": {"b": [{"c": {"d": "nope"}}]}}, ".a.b[0].c.d", '"nope"'),
        ("string", "", "object of names"),
    ],
)
def test_invalid_field_is_located_with_advice(notation: Any, path: str, hint: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        read_fields(notation)
    context = caught.value.context or {}
    assert context["path"] == path
    assert hint in context["message"]
