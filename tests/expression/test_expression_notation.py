"""Schemas in their notation, types inferred from examples, and values in and out of JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import SojournError
from engine.expression import EvaluationError, to_string, value_from_json, value_to_json
from engine.expression.schema_notation import infer, infer_type, notation_of, type_of
from engine.expression.types import (
    BOOLEAN,
    DATE_ONLY,
    DATE_TIME,
    DATE_TIME_ONLY,
    DECIMAL,
    DURATION,
    INTEGER,
    NULL,
    SCALARS,
    STRING,
    UNKNOWN,
    ListType,
    MapType,
    ObjectType,
    Type,
    fits,
    unify,
)


@pytest.mark.parametrize(
    ("notation", "of"),
    [
        ("string", STRING),
        ("listInteger", ListType(INTEGER)),
        ("object", ObjectType()),
        ("listObject", ListType(ObjectType())),
        ({"a": "string", "b": {"c": "integer"}}, ObjectType({"a": STRING, "b": ObjectType({"c": INTEGER})})),
        ([{"a": "string"}], ListType(ObjectType({"a": STRING}))),
        ({"*": "integer"}, MapType(INTEGER)),
        ([{"*": "integer"}], ListType(MapType(INTEGER))),
        ({"*": [{"id": "string"}]}, MapType(ListType(ObjectType({"id": STRING})))),
        (
            {"type": "string", "enum": ["a"], "required": True, "identity": "Email", "primary": True, "label": "x"},
            STRING,
        ),
        ({"type": "object", "fields": {"a": "string"}, "required": True}, ObjectType({"a": STRING})),
        ({"type": "listObject", "fields": {"a": "string"}}, ListType(ObjectType({"a": STRING}))),
        ({"type": "listObject", "items": [{"a": "string"}]}, ListType(ObjectType({"a": STRING}))),
        ({"type": "map", "fields": {"*": "integer"}}, MapType(INTEGER)),
        ({"type": {"type": "string"}}, ObjectType({"type": STRING})),
        ({"type": "string", "other": "integer"}, ObjectType({"type": STRING, "other": INTEGER})),
        (
            {"type": {"a": "string"}, "label": "string"},
            ObjectType({"type": ObjectType({"a": STRING}), "label": STRING}),
        ),
    ],
)
def test_notations_map_to_types(notation: object, of: Type) -> None:
    assert type_of(notation) == of
    assert type_of(notation_of(of)) == of


@pytest.mark.parametrize(
    ("notation", "where"),
    [
        ("text", ""),
        (1, ""),
        ([], ""),
        (["string"], ""),
        ([{"a": "string"}, {"a": "string"}], ""),
        ({"a": {"b": "nope"}}, "a.b"),
        ({"a": [{"b": 1}]}, "a[0].b"),
        ({"m": {"*": "nope"}}, "m.*"),
        ({"type": "string", "fields": {"a": "string"}}, ""),
    ],
)
def test_bad_notation_is_refused_with_its_place(notation: object, where: str) -> None:
    with pytest.raises(SojournError) as caught:
        type_of(notation)
    assert caught.value.where == where
    assert caught.value.code == "bad_type"


TYPES = st.recursive(
    st.sampled_from([*SCALARS.values(), *(ListType(one) for one in SCALARS.values())]),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from(["a", "b", "type", "enum", "fields", "label"]), inner, min_size=1).map(
            ObjectType
        ),
        inner.map(MapType),
        inner.filter(lambda one: isinstance(one, ObjectType | MapType)).map(ListType),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(TYPES)
def test_every_type_has_notation_that_reads_back(of: Type) -> None:
    assert type_of(notation_of(of)) == of


@pytest.mark.parametrize(
    ("json", "notation"),
    [
        (
            {"a": 1, "b": 1.5, "c": True, "d": "x", "e": None},
            {"a": "integer", "b": "decimal", "c": "boolean", "d": "string", "e": "string"},
        ),
        (
            {"d": "2021-02-19", "t": "2021-02-19T08:00", "i": "2021-02-19T08:00:00Z", "p": "PT1H"},
            {"d": "dateOnly", "t": "dateTimeOnly", "i": "dateTime", "p": "duration"},
        ),
        ({"p": "p1d", "q": "PT", "r": "P1Y"}, {"p": "string", "q": "string", "r": "string"}),
        ([1, 2.5, None], "listDecimal"),
        ([], "listString"),
        ([None], "listString"),
        ([1, "a"], "listString"),
        ([[1], [2]], "listString"),
        ([{"a": 1}, {"a": 2.5, "b": "x"}], [{"a": "decimal", "b": "string"}]),
        ([{"a": [1]}, {"a": [2.5]}], [{"a": "listDecimal"}]),
        ([{"a": [1]}, {"a": ["x"]}], [{}]),
        ({"a": []}, {"a": "listString"}),
        ({"type": "string"}, {"type": {"type": "string"}}),
        (None, "string"),
        ({"o": {}}, {"o": {}}),
    ],
)
def test_types_are_inferred_from_example(json: object, notation: object) -> None:
    assert infer(json) == notation
    type_of(infer(json))


def test_mixed_items_are_texts() -> None:
    assert infer_type([{"a": 1}, 2]) == ListType(STRING)


VALUES: list[tuple[object, Type, object]] = [
    ("a", STRING, "a"),
    (1, INTEGER, 1),
    (1, DECIMAL, 1.0),
    (True, BOOLEAN, True),
    (None, INTEGER, None),
    ("2021-02-19", DATE_ONLY, date(2021, 2, 19)),
    ("2021-02-19T08:00:00", DATE_TIME_ONLY, datetime.fromisoformat("2021-02-19T08:00:00")),
    ("2021-02-19T08:00:00.500Z", DATE_TIME, datetime(2021, 2, 19, 8, 0, 0, 500_000, UTC)),
    (
        "2021-02-19T08:00:00-02:30",
        DATE_TIME,
        datetime(2021, 2, 19, 8, tzinfo=timezone(timedelta(hours=-2, minutes=-30))),
    ),
    ("PT24H", DURATION, timedelta(days=1)),
    (["PT1M", None], ListType(DURATION), [timedelta(minutes=1), None]),
    ({"a": 1}, ObjectType({"a": STRING}), {"a": 1}),
    ([{"a": 1}], ListType(ObjectType({"a": STRING})), [{"a": 1}]),
    ({"a": 1}, MapType(INTEGER), {"a": 1}),
    ([None], ListType(NULL), [None]),
]


@pytest.mark.parametrize(("json", "of", "value"), VALUES)
def test_values_in_and_out(json: object, of: Type, value: object) -> None:
    assert value_from_json(json, of) == value
    assert value_to_json(value, of) == json


def test_integer_is_decimal_where_one_is_wanted() -> None:
    assert repr(value_to_json(1, DECIMAL)) == "1.0"


@pytest.mark.parametrize(
    ("json", "of"),
    [
        ("1", INTEGER),
        (True, INTEGER),
        (1.0, INTEGER),
        (True, DECIMAL),
        (float("nan"), DECIMAL),
        ("a", DATE_TIME),
        (1, ListType(STRING)),
    ],
)
def test_wrong_json_type_is_evaluation_error(json: object, of: Type) -> None:
    with pytest.raises(EvaluationError):
        value_from_json(json, of)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("a", "a"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (1.5, "1.5"),
        (date(2021, 2, 19), "2021-02-19"),
        (datetime.fromisoformat("2021-02-19T08:00:00"), "2021-02-19T08:00:00"),
        (datetime(2021, 2, 19, 8, tzinfo=timezone(timedelta(hours=2))), "2021-02-19T06:00:00Z"),
        (timedelta(minutes=15), "900000"),
    ],
)
def test_to_string(value: object, text: str) -> None:
    assert to_string(value) == text


def test_time_outside_utc_range_is_error() -> None:
    with pytest.raises(EvaluationError):
        to_string(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=10))))


def test_types_fit_and_unify() -> None:
    assert fits(NULL, STRING)
    assert fits(INTEGER, DECIMAL)
    assert not fits(DECIMAL, INTEGER)
    assert fits(ListType(NULL), ListType(STRING))
    assert fits(MapType(STRING), ObjectType())
    assert not fits(STRING, ObjectType())
    assert unify(INTEGER, DECIMAL) == DECIMAL
    assert unify(DECIMAL, INTEGER) == DECIMAL
    assert unify(STRING, INTEGER) is None
    assert unify(STRING, UNKNOWN) == STRING
    assert str(UNKNOWN) == "unknown"
    assert str(ListType(MapType(STRING))) == "listObject"
    assert len({ObjectType({"a": STRING}), ObjectType({"a": STRING}), ObjectType({"b": STRING})}) == 2
