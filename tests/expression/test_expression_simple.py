"""The simple editor's tree and the language: what one writes the other reads back, and nothing else is shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expression import check
from engine.expression.simple_form import (
    CHOICES,
    SEGMENT_CHOICES,
    ConditionGroup,
    ConditionRow,
    ConditionValue,
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

ROWS: list[tuple[ConditionRow, str]] = [
    (ConditionRow("@{E.text}", "equal", (ConditionValue("a"),)), '@{E.text} == "a"'),
    (ConditionRow("@{E.text}", "equal", (ConditionValue("a"),), False), 'equalIgnoreCase(@{E.text}, "a")'),
    (ConditionRow("@{E.text}", "not_equal", (ConditionValue("a"),)), '@{E.text} != "a"'),
    (ConditionRow("@{E.text}", "not_equal", (ConditionValue("a"),), False), 'notEqualIgnoreCase(@{E.text}, "a")'),
    (ConditionRow("@{E.text}", "contain", (ConditionValue("a"),)), 'contain(@{E.text}, "a")'),
    (ConditionRow("@{E.text}", "contain", (ConditionValue("a"),), False), 'containIgnoreCase(@{E.text}, "a")'),
    (ConditionRow("@{E.text}", "not_contain", (ConditionValue("a"),)), 'not contain(@{E.text}, "a")'),
    (ConditionRow("@{E.text}", "not_contain", (ConditionValue("a"),), False), 'not containIgnoreCase(@{E.text}, "a")'),
    (ConditionRow("@{E.text}", "start", (ConditionValue("a"),)), 'startWith(@{E.text}, "a")'),
    (ConditionRow("@{E.text}", "end", (ConditionValue("a"),), False), 'endWithIgnoreCase(@{E.text}, "a")'),
    (ConditionRow("@{E.text}", "empty"), "isEmpty(@{E.text})"),
    (ConditionRow("@{E.text}", "not_empty"), "isNotEmpty(@{E.text})"),
    (ConditionRow("@{E.text}", "in", (ConditionValue("a"), ConditionValue("B"))), 'in(@{E.text}, ["a", "B"])'),
    (
        ConditionRow("@{E.text}", "in", (ConditionValue("a"), ConditionValue("B")), False),
        'in(lower(@{E.text}), [lower("a"), lower("B")])',
    ),
    (ConditionRow("@{E.'3h'}", "==", (ConditionValue(-3),)), "@{E.'3h'} == -3"),
    (ConditionRow("@{E.whole}", "!=", (ConditionValue(3),)), "@{E.whole} != 3"),
    (ConditionRow("@{E.ratio}", ">=", (ConditionValue(-1.5),)), "@{E.ratio} >= -1.5"),
    (
        ConditionRow("@{E.ratio}", "between", (ConditionValue(1), ConditionValue(2.5))),
        "1 <= @{E.ratio} and @{E.ratio} <= 2.5",
    ),
    (ConditionRow("@{E.day}", "<", (ConditionValue("2021-02-19", "date"),)), '@{E.day} < date("2021-02-19")'),
    (
        ConditionRow("@{E.at}", "==", (ConditionValue("2021-02-19T08:00:00Z", "date"),)),
        '@{E.at} == date("2021-02-19T08:00:00Z")',
    ),
    (ConditionRow("@{E.span}", "<=", (ConditionValue("PT1H", "duration"),)), '@{E.span} <= toDuration("PT1H")'),
    (ConditionRow("@{E.at}", "last_days", (ConditionValue(4),)), "inLastDays(@{E.at}, 4)"),
    (ConditionRow("@{E.at}", "last_hours", (ConditionValue(4),)), "inLastHours(@{E.at}, 4)"),
    (ConditionRow("@{E.day}", "next_days", (ConditionValue(4),)), "inNextDays(@{E.day}, 4)"),
    (ConditionRow("@{E.at}", "next_hours", (ConditionValue(4),)), "inNextHours(@{E.at}, 4)"),
    (ConditionRow("@{E.yes}", "true"), "@{E.yes} == true"),
    (ConditionRow("@{E.yes}", "false"), "@{E.yes} == false"),
    (ConditionRow("@{E.list}", "null"), "@{E.list} is null"),
    (ConditionRow("@{E.list}", "not_null"), "@{E.list} is not null"),
    (ConditionRow("", "in_segment", (ConditionValue("vip"),)), 'inSegment("vip")'),
    (ConditionRow("", "not_in_segment", (ConditionValue("it's"),)), 'not inSegment("it\'s")'),
]


@pytest.mark.parametrize(("row", "text"), ROWS)
def test_row_is_written_and_read_back(row: ConditionRow, text: str) -> None:
    whole = ConditionGroup("and", (row,))
    assert to_text(whole) == text
    assert to_tree(text) == whole
    assert not check(text, SCOPE, BOOLEAN).errors


def groups(inner: st.SearchStrategy[ConditionGroup | ConditionRow]) -> st.SearchStrategy[ConditionGroup | ConditionRow]:
    parts = st.lists(inner, min_size=1, max_size=4).map(tuple)
    return st.builds(ConditionGroup, st.sampled_from(["and", "or"]), parts)


TREES = st.recursive(st.sampled_from([row for row, _ in ROWS]), groups, max_leaves=10)


@settings(max_examples=120, deadline=None)
@given(groups(TREES))
def test_any_tree_is_written_and_read_back(tree: ConditionGroup | ConditionRow) -> None:
    assert isinstance(tree, ConditionGroup)
    text = to_text(tree)
    assert to_tree(text) == tidy(tree)
    assert to_text(tidy(tree)) == text
    assert not check(text, SCOPE, BOOLEAN).errors


def test_single_part_groups_are_flattened() -> None:
    row = ROWS[0][0]
    inner = ConditionGroup("or", (row, ROWS[1][0]))
    assert tidy(ConditionGroup("and", (ConditionGroup("or", (inner,)),))) == inner
    assert tidy(ConditionGroup("or", (ConditionGroup("and", (row,)), ConditionGroup("or", ())))) == ConditionGroup(
        "and", (row,)
    )
    assert tidy(ConditionGroup("and", (row, inner))) == ConditionGroup("and", (row, inner))


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
def test_unsupported_trees_need_advanced_editor(text: str) -> None:
    assert to_tree(text) is None


def test_rows_that_lack_value_are_refused() -> None:
    for row in (ConditionRow("@{E.whole}", "=="), ConditionRow("@{E.whole}", "between", (ConditionValue(1),))):
        with pytest.raises(ValueError):
            to_text(ConditionGroup("and", (row,)))
    with pytest.raises(ValueError):
        to_text(ConditionGroup("and", ()))


def test_operators_by_type() -> None:
    assert [choice.operator for choice in choices_for(BOOLEAN)] == ["true", "false", "null", "not_null"]
    assert [choice.operator for choice in choices_for(ListType(STRING))] == ["null", "not_null"]
    assert {choice.operator for choice in choices_for(DATE_TIME)} >= {"between", "last_days", "next_hours"}
    shown = {row.operator for row, _ in ROWS}
    offered = {choice.operator for choices in (*CHOICES.values(), SEGMENT_CHOICES) for choice in choices}
    assert offered - {">", "<"} <= shown | {">", "<"}
    every = [choice for choices in (*CHOICES.values(), SEGMENT_CHOICES) for choice in choices]
    assert all(choice.label("en") == choice.text != choice.label("ko") for choice in every)
    assert {choice.label("ko") for choice in every if choice.text == "is in"} == {"다음 중 하나임", "속함"}


def test_values_are_written_as_constants() -> None:
    assert value_text(ConditionValue(True)) == "true"
    assert value_text(ConditionValue("PT1H", "duration")) == 'toDuration("PT1H")'
