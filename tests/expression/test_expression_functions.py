"""The function table: every example gives what it says, and the page in docs is written from the table."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.catalogue import EXPRESSION, load
from engine.expression import Context, Scope, check, value_to_json
from engine.expression.functions import FUNCTIONS
from engine.expression.functions.signatures import Function, show
from engine.expression.types import STRING, ListType, ObjectType
from tools.functions_page import PAGE, functions_page

ROOT = Path(__file__).parents[2]
SCOPE = Scope(events={"Beacon": ObjectType({"tokens": ListType(ObjectType({"token": STRING}))})})
TOKENS = [{"token": "t1"}, {"token": "t2"}]
EXAMPLES = [(text, value) for function in FUNCTIONS.values() for text, value in function.examples.items()]


@pytest.mark.parametrize(("text", "value"), EXAMPLES)
def test_documented_examples_are_correct(text: str, value: str) -> None:
    checked = check(text, SCOPE)
    assert not checked.errors
    context = Context({"Beacon": {"tokens": TOKENS}}, datetime(2026, 3, 10, tzinfo=UTC))
    found = value_to_json(checked.compile().evaluate(context), checked.type)
    assert json.dumps(found) == value


READINGS = load(EXPRESSION, "ko").section("reading")


def test_page_in_docs_is_written_from_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == functions_page(), "run: python -m tools.functions_page"


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_every_row_is_complete(function: Function) -> None:
    assert function.meaning.endswith(".")
    assert function.lines() == tuple(show(function.name, signature) for signature in function.signatures)
    for signature in function.signatures:
        assert signature.words
        assert {signature.words, signature.negated} - {""} <= READINGS.keys()
    boolean = all(str(signature.result) == "boolean" for signature in function.signatures)
    assert all(bool(signature.negated) == boolean for signature in function.signatures)


def test_table_holds_every_function_of_language() -> None:
    wanted = [
        "avg",
        "concat",
        "contain",
        "containIgnoreCase",
        "count",
        "countOnlyNull",
        "countWithNull",
        "currentTimeInMillis",
        "date",
        "distinct",
        "distinctCount",
        "distinctCountWithNull",
        "distinctWithNull",
        "endWith",
        "endWithIgnoreCase",
        "equalIgnoreCase",
        "filter",
        "getListItem",
        "in",
        "inLastDays",
        "inLastHours",
        "inLastMonths",
        "inLastYears",
        "inNextDays",
        "inNextHours",
        "inNextMonths",
        "inNextYears",
        "inSegment",
        "indexOf",
        "intersect",
        "isEmpty",
        "isNotEmpty",
        "lastIndexOf",
        "length",
        "limit",
        "listSize",
        "lower",
        "matchRegExp",
        "max",
        "min",
        "notEqualIgnoreCase",
        "now",
        "nowWithDelta",
        "random",
        "replace",
        "replaceAll",
        "round",
        "serializeList",
        "setDays",
        "setHours",
        "sort",
        "split",
        "startWith",
        "startWithIgnoreCase",
        "substr",
        "sum",
        "toBool",
        "toDateOnly",
        "toDateTime",
        "toDateTimeOnly",
        "toDecimal",
        "toDuration",
        "toInteger",
        "toString",
        "trim",
        "updateTimeZone",
        "upper",
        "uuid",
    ]
    assert sorted(FUNCTIONS) == wanted
