"""The parameters of data sources in a text: which are asked for, what they are given, and writing other values.

A group's parameters are the same for all its references in one text, so that they are asked for once beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.expression import parse
from engine.expression.names import quote_segment
from engine.expression.syntax import FieldSegment, Node, Reference, walk
from engine.expression.types import Scope


@dataclass(frozen=True, slots=True)
class SourceParameter:
    """A parameter of a field group that a text reads; ``value`` is the expression given, '' for none yet."""

    source: str
    group: str
    name: str
    value: str = ""


def asked(text: str, tree: Node, scope: Scope) -> tuple[SourceParameter, ...]:
    """Return the parameters of all groups read by a text, in its order, each once."""
    found: dict[tuple[str, str, str], SourceParameter] = {}
    for node in walk(tree):
        root = _group_of(node)
        if root is None or not isinstance(node, Reference):
            continue
        source, group = root
        schema = scope.sources.get(source, {}).get(group)
        given = {one.name: text[one.value.start : one.value.end] for one in node.parameters or ()}
        for name in schema.parameters if schema else ():
            before = found.get((source, group, name))
            if before is None or not before.value:
                found[source, group, name] = SourceParameter(source, group, name, given.get(name, ""))
    return tuple(found.values())


def with_value(text: str, source: str, group: str, name: str, value: str) -> str:
    """Return the text with a parameter given a value in every reference to the group; '' takes it out.

    A value that cannot be read by itself would tear the text apart, and is not written.
    """
    if value.strip() and parse(value).errors:
        return text
    changed = sorted(_references(parse(text).tree, source, group), key=lambda node: node.start, reverse=True)
    for node in _outermost(changed):
        text = _rewritten(text, node, name, value.strip())
    return text


def with_parameters_of(reference: str, text: str, scope: Scope) -> str:
    """Return a reference with the parameters that the text gives the same group already."""
    root = _group_of(parse(reference).tree)
    for one in asked(text, parse(text).tree, scope):
        if (one.source, one.group) == root and one.value:
            reference = with_value(reference, one.source, one.group, one.name, one.value)
    return reference


def _group_of(node: Node) -> tuple[str, str] | None:
    """Return the source and group of a reference to a data source."""
    if not isinstance(node, Reference) or node.sigil != "#" or len(node.steps) < 2:
        return None
    source, group = node.steps[:2]
    return (source.name, group.name) if isinstance(source, FieldSegment) and isinstance(group, FieldSegment) else None


def _references(tree: Node, source: str, group: str) -> list[Reference]:
    return [node for node in walk(tree) if isinstance(node, Reference) and _group_of(node) == (source, group)]


def _outermost(nodes: list[Reference]) -> Iterator[Reference]:
    """Without those inside another one; from the last to the first."""
    for node in nodes:
        if not any(other is not node and other.start <= node.start and node.end <= other.end for other in nodes):
            yield node


def _rewritten(text: str, node: Reference, name: str, value: str) -> str:
    """Return the text with one reference given other parameters."""
    given = {one.name: text[one.value.start : one.value.end] for one in node.parameters or ()}
    given = {**given, name: value} if value else {key: one for key, one in given.items() if key != name}
    inside = ", ".join(f"{quote_segment(key)}: {one}" for key, one in given.items())
    written = f", params: {{{inside}}}" if given else ""
    head = node.steps[-1].end
    default = "" if node.default is None else f", defaultValue: {text[node.default.start : node.default.end]}"
    return f"{text[:head]}{default}{written}}}{text[node.end :]}"
