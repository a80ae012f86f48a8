"""Results of checking a tree, and the state that the checkers of expressions and of references share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine.catalogue import Phrase
from engine.expression.errors import TYPE, ExpressionError, Fix, phrase
from engine.expression.functions.signatures import Resolved
from engine.expression.names import unknown_name
from engine.expression.paths import PathStep
from engine.expression.syntax import Method, Node
from engine.expression.types import BOOLEAN, UNKNOWN, Scope, Type, example_of, fits

Visit = Callable[..., Type]


@dataclass(slots=True)
class References:
    """What an expression reads from outside, each once: events, segments, and field groups with their sources."""

    events: dict[str, None] = field(default_factory=dict)
    segments: dict[str, None] = field(default_factory=dict)
    field_groups: dict[tuple[str, str], None] = field(default_factory=dict)


@dataclass(slots=True)
class PathFact:
    """How a reference is read: its root, and the steps from there with the method nodes they come from.

    ``root``: ``event`` (``names`` is the event), ``group`` (source and group), ``property`` (the name) or ``item``.
    """

    root: str
    names: tuple[str, ...]
    steps: tuple[PathStep, ...]
    methods: tuple[Method | None, ...]
    start: Type
    parameters: tuple[tuple[str, Node], ...] = ()


@dataclass(slots=True)
class ChainFact:
    """The type after each operator of an arithmetic chain."""

    results: tuple[Type, ...]


@dataclass(slots=True)
class Typed:
    """Results of checking a tree: types and facts by the identity of the node, errors in the order of the text."""

    types: dict[int, Type] = field(default_factory=dict)
    facts: dict[int, ChainFact | Resolved | PathFact] = field(default_factory=dict)
    errors: list[ExpressionError] = field(default_factory=list)
    references: References = field(default_factory=References)


class CheckState:
    """The scope, the results so far, and the checker of each kind of node.

    ``item``: the name and type of the item that a condition of a collection sees.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.typed = Typed()
        self.item: tuple[str, Type] | None = None
        self.visit: dict[type[Node], Visit] = {}

    def fail(self, code: str, text: Phrase, node: Node, fixes: tuple[Fix, ...] = (), kind: str = TYPE) -> Type:
        """Report a fault of a node; the type to go on with."""
        self.typed.errors.append(ExpressionError(kind, code, text, node.start, node.end, fixes))
        return UNKNOWN

    def fail_name(
        self, code: str, text: Phrase, name: str, known: Iterable[str], node: Node, end: int | None = None
    ) -> Type:
        """Report an unknown name that begins with a node, with the nearest one that is known."""
        quoted = code in ("unknown_segment", "unknown_key")
        found = unknown_name(code, text, name, known, node.start, node.end if end is None else end, quoted)
        self.typed.errors.append(found)
        return UNKNOWN

    def want(self, given: Type, wanted: Type, node: Node, subject: Phrase) -> None:
        """Report a node whose type does not fit."""
        if not fits(given, wanted):
            example = example_of(wanted)
            instead = (
                phrase("instead.compare")
                if example is None or wanted == BOOLEAN
                else phrase("instead.write", example=example)
            )
            text = phrase("wrong_type", subject=subject, wanted=str(wanted), given=str(given), instead=instead)
            self.fail("wrong_type", text, node)
