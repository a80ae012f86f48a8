"""Laying out and printing: even spacing, comments kept, and the same tree again, however long or deep the text is."""

from __future__ import annotations

import pytest

from engine.expression import check, explain, format_text, parse, print_tree
from engine.expression.parser import MAX_LENGTH
from engine.expression.syntax import walk
from engine.expression.token_reader import MAX_LEVELS
from tests.helpers.expression_texts import beacon_context, beacon_scope, good_texts

LONG = (
    'startWith(@{Beacon.city}, "Par")and(@{Beacon.rssi}>-70 or @{Beacon.vip}==true)or contain(@{Beacon.city},"London")'
)


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("1+2*( 3-4 )", "1 + 2 * (3 - 4)"),
        ("1- -2", "1 - -2"),
        ("- - 2", "- -2"),
        ("-@{ E . a }", "-@{E.a}"),
        ("not( true)and false", "not (true) and false"),
        ("@{E.not}-1", "@{E.not} - 1"),
        ("null-1", "null - 1"),
        ("[ 1 ,-2 ]", "[1, -2]"),
        ("#{S.G.x,params:{a:1,'b c':2},defaultValue:3}", "#{S.G.x, params: {a: 1, 'b c': 2}, defaultValue: 3}"),
        ("if(true)then(1)else(2)", "if (true) then (1) else (2)"),
        ("max (1,2)", "max(1, 2)"),
        ("@{E.all( true ).if( 1 )}", "@{E.all(true).if(1)}"),
        ("'a'  is   not\nnull", "'a' is not null"),
        ("1 -- one\n+ 2 --two", "1 -- one\n+ 2 --two"),
        ("max(1, -- one\n2)", "max(1, -- one\n  2)"),
        ("-- first\n-- second\n1", "-- first\n-- second\n1"),
        ("1 +", "1 +"),
    ],
)
def test_layout(text: str, formatted: str) -> None:
    assert format_text(text) == formatted
    assert format_text(formatted) == formatted


def test_long_text_is_broken_before_outermost_operators() -> None:
    assert format_text(LONG).split("\n") == [
        'startWith(@{Beacon.city}, "Par")',
        "and (@{Beacon.rssi} > -70 or @{Beacon.vip} == true)",
        'or contain(@{Beacon.city}, "London")',
    ]
    assert parse(format_text(LONG)).tree == parse(LONG).tree


def test_overlong_text_is_left_unchanged() -> None:
    text = "1+" * (MAX_LENGTH // 2 - 1) + "1"
    assert format_text(text) == text


def test_missing_part_prints_as_ellipsis() -> None:
    assert print_tree(parse("1 + ").tree) == "1 + …"


def test_cases_print_to_same_tree() -> None:
    for text in good_texts():
        parsed = parse(text)
        if not parsed.errors:
            assert parse(print_tree(parsed.tree)).tree == parsed.tree, text
            assert parse(format_text(text)).tree == parsed.tree, text


def test_maximum_length_text_stays_within_limit() -> None:
    for piece in (
        "1+",
        "-1- ",
        "'\t'+",
        '"\'"+',
        "@{a.b}and ",
        "null is null and ",
        "currentEventField.a-b -",
        "1and ",
    ):
        text = piece * (MAX_LENGTH // len(piece) - 1) + "1"
        parsed = parse(text)
        assert not parsed.errors, piece
        printed = print_tree(parsed.tree)
        assert len(printed) <= MAX_LENGTH
        assert parse(printed).tree == parsed.tree


LEVELS = (
    ("(", "1", ")", 1),
    ("- ", "1", "", 1),
    ("not ", "true", "", 1),
    ("max(", "1", ",1)", 1),
    ("if(true)then(", "1", ")else(1)", 1),
    ("if(false or true and 1==1+2*", "1", ")then(1)else(1)", 1),
    ("@{Beacon.rssi,defaultValue:0+2*", "1", "}", 1),
    ("concat([", '"a"', "])", 2),
    ("@{Beacon.scores.at(0+0*", "1", ")}", 2),
    ("@{Beacon.rssi,defaultValue:0+2*max(1,", "1", ")}", 2),
    ("#{Hotel.Stay.nights,params:{id:", "1", "}}", 2),
)


@pytest.mark.parametrize(("opening", "middle", "closing", "each"), LEVELS)
def test_nesting_limit_is_one_hundred_levels(opening: str, middle: str, closing: str, each: int) -> None:
    fitting = MAX_LEVELS // each
    text = opening * fitting + middle + closing * fitting
    checked = check(text, beacon_scope())
    assert not checked.errors
    checked.compile().evaluate(beacon_context())
    printed = print_tree(checked.tree)
    again = parse(printed).tree
    assert print_tree(again) == printed
    assert list(map(type, walk(again))) == list(map(type, walk(checked.tree)))
    assert explain(checked.tree, beacon_scope())
    too_deep = opening * (fitting + 1) + middle + closing * (fitting + 1)
    assert [error.code for error in check(too_deep, beacon_scope()).errors] == ["too_deep"]


@pytest.mark.parametrize("joint", ["+", "-", "*", "%", " and ", " or "])
def test_long_chains_do_not_recurse(joint: str) -> None:
    one = "true" if joint.isspace() or joint.strip() in ("and", "or") else "1"
    terms = 5_000 if len(joint) == 1 else 1_000
    text = joint.join([one] * terms)
    checked = check(text, beacon_scope())
    value = checked.compile().evaluate(beacon_context())
    wanted = {"+": 5_000, "-": -4_998, "*": 1, "%": 0}.get(joint, True)
    assert value == wanted
    assert parse(print_tree(checked.tree)).tree == checked.tree
