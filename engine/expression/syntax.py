"""The tree of an expression. Every node knows its span; two trees are equal when they mean the same text, spans apart.

Chains of binary operators of one level are one node, however long, so that no walk recurses along them. Parentheses
are not kept: the printer writes the ones that are needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Node:
    """A piece of the tree; ``start`` and ``end`` are offsets in code points."""

    start: int = field(default=0, kw_only=True)
    end: int = field(default=0, kw_only=True)

    def children(self) -> tuple[Node, ...]:
        """Return the nodes right below this one, in the order of the text."""
        return ()

    def label(self) -> tuple[object, ...]:
        """Return what distinguishes this node from others of its class, its children apart."""
        return ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and _same(self, other)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.label()))


def _same(one: Node, other: Node) -> bool:
    """Compare two trees without recursion."""
    pairs: list[tuple[Node, Node]] = [(one, other)]
    while pairs:
        left, right = pairs.pop()
        if type(left) is not type(right) or left.label() != right.label():
            return False
        below_left, below_right = left.children(), right.children()
        if len(below_left) != len(below_right):
            return False
        pairs.extend(zip(below_left, below_right, strict=True))
    return True


def count(tree: Node) -> int:
    """How many nodes a tree has."""
    found, waiting = 0, [tree]
    while waiting:
        found += 1
        waiting.extend(waiting.pop().children())
    return found


def walk(tree: Node) -> Iterator[Node]:
    """Every node of a tree, parents before children, in the order of the text."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children()))


@dataclass(slots=True, eq=False)
class Literal(Node):
    """A string, integer, decimal, boolean or null."""

    value: str | int | float | bool | None

    def label(self) -> tuple[object, ...]:
        return type(self.value), self.value


@dataclass(slots=True, eq=False)
class ListLiteral(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.items


@dataclass(slots=True, eq=False)
class Chain(Node):
    """Operands joined by operators of one level, from the left: ``a + b - c``, ``a and b and c``.

    ``operators[i]`` stands between ``operands[i]`` and ``operands[i + 1]``.
    """

    operands: tuple[Node, ...]
    operators: tuple[str, ...]

    def children(self) -> tuple[Node, ...]:
        return self.operands

    def label(self) -> tuple[object, ...]:
        return self.operators


@dataclass(slots=True, eq=False)
class Comparison(Node):
    """``a == b`` and its like."""

    operator: str
    left: Node
    right: Node

    def children(self) -> tuple[Node, ...]:
        return self.left, self.right

    def label(self) -> tuple[object, ...]:
        return (self.operator,)


@dataclass(slots=True, eq=False)
class Test(Node):
    """``a is null`` and its like; ``test`` is all that stands after the operand."""

    __test__ = False
    test: str
    operand: Node

    def children(self) -> tuple[Node, ...]:
        return (self.operand,)

    def label(self) -> tuple[object, ...]:
        return (self.test,)


@dataclass(slots=True, eq=False)
class Unary(Node):
    """``not a`` or ``-a``."""

    operator: str
    operand: Node

    def children(self) -> tuple[Node, ...]:
        return (self.operand,)

    def label(self) -> tuple[object, ...]:
        return (self.operator,)


@dataclass(slots=True, eq=False)
class Conditional(Node):
    """``if (condition) then (then) else (otherwise)``."""

    condition: Node
    then: Node
    otherwise: Node

    def children(self) -> tuple[Node, ...]:
        return self.condition, self.then, self.otherwise


@dataclass(slots=True, eq=False)
class FunctionCall(Node):
    """``name(arguments)``; ``name_end`` is where the name ends."""

    name: str
    arguments: tuple[Node, ...]
    name_end: int = 0

    def children(self) -> tuple[Node, ...]:
        return self.arguments

    def label(self) -> tuple[object, ...]:
        return (self.name,)


@dataclass(slots=True, eq=False)
class FieldSegment(Node):
    """A name in a path; its span is that of the name, quotes included."""

    name: str

    def label(self) -> tuple[object, ...]:
        return (self.name,)


@dataclass(slots=True, eq=False)
class Method(Node):
    """``all(condition)`` in a path. More than one argument is kept so that the checker can say so."""

    name: str
    arguments: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.arguments

    def label(self) -> tuple[object, ...]:
        return (self.name,)


@dataclass(slots=True, eq=False)
class ReferenceParameter(Node):
    """``name: value`` among the values for a data source."""

    name: str
    value: Node

    def children(self) -> tuple[Node, ...]:
        return (self.value,)

    def label(self) -> tuple[object, ...]:
        return (self.name,)


@dataclass(slots=True, eq=False)
class Reference(Node):
    """``@{Event.path}`` or ``#{Source.Group.path}``, with a default and values for the source's parameters."""

    sigil: str
    steps: tuple[Node, ...]
    default: Node | None = None
    parameters: tuple[ReferenceParameter, ...] | None = None

    def children(self) -> tuple[Node, ...]:
        default = () if self.default is None else (self.default,)
        return (*self.steps, *default, *(self.parameters or ()))

    def label(self) -> tuple[object, ...]:
        return self.sigil, self.default is None, self.parameters is None, len(self.steps)


@dataclass(slots=True, eq=False)
class Item(Node):
    """``currentEventField.path`` or ``currentDataPackField.path``."""

    name: str
    steps: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.steps

    def label(self) -> tuple[object, ...]:
        return (self.name,)


@dataclass(slots=True, eq=False)
class Missing(Node):
    """What stands where something should be: only in trees of texts with syntax errors."""


ITEM_OF: dict[str, str] = {"@": "currentEventField", "#": "currentDataPackField"}
ITEM_NAMES: frozenset[str] = frozenset(ITEM_OF.values())
