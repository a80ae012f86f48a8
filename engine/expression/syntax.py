"""The tree of an expression, and the precedence of operators. Two trees are equal when they are, spans apart.

Chains of binary operators of one level are one node, however long, so that nothing recurses along them. Parentheses
are not kept: the printer writes the ones that are needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

OR, AND, NOT, COMPARISON, SUM, PRODUCT, NEGATE, OPERAND = range(1, 9)
BINARY: dict[str, int] = {
    "or": OR, "and": AND, "==": COMPARISON, "!=": COMPARISON, ">": COMPARISON, ">=": COMPARISON, "<": COMPARISON,
    "<=": COMPARISON, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "%": PRODUCT,
}  # fmt: skip
TESTS: dict[tuple[str, ...], str] = {
    ("is", "null"): "is null", ("is", "not", "null"): "is not null", ("has", "null"): "has null",
    ("is", "numeric"): "is numeric", ("is", "integer"): "is integer", ("is", "decimal"): "is decimal",
}  # fmt: skip
CONSTANTS: dict[str, bool | None] = {"null": None, "true": True, "false": False}
ITEM_OF: dict[str, str] = {"@": "currentEventField", "#": "currentDataPackField"}
ITEM_NAMES: frozenset[str] = frozenset(ITEM_OF.values())


@dataclass(slots=True)
class Node:
    """A piece of the tree; ``start`` and ``end`` are offsets in code points."""

    start: int = field(default=0, kw_only=True, compare=False)
    end: int = field(default=0, kw_only=True, compare=False)

    def children(self) -> tuple[Node, ...]:
        """Return the nodes right below this one, in the order of the text."""
        return ()


def walk(tree: Node) -> Iterator[Node]:
    """Iterate over every node of a tree, parents before children, in the order of the text."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children()))


@dataclass(slots=True, eq=False)
class Literal(Node):
    """A string, integer, decimal, boolean or null."""

    value: str | int | float | bool | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and (type(self.value), self.value) == (type(other.value), other.value)


@dataclass(slots=True)
class ListLiteral(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.items


@dataclass(slots=True)
class Chain(Node):
    """Operands joined by operators of one level, from the left: ``a + b - c``, ``a and b and c``.

    ``operators[i]`` stands between ``operands[i]`` and ``operands[i + 1]``.
    """

    operands: tuple[Node, ...]
    operators: tuple[str, ...]

    def children(self) -> tuple[Node, ...]:
        return self.operands


@dataclass(slots=True)
class Comparison(Node):
    """``a == b`` and its like."""

    operator: str
    left: Node
    right: Node

    def children(self) -> tuple[Node, ...]:
        return self.left, self.right


@dataclass(slots=True)
class Test(Node):
    """``a is null`` and its like; ``test`` is all that stands after the operand."""

    __test__ = False
    test: str
    operand: Node

    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(slots=True)
class Unary(Node):
    """``not a`` or ``-a``."""

    operator: str
    operand: Node

    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(slots=True)
class Conditional(Node):
    """``if (condition) then (then) else (otherwise)``."""

    condition: Node
    then: Node
    otherwise: Node

    def children(self) -> tuple[Node, ...]:
        return self.condition, self.then, self.otherwise


@dataclass(slots=True)
class FunctionCall(Node):
    """``name(arguments)``; ``name_end`` is where the name ends."""

    name: str
    arguments: tuple[Node, ...]
    name_end: int = field(default=0, compare=False)

    def children(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(slots=True)
class FieldSegment(Node):
    """A name in a path; its span is that of the name, quotes included."""

    name: str


@dataclass(slots=True)
class Method(Node):
    """``all(condition)`` in a path. More than one argument is kept so that the checker can say so."""

    name: str
    arguments: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(slots=True)
class ReferenceParameter(Node):
    """``name: value`` among the values for a data source."""

    name: str
    value: Node

    def children(self) -> tuple[Node, ...]:
        return (self.value,)


@dataclass(slots=True)
class Reference(Node):
    """``@{Event.path}`` or ``#{Source.Group.path}``, with a default and values for the source's parameters."""

    sigil: str
    steps: tuple[Node, ...]
    default: Node | None = None
    parameters: tuple[ReferenceParameter, ...] | None = None

    def children(self) -> tuple[Node, ...]:
        default = () if self.default is None else (self.default,)
        return (*self.steps, *default, *(self.parameters or ()))


@dataclass(slots=True)
class Item(Node):
    """``currentEventField.path`` or ``currentDataPackField.path``."""

    name: str
    steps: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.steps


@dataclass(slots=True)
class Missing(Node):
    """A placeholder for something that is missing: only in trees of texts with syntax errors."""


def level_of(node: Node) -> int:
    """Return how tightly the outermost operator of a node binds."""
    if isinstance(node, Chain):
        return BINARY[node.operators[0]]
    if isinstance(node, Unary):
        return NOT if node.operator == "not" else NEGATE
    return COMPARISON if isinstance(node, Comparison | Test) else OPERAND
