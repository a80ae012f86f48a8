"""Trees: spans of every node, equality, and walking."""

from __future__ import annotations

import pytest

from engine.expression import parse
from engine.expression.syntax import ListLiteral, Literal, Missing, Node, walk


def test_spans_are_those_of_text() -> None:
    text = "  (1 + @{E.a.first(currentEventField.b > 2)}) * max(3, -4) -- end"
    spans = {text[node.start : node.end] for node in walk(parse(text).tree)}
    assert {
        "(1 + @{E.a.first(currentEventField.b > 2)}) * max(3, -4)",
        "1 + @{E.a.first(currentEventField.b > 2)}",
        "@{E.a.first(currentEventField.b > 2)}",
        "first(currentEventField.b > 2)",
        "currentEventField.b > 2",
        "currentEventField.b",
        "max(3, -4)",
        "-4",
    } <= spans


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1+1", "1  +  1", True),
        ("(1)", "1", True),
        ("1", "1.0", False),
        ("1", "true", False),
        ("[1]", "[1, 2]", False),
        ("(1 + 2) + 3", "1 + 2 + 3", False),
        ("@{E.a}", "@{E.'a'}", True),
        ("@{E.a}", "#{E.a}", False),
        ("#{E.a}", "#{E.a, params: {}}", False),
        ("a(1)", "b(1)", False),
        ("1 is null", "1 is not null", False),
    ],
)
def test_equal_trees(one: str, other: str, same: bool) -> None:
    left, right = parse(one).tree, parse(other).tree
    assert (left == right) is same


def test_tree_differs_from_other_types() -> None:
    assert Literal(1) != 1
    assert ListLiteral((Literal(1),)) != ListLiteral(())
    assert Node().children() == ()
    assert Missing() == Missing(start=3, end=4)
