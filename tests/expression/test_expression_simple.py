"""The simple editor's tree and the language: what one writes the other reads back, and nothing else is shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expression import check
from engine.expression.simple import (
    CHOICES,
    SEGMENT_CHOICES,
    Group,
    Row,
    Value,
    choices_for,
    tidy,
    to_text,
    to_tree,
    value_text,
)
from engine.expression.types import (
    BOOLEAN,
    DATE_ONLY,
    DATE_TIME,
    DATE_TIME_ONLY,
    DECIMAL,
    DURATION,
    INTEGER,
    STRING,
    ListType,
    ObjectType,
    Scope,
    Type,
)

FIELDS: dict[str, Type] = {
    "text": STRING,
    "whole": INTEGER,
    "ratio": DECIMAL,
    "yes": BOOLEAN,
    "day": DATE_ONLY,
    "clock": DATE_TIME_ONLY,
    "at": DATE_TIME,
    "span": DURATION,
    "3h": INTEGER,
    "list": ListType(STRING),
}
SCOPE = Scope(events={"E": ObjectType(FIELDS)}, segments=("vip", "it's"))

ROWS: list[tuple[Row, str]] = [
    (Row("@{E.text}", "equal", (Value("a"),)), '@{E.text} == "a"'),
    (Row("@{E.text}", "equal", (Value("a"),), False), 'equalIgnoreCase(@{E.text}, "a")'),
    (Row("@{E.text}", "not_equal", (Value("a"),)), '@{E.text} != "a"'),
    (Row("@{E.text}", "not_equal", (Value("a"),), False), 'notEqualIgnoreCase(@{E.text}, "a")'),
    (Row("@{E.text}", "contain", (Value("a"),)), 'contain(@{E.text}, "a")'),
    (Row("@{E.text}", "contain", (Value("a"),), False), 'containIgnoreCase(@{E.text}, "a")'),
    (Row("@{E.text}", "not_contain", (Value("a"),)), 'not contain(@{E.text}, "a")'),
    (Row("@{E.text}", "not_contain", (Value("a"),), False), 'not containIgnoreCase(@{E.text}, "a")'),
    (Row("@{E.text}", "start", (Value("a"),)), 'startWith(@{E.text}, "a")'),
    (Row("@{E.text}", "end", (Value("a"),), False), 'endWithIgnoreCase(@{E.text}, "a")'),
    (Row("@{E.text}", "empty"), "isEmpty(@{E.text})"),
    (Row("@{E.text}", "not_empty"), "isNotEmpty(@{E.text})"),
    (Row("@{E.text}", "in", (Value("a"), Value("B"))), 'in(@{E.text}, ["a", "B"])'),
    (Row("@{E.text}", "in", (Value("a"), Value("B")), False), 'in(lower(@{E.text}), [lower("a"), lower("B")])'),
    (Row("@{E.'3h'}", "==", (Value(-3),)), "@{E.'3h'} == -3"),
    (Row("@{E.whole}", "!=", (Value(3),)), "@{E.whole} != 3"),
    (Row("@{E.ratio}", ">=", (Value(-1.5),)), "@{E.ratio} >= -1.5"),
    (Row("@{E.ratio}", "between", (Value(1), Value(2.5))), "1 <= @{E.ratio} and @{E.ratio} <= 2.5"),
    (Row("@{E.day}", "<", (Value("2021-02-19", "date"),)), '@{E.day} < date("2021-02-19")'),
    (Row("@{E.at}", "==", (Value("2021-02-19T08:00:00Z", "date"),)), '@{E.at} == date("2021-02-19T08:00:00Z")'),
    (Row("@{E.span}", "<=", (Value("PT1H", "duration"),)), '@{E.span} <= toDuration("PT1H")'),
    (Row("@{E.at}", "last_days", (Value(4),)), "inLastDays(@{E.at}, 4)"),
    (Row("@{E.at}", "last_hours", (Value(4),)), "inLastHours(@{E.at}, 4)"),
    (Row("@{E.day}", "next_days", (Value(4),)), "inNextDays(@{E.day}, 4)"),
    (Row("@{E.at}", "next_hours", (Value(4),)), "inNextHours(@{E.at}, 4)"),
    (Row("@{E.yes}", "true"), "@{E.yes} == true"),
    (Row("@{E.yes}", "false"), "@{E.yes} == false"),
    (Row("@{E.list}", "null"), "@{E.list} is null"),
    (Row("@{E.list}", "not_null"), "@{E.list} is not null"),
    (Row("", "in_segment", (Value("vip"),)), 'inSegment("vip")'),
    (Row("", "not_in_segment", (Value("it's"),)), 'not inSegment("it\'s")'),
]


@pytest.mark.parametrize(("row", "text"), ROWS)
def test_a_row_is_written_and_read_back(row: Row, text: str) -> None:
    whole = Group("and", (row,))
    assert to_text(whole) == text
    assert to_tree(text) == whole
    assert not check(text, SCOPE, BOOLEAN).errors


def groups(inner: st.SearchStrategy[Group | Row]) -> st.SearchStrategy[Group | Row]:
    parts = st.lists(inner, min_size=1, max_size=4).map(tuple)
    return st.builds(Group, st.sampled_from(["and", "or"]), parts)


TREES = st.recursive(st.sampled_from([row for row, _ in ROWS]), groups, max_leaves=10)


@settings(max_examples=120, deadline=None)
@given(groups(TREES))
def test_any_tree_is_written_and_read_back(tree: Group | Row) -> None:
    assert isinstance(tree, Group)
    text = to_text(tree)
    assert to_tree(text) == tidy(tree)
    assert to_text(tidy(tree)) == text
    assert not check(text, SCOPE, BOOLEAN).errors


def test_groups_of_one_part_are_written_as_the_part() -> None:
    row = ROWS[0][0]
    inner = Group("or", (row, ROWS[1][0]))
    assert tidy(Group("and", (Group("or", (inner,)),))) == inner
    assert tidy(Group("or", (Group("and", (row,)), Group("or", ())))) == Group("and", (row,))
    assert tidy(Group("and", (row, inner))) == Group("and", (row, inner))


@pytest.mark.parametrize(
    "text",
    [
        "1 +",
        "1",
        "true",
        "1 < @{E.whole}",
        "@{E.whole} + 1 > 2",
        "@{E.whole} > @{E.ratio}",
        "@{E.list.first()} == 'a'",
        "@{E.text, defaultValue: 'a'} == 'b'",
        "@{E.text} == null",
        "@{E.yes} != true",
        "@{E.yes}",
        "not @{E.yes}",
        "@{E.text} > 'a'",
        "not startWith(@{E.text}, 'a')",
        "not (1 == 1)",
        "-1",
        "length(@{E.text})",
        "in(1, @{E.list})",
        "in(upper(@{E.text}), ['a'])",
        "in(lower(@{E.text}), ['a'])",
        "in(@{E.text}, [lower('a')])",
        "in(@{E.text}, [])",
        "in(lower(length('a')), [lower('a')])",
        "in(@{E.text}, [null])",
        "@{E.whole} == -null",
        "@{E.whole} == -true",
        "@{E.day} == date('x')",
        "@{E.day} == date(1)",
        "@{E.at} == now()",
        "@{E.span} == toDuration('P1Y')",
        "[1] has null",
        "@{E.text} is numeric",
        "1 is null",
        "inSegment(@{E.text})",
        "isEmpty('a')",
        "isEmpty('a', 1)",
        "contain('a', @{E.text})",
        "contain(@{E.text}, @{E.text})",
        "contain(@{E.text})",
        "inSegment('a', 1)",
        "1 <= @{E.whole} and @{E.ratio} <= 2",
        "1 <= @{E.whole} and @{E.whole} < 2",
        "1 <= @{E.whole} or @{E.whole} <= 2",
        "@{E.whole} <= 1 and @{E.whole} <= now()",
        "(1 <= 2) and (@{E.yes} == true)",
        "1 == 1 or 2 == 2",
        "if (true) then (true) else (false)",
        "max(1, 2)",
        "not lower('a')",
    ],
)
def test_what_the_tree_cannot_show_stays_in_the_advanced_editor(text: str) -> None:
    assert to_tree(text) is None


def test_rows_that_lack_a_value_are_refused() -> None:
    for row in (Row("@{E.whole}", "=="), Row("@{E.whole}", "between", (Value(1),))):
        with pytest.raises(ValueError):
            to_text(Group("and", (row,)))
    with pytest.raises(ValueError):
        to_text(Group("and", ()))


def test_operators_by_type() -> None:
    assert [choice.operator for choice in choices_for(BOOLEAN)] == ["true", "false", "null", "not_null"]
    assert [choice.operator for choice in choices_for(ListType(STRING))] == ["null", "not_null"]
    assert {choice.operator for choice in choices_for(DATE_TIME)} >= {"between", "last_days", "next_hours"}
    shown = {row.operator for row, _ in ROWS}
    offered = {choice.operator for choices in (*CHOICES.values(), SEGMENT_CHOICES) for choice in choices}
    assert offered - {">", "<"} <= shown | {">", "<"}
    assert all(choice.en and choice.ko for choices in (*CHOICES.values(), SEGMENT_CHOICES) for choice in choices)


def test_values_are_written_as_constants() -> None:
    assert value_text(Value(True)) == "true"
    assert value_text(Value("PT1H", "duration")) == 'toDuration("PT1H")'
