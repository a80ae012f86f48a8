"""Occurrences of a name in a tree: in references, in conditions of collections, and as the key of a list function."""

from __future__ import annotations

from collections.abc import Iterator

from engine.expression.errors import Fix
from engine.expression.functions import FUNCTIONS
from engine.expression.functions.signatures import AnyList
from engine.expression.names import quote, quote_segment
from engine.expression.syntax import FieldSegment, FunctionCall, Item, Literal, Method, Node, Reference

Path = tuple[str, ...]


def places(tree: Node, old: Path, new: str) -> list[Fix]:
    """Return the replacements that change the name at the end of the path ``old`` (as ``editor.rename`` takes it)."""
    fixes: list[Fix] = []
    waiting: list[tuple[Node, Path]] = [(tree, ())]
    while waiting:
        node, item = waiting.pop()
        if isinstance(node, Reference | Item):
            waiting.extend(_follow(node, item, old, new, fixes))
            continue
        if isinstance(node, FunctionCall):
            fixes.extend(_constants(node, item, old, new))
        waiting.extend((child, item) for child in node.children())
    return fixes


def _follow(node: Reference | Item, item: Path, old: Path, new: str, fixes: list[Fix]) -> list[tuple[Node, Path]]:
    """Go along a reference, collecting replacements; the expressions in it, with the path of their item."""
    path: Path = (node.sigil,) if isinstance(node, Reference) else item
    inner: list[tuple[Node, Path]] = []
    for step in node.steps:
        if isinstance(step, Method):
            sees = path if step.name in ("all", "first", "last") else item
            inner.extend((argument, sees) for argument in step.arguments)
        elif isinstance(step, FieldSegment):
            path = (*path, step.name)
            if path == old:
                fixes.append(Fix(f"Rename to {new}", step.start, step.end, quote_segment(new)))
    if isinstance(node, Reference):
        inner.extend((one, item) for one in (node.default, *(node.parameters or ())) if one is not None)
    return inner


def _constants(node: FunctionCall, item: Path, old: Path, new: str) -> Iterator[Fix]:
    """Return the literal of a segment's name, or of the key of a list's objects."""
    for at, argument in enumerate(node.arguments):
        if not isinstance(argument, Literal) or not isinstance(argument.value, str):
            continue
        named: Path = ()
        if node.name == "inSegment":
            named = ("segment", argument.value)
        elif at == 1 and any(_second_is_key(node.name)):
            named = (*_path_of(node.arguments[0], item), argument.value)
        if named == old:
            yield Fix(f"Rename to {new}", argument.start, argument.end, quote(new))


def _second_is_key(name: str) -> list[bool]:
    """For each signature of a function with two arguments or more, whether the second is a key."""
    function = FUNCTIONS.get(name)
    signatures = function.signatures if function else ()
    return [signature.arguments[1].key for signature in signatures if len(signature.arguments) > 1]


def _path_of(node: Node, item: Path) -> Path:
    """Return the path of the list that an expression gives: a reference, or a list function of one."""
    while isinstance(node, FunctionCall) and node.arguments:
        function = FUNCTIONS.get(node.name)
        if function is None or not any(isinstance(one.result, AnyList) for one in function.signatures):
            return ()
        node = node.arguments[0]
    if not isinstance(node, Reference | Item):
        return ()
    root: Path = (node.sigil,) if isinstance(node, Reference) else item
    return (*root, *(step.name for step in node.steps if isinstance(step, FieldSegment)))
