"""The names that an expression may use: as a tree, and as the fields of the simple editor with their operators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.translation import current_language, mark, tr
from engine.expression import parse, print_tree
from engine.expression.functions import FUNCTIONS
from engine.expression.functions.signatures import Function
from engine.expression.names import JOURNEY_PROPERTIES, JOURNEY_PROPERTIES_SOURCE, quote, quote_segment
from engine.expression.simple_form import SEGMENT_CHOICES, OperatorChoice, choices_for
from engine.expression.syntax import FieldSegment, Reference
from engine.expression.types import (
    DATE_ONLY,
    DATE_TIME,
    DATE_TIME_ONLY,
    EitherType,
    ListType,
    MapType,
    ObjectType,
    Scope,
    Type,
)
from engine.model.definitions import Definitions
from engine.model.fields import Field

TYPE_LABELS: Mapping[str, str] = {
    "string": mark("text"),
    "integer": mark("whole number"),
    "decimal": mark("decimal number"),
    "boolean": mark("true or false"),
    "dateOnly": mark("date"),
    "dateTimeOnly": mark("date and time, no zone"),
    "dateTime": mark("date and time"),
    "duration": mark("duration"),
    "object": mark("object"),
    "map": mark("map"),
    "listObject": mark("list of objects"),
    "listString": mark("list of texts"),
    "listInteger": mark("list of whole numbers"),
    "listDecimal": mark("list of decimal numbers"),
    "listBoolean": mark("list of true or false"),
    "listDateOnly": mark("list of dates"),
    "listDateTimeOnly": mark("list of dates and times, no zone"),
    "listDateTime": mark("list of dates and times"),
    "listDuration": mark("list of durations"),
}
"""The types as they are called beside a field."""

ICONS: Mapping[str, tuple[str, str]] = {
    "event": ("broadcast", "event"), "source": ("database", "action"), "group": ("folder-simple", "action"),
    "property": ("tag", "secondary"), "field": ("text-t", "secondary"), "list": ("list-bullets", "secondary"),
    "object": ("brackets-curly", "secondary"), "method": ("funnel-simple", "secondary"),
    "function": ("math-operations", "orchestration"), "item": ("brackets-curly", "secondary"),
    "operator": ("equals", "secondary"), "keyword": ("code", "secondary"), "constant": ("quotes", "secondary"),
    "segment": ("users-three", "secondary"), "segments": ("users-three", "secondary"),
    "unknown": ("warning-circle", "error"),
}  # fmt: skip
"""The icon and its colour of each kind of name."""

SECTIONS: tuple[tuple[str, str], ...] = (
    ("events", mark("Events")),
    ("sources", mark("Data sources")),
    ("segments", mark("Segments")),
    ("properties", mark("Journey properties")),
    ("functions", mark("Functions")),
)
_CATEGORIES: Mapping[str, str] = {
    "String": mark("Text"),
    "Date": mark("Dates"),
    "List": mark("Lists"),
    "Conversion": mark("Conversion"),
    "Aggregation": mark("Aggregation"),
    "Math": mark("Numbers"),
    "Segment": mark("Segments"),
}
"""The categories of the function table as they are called in the tree."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the tree. ``insert`` is the text it stands for, '' when it only holds others; ``type`` that of a field.

    ``kind``: ``section``, ``category``, ``event``, ``source``, ``field``, ``list``, ``object``, ``segment``,
    ``property`` or ``function``.
    """

    label: str
    kind: str
    insert: str = ""
    type: Type | None = None
    detail: str = ""
    about: str = ""
    children: tuple[Name, ...] = ()


def type_label(of: Type) -> str:
    """Return the label of a type beside a field; that of either of two names both."""
    if isinstance(of, EitherType):
        one, other = map(type_label, of.types)
        return tr("{one} or {other}", one=one, other=other)
    return tr(TYPE_LABELS.get(str(of), str(of)))


def names(scope: Scope, functions: bool = True) -> tuple[Name, ...]:
    """Return the sections that are not empty; ``functions`` adds what is neither field nor segment."""
    content: dict[str, tuple[Name, ...]] = {
        "events": tuple(_event(name, schema) for name, schema in scope.events.items()),
        "sources": tuple(_groups(scope)),
        "segments": tuple(
            Name(name, "segment", f"inSegment({quote(name)})", None, "", name) for name in sorted(scope.segments)
        ),
        "properties": tuple(_properties()),
        "functions": tuple(_functions()) if functions else (),
    }
    return tuple(Name(tr(words), "section", children=content[key]) for key, words in SECTIONS if content[key])


def _event(name: str, schema: ObjectType) -> Name:
    return Name(name, "event", children=tuple(_fields(schema, f"@{{{quote_segment(name)}", False)))


def _groups(scope: Scope) -> Iterator[Name]:
    """Field groups, each by its source; one without fields is not shown."""
    for source, groups in scope.sources.items():
        for group, schema in groups.items():
            start = f"#{{{quote_segment(source)}.{quote_segment(group)}"
            children = tuple(_fields(schema.fields, start, False))
            if children:
                yield Name(f"{source} · {group}", "source", children=children)


def _fields(schema: ObjectType, start: str, in_list: bool) -> Iterator[Name]:
    """Yield the fields of an object; a path through a list gives a list."""
    for name, of in schema.fields.items():
        path = f"{start}.{quote_segment(name)}"
        shown = ListType(of) if in_list and not isinstance(of, ListType) else of
        inner = of.item if isinstance(of, ListType) else of
        below = inner if isinstance(inner, ObjectType) else ObjectType()
        children = tuple(_fields(below, path, in_list or isinstance(of, ListType)))
        kind = "list" if isinstance(shown, ListType) else "object" if isinstance(of, ObjectType | MapType) else "field"
        yield Name(name, kind, f"{path}}}", shown, type_label(shown), "", children)


def _properties() -> Iterator[Name]:
    for name, of in JOURNEY_PROPERTIES.items():
        yield Name(name, "property", f"#{{{JOURNEY_PROPERTIES_SOURCE}.{name}}}", of, type_label(of))


def _functions() -> Iterator[Name]:
    """Functions by what they work on."""
    by_category: dict[str, list[Function]] = {}
    for function in FUNCTIONS.values():
        by_category.setdefault(function.category, []).append(function)
    for category, members in by_category.items():
        children = tuple(_function(one) for one in sorted(members, key=lambda one: one.name.lower()))
        yield Name(tr(_CATEGORIES.get(category, category)), "category", children=children)


def _function(function: Function) -> Name:
    signature = function.signatures[0]
    takes = ", ".join(str(argument.pattern) for argument in signature.arguments)
    about = "\n".join((*function.lines(), function.explained(current_language())))
    return Name(function.name, "function", f"{function.name}()", None, f"{takes} → {signature.result}".strip(), about)


def allowed_values(definitions: Definitions) -> dict[str, tuple[object, ...]]:
    """Return the values of enumerations by reference (``@{Event.channel}``)."""
    found: dict[str, tuple[object, ...]] = {}
    for event in definitions.events:
        _collect(event.fields, f"@{{{quote_segment(event.name)}", found)
    for source in definitions.data_sources:
        for group in source.field_groups:
            _collect(group.fields, f"#{{{quote_segment(source.name)}.{quote_segment(group.name)}", found)
    return found


def _collect(fields: tuple[Field, ...], start: str, found: dict[str, tuple[object, ...]]) -> None:
    for one in fields:
        path = f"{start}.{quote_segment(one.name)}"
        if one.enum:
            found[f"{path}}}"] = one.enum
        _collect(one.fields, path, found)


# Fields of the simple editor


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
