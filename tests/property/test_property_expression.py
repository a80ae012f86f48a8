"""Laws of the language: printing reads back, laying out changes nothing, any text makes its own errors alone."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.expression import check, explain, format_text, parse, print_tree
from engine.expression.completion import complete, signature_help
from engine.expression.syntax import (
    Chain,
    Comparison,
    Conditional,
    FieldSegment,
    FunctionCall,
    Item,
    ListLiteral,
    Literal,
    Method,
    Node,
    Reference,
    ReferenceParameter,
    Test,
    Unary,
    walk,
)
from engine.expression.tokens import MAX_INTEGER, MIN_INTEGER
from engine.expression.values import decimal_text
from tests.helpers.expression_soak import soak
from tests.helpers.expression_texts import beacon_scope, strange_texts

STRANGE = 200_000
ROOT = Path(__file__).parents[2]

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
NAMES = st.one_of(st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,6}", fullmatch=True), TEXTS)
WORDS = st.from_regex(r"[a-z][A-Za-z0-9_]{0,6}", fullmatch=True).map(lambda name: f"{name}X")
LITERALS = st.one_of(
    TEXTS.map(Literal),
    st.integers(0, MAX_INTEGER).map(Literal),
    st.just(Literal(MIN_INTEGER)),
    st.floats(0, 1e20, allow_nan=False).map(abs).map(Literal),
    st.sampled_from([True, False, None]).map(Literal),
)
SEGMENTS = NAMES.map(FieldSegment)


def steps(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[tuple[Node, ...]]:
    method = st.builds(Method, WORDS, st.lists(inner, max_size=2).map(tuple))
    return st.lists(st.one_of(SEGMENTS, method), max_size=3).map(tuple)


def references(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    # Doubles are left out, not refused: a refusal would spell out all of these strategies, which Hypothesis warns of.
    parameters = st.lists(st.builds(ReferenceParameter, NAMES, inner), max_size=2).map(
        lambda given: tuple({one.name: one for one in given}.values())
    )
    return st.builds(
        lambda sigil, first, rest, default, given: Reference(
            sigil, (first, *rest), default, given if sigil == "#" else None
        ),
        st.sampled_from("@#"),
        SEGMENTS,
        steps(inner),
        st.none() | inner,
        st.none() | parameters,
    )


def chains(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    levels = st.sampled_from([("and",), ("or",), ("+", "-"), ("*", "/", "%")])
    return levels.flatmap(
        lambda symbols: st.lists(inner, min_size=2, max_size=4).flatmap(
            lambda operands: st.tuples(*(st.sampled_from(symbols) for _ in operands[1:])).map(
                lambda operators: Chain(tuple(operands), operators)
            )
        )
    )


def extended(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    tests = st.sampled_from(["is null", "is not null", "has null", "is numeric", "is integer", "is decimal"])
    return st.one_of(
        chains(inner),
        st.builds(Comparison, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(Test, tests, inner),
        st.builds(Unary, st.sampled_from(["not", "-"]), inner),
        st.builds(Conditional, inner, inner, inner),
        st.builds(FunctionCall, WORDS, st.lists(inner, max_size=3).map(tuple)),
        st.lists(inner, max_size=3).map(lambda items: ListLiteral(tuple(items))),
        references(inner),
        st.builds(Item, st.sampled_from(["currentEventField", "currentDataPackField"]), steps(inner)),
    )


TREES = st.recursive(LITERALS, extended, max_leaves=12)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(TREES)
def test_printed_tree_reads_as_itself(tree: Node) -> None:
    text = print_tree(tree)
    parsed = parse(text)
    assert not parsed.errors, text
    assert parsed.tree == tree


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(TREES, st.randoms(use_true_random=False))
def test_formatting_keeps_tree_and_is_idempotent(tree: Node, draw: random.Random) -> None:
    pieces = print_tree(tree).split(" ")
    quoted = any(mark in print_tree(tree) for mark in "\"'")
    text = (" " if quoted else draw.choice([" ", "\n", "  ", " -- why\n"])).join(pieces)
    formatted = format_text(text)
    assert parse(formatted).tree == tree
    assert format_text(formatted) == formatted


def test_any_text_raises_only_language_errors() -> None:
    """200,000 strange texts are read, checked and evaluated, in two processes that nothing else slows down."""
    commands = [
        [sys.executable, "-m", "tests.helpers.expression_soak", str(STRANGE // 2), str(seed)] for seed in (4, 5)
    ]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for command in commands]
    for process in running:
        said, _ = process.communicate(timeout=600)
        assert process.returncode == 0
        found = json.loads(said)
        assert found["texts"] == STRANGE // 2
        assert found["evaluated"] > STRANGE // 80


def test_same_in_this_process() -> None:
    assert soak(2_000, seed=6)["evaluated"] > 20


def test_editor_services_accept_any_text() -> None:
    scope = beacon_scope()
    for number, text in enumerate(strange_texts(seed=5, count=600)):
        position = number % (len(text) + 1)
        proposals = complete(text, position, scope)
        assert 0 <= proposals.start <= proposals.end <= len(text)
        signature_help(text, position)
        for error in check(text, scope).errors:
            assert 0 <= error.start <= error.end <= len(text)
        tree = parse(text).tree
        assert explain(tree, scope, "en")
        assert explain(tree, scope, "ko")
        assert format_text(text) is not None
        print_tree(tree)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_without_exception(text: str) -> None:
    parsed = parse(text)
    for node in walk(parsed.tree):
        assert 0 <= node.start <= node.end <= len(text)


@settings(max_examples=500, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_decimal_reads_back_from_its_text(value: float) -> None:
    text = decimal_text(value)
    assert float(text) == value
    assert ("e" in text) == (value != 0 and not 1e-7 <= abs(value) < 1e16)
