"""The fields a row may ask about, and the words for what it asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.expression.names import Name, names
from app.translation import current_language, mark, tr
from engine.expression import parse, print_tree
from engine.expression.simple_form import SEGMENT_CHOICES, OperatorChoice, choices_for
from engine.expression.syntax import FieldSegment, Reference
from engine.expression.types import DATE_ONLY, DATE_TIME, DATE_TIME_ONLY, Scope, Type

SEGMENTS = "segments"
"""Stands for the person's segments where a row's field would be."""

_DATED: Mapping[str, str] = {
    "==": mark("is exactly"),
    "!=": mark("is not exactly"),
    ">": mark("after"),
    ">=": mark("at or after"),
    "<": mark("before"),
    "<=": mark("at or before"),
    "last_days": mark("in the last n days"),
    "last_hours": mark("in the last n hours"),
    "next_days": mark("in the next n days"),
    "next_hours": mark("in the next n hours"),
}
_DATES: frozenset[Type] = frozenset({DATE_ONLY, DATE_TIME, DATE_TIME_ONLY})


@dataclass(frozen=True, slots=True)
class SelectableField:
    """A field: how it is shown, the reference it is written as, its type, and the values it may have, if listed."""

    label: str
    reference: str
    type: Type | None
    kind: str
    allowed: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldCatalog:
    """All fields that rows may ask about, and the segments."""

    askable: tuple[SelectableField, ...]
    segments: tuple[str, ...]
    by_reference: Mapping[str, SelectableField] = field(default_factory=dict)

    def find(self, reference: str) -> SelectableField:
        """Return the field of a row without parameters; an unknown one is shown as written."""
        plain = without_parameters(reference)
        known = self.by_reference.get(plain)
        return known if known is not None else SelectableField(plain, plain, None, "unknown")


def fields_of(scope: Scope, allowed: Mapping[str, tuple[object, ...]]) -> FieldCatalog:
    """Return the fields of a scope. ``allowed`` lists the values of enumerations by reference."""
    found = tuple(_flatten(names(scope, functions=False), (), allowed))
    return FieldCatalog(found, tuple(sorted(scope.segments)), {one.reference: one for one in found})


def _flatten(
    level: Sequence[Name], path: tuple[str, ...], allowed: Mapping[str, tuple[object, ...]]
) -> Iterator[SelectableField]:
    for name in level:
        here = path if name.kind == "section" else (*path, name.label)
        if name.insert and name.kind != "segment":
            owner = f" · {path[0]}" if path else ""
            label = ".".join(here[1:]) or name.label
            root = "event" if name.insert.startswith("@") else "property" if name.kind == "property" else "source"
            yield SelectableField(f"{label}{owner}", name.insert, name.type, root, allowed.get(name.insert, ()))
        yield from _flatten(name.children, here, allowed)


def without_parameters(reference: str) -> str:
    """Return a reference as written in the name tree."""
    tree = parse(reference).tree
    if not isinstance(tree, Reference) or not all(isinstance(step, FieldSegment) for step in tree.steps):
        return reference
    return print_tree(Reference(tree.sigil, tree.steps))


def operators(of: Type | None, segment: bool) -> tuple[OperatorChoice, ...]:
    """Return the operators for a field."""
    if segment:
        return SEGMENT_CHOICES
    return choices_for(of) if of is not None else ()


def operator_label(choice: OperatorChoice, of: Type) -> str:
    """Return the label of an operator for fields of a type."""
    if of in _DATES and choice.operator in _DATED:
        return tr(_DATED[choice.operator])
    return choice.label(current_language())
