"""Parts of an expression that is right, but whose value surprises, each with what is usually meant.

A division of integers leaves out the fraction: ``4 / 5 * 100`` is 0. ``toBool`` knows the text ``true`` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engine.expression import syntax
from engine.expression.check_state import ChainFact, Typed
from engine.expression.printer import print_tree
from engine.expression.types import INTEGER

DIVISION, TRUTH = "division", "truth"


class Surprise(NamedTuple):
    """A part of an expression, as it is written and as it is usually meant."""

    kind: str
    written: str
    meant: str


def find_surprises(tree: syntax.Node, typed: Typed) -> Iterator[Surprise]:
    """Yield what surprises in a checked tree, in the order of the text."""
    for node in syntax.walk(tree):
        if isinstance(node, syntax.Chain):
            yield from _divisions(node, typed)
        elif isinstance(node, syntax.FunctionCall) and node.name == "toBool" and len(node.arguments) == 1:
            yield from _truths(node)


def _divisions(node: syntax.Chain, typed: Typed) -> Iterator[Surprise]:
    fact = typed.facts.get(id(node))
    results = fact.results if isinstance(fact, ChainFact) else ()
    for index, (operator, result) in enumerate(zip(node.operators, results, strict=False)):
        if operator != "/" or result != INTEGER or _is_even(node, index):
            continue
        before = node.operands[0] if not index else syntax.Chain(node.operands[: index + 1], node.operators[:index])
        after = node.operands[index + 1]
        call = syntax.FunctionCall("toDecimal", (before,))
        written = syntax.Chain(node.operands[: index + 2], node.operators[: index + 1])
        yield Surprise(DIVISION, print_tree(written), print_tree(syntax.Chain((call, after), ("/",))))


def _is_even(node: syntax.Chain, index: int) -> bool:
    """Whether two constants are divided that leave nothing over."""
    left, right = node.operands[index : index + 2]
    if index or not (isinstance(left, syntax.Literal) and isinstance(right, syntax.Literal)):
        return False
    pair = left.value, right.value
    return isinstance(pair[0], int) and isinstance(pair[1], int) and pair[1] != 0 and pair[0] % pair[1] == 0


def _truths(node: syntax.FunctionCall) -> Iterator[Surprise]:
    (argument,) = node.arguments
    if isinstance(argument, syntax.Literal) and isinstance(argument.value, str) and argument.value != "true":
        word = argument.value.strip().casefold()
        if word == "true":
            meant = syntax.FunctionCall("toBool", (syntax.Literal(word),))
            yield Surprise(TRUTH, print_tree(node), print_tree(meant))
