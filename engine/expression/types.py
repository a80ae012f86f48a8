"""The types of the language and the schemas an expression is checked against.

Values of the types at run time: ``string`` str, ``integer`` int, ``decimal`` float, ``boolean`` bool, ``dateOnly``
datetime.date, ``dateTimeOnly`` naive datetime, ``dateTime`` aware datetime, ``duration`` timedelta (milliseconds),
lists list, objects and maps the JSON mapping as received. Leaves of payloads stay JSON until a reference reads them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from engine.catalogue import Phrase
from engine.expression.errors import phrase


class Type:
    """Any type of the language. Types are immutable and compared by content."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Scalar(Type):
    """One of the eight scalar types, by its printed name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class NullType(Type):
    """The type of ``null``, which fits any type."""

    def __str__(self) -> str:
        return "null"


@dataclass(frozen=True, slots=True)
class ListType(Type):
    """A list of scalars, of objects (``listObject``) or of nothing yet (``listNull``)."""

    item: Type

    def __str__(self) -> str:
        if isinstance(self.item, ObjectType | MapType):
            return "listObject"
        name = str(self.item)
        return f"list{name[0].upper()}{name[1:]}"


@dataclass(frozen=True, slots=True)
class ObjectType(Type):
    """An object with named fields, in the order of the schema."""

    fields: Mapping[str, Type] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(tuple(self.fields))

    def __str__(self) -> str:
        return "object"


@dataclass(frozen=True, slots=True)
class MapType(Type):
    """An object whose keys are data; read with ``entry``, ``keys`` and ``firstEntryKey``."""

    value: Type

    def __str__(self) -> str:
        return "map"


STRING = Scalar("string")
INTEGER = Scalar("integer")
DECIMAL = Scalar("decimal")
BOOLEAN = Scalar("boolean")
DATE_ONLY = Scalar("dateOnly")
DATE_TIME_ONLY = Scalar("dateTimeOnly")
DATE_TIME = Scalar("dateTime")
DURATION = Scalar("duration")
NULL = NullType()

SCALARS: Mapping[str, Scalar] = {
    scalar.name: scalar
    for scalar in (STRING, INTEGER, DECIMAL, BOOLEAN, DATE_ONLY, DATE_TIME_ONLY, DATE_TIME, DURATION)
}


@dataclass(frozen=True, slots=True)
class FieldGroupSchema:
    """What an expression may read from one field group: its fields and the parameters it must be given."""

    fields: ObjectType
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """All names an expression may use.

    ``events`` maps what follows ``@{`` to its schema (events received earlier, and actions with their ``response``);
    ``sources`` maps data source, then field group; ``segments`` are the names ``inSegment`` accepts.
    """

    events: Mapping[str, ObjectType] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, FieldGroupSchema]] = field(default_factory=dict)
    segments: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class UnknownType(Type):
    """The type of what could not be checked: it fits everywhere, so that one mistake is reported once."""

    def __str__(self) -> str:
        return "unknown"


@dataclass(frozen=True, slots=True)
class EitherType(Type):
    """Types of which any is wanted; no value has this type."""

    types: tuple[Scalar, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.types))


MOMENT = EitherType((DATE_TIME_ONLY, DATE_TIME))
"""A time, by the wall clock or as an instant."""
UNKNOWN = UnknownType()
NUMBERS: frozenset[Type] = frozenset({INTEGER, DECIMAL})


def fits(given: Type, wanted: Type) -> bool:
    """Whether a value of one type may stand where the other is wanted (expressions, "Types").

    Null fits everything, integer widens to decimal, the empty list fits every list, and an object type without fields
    takes any object.
    """
    if given == wanted or isinstance(given, NullType | UnknownType) or isinstance(wanted, UnknownType):
        return True
    if isinstance(wanted, EitherType):
        return any(fits(given, one) for one in wanted.types)
    if isinstance(given, ListType) and isinstance(wanted, ListType):
        return fits(given.item, wanted.item)
    if isinstance(wanted, ObjectType) and not wanted.fields:
        return isinstance(given, ObjectType | MapType)
    return given == INTEGER and wanted == DECIMAL


_EXAMPLES: Mapping[Type, Phrase] = {
    STRING: phrase("example.text", example='"n/a"'),
    INTEGER: phrase("example.integer", example="0"),
    DECIMAL: phrase("example.decimal", example="0.5"),
    BOOLEAN: phrase("example.boolean"),
    DATE_ONLY: phrase("example.date", example='date("2021-02-19")'),
    DATE_TIME_ONLY: phrase("example.time", example='date("2021-02-19T08:00:00")'),
    DATE_TIME: phrase("example.time", example="now()"),
    DURATION: phrase("example.duration", example='toDuration("PT15M")'),
}


def example_of(of: Type) -> Phrase | None:
    """Return an example of a value of the type, to write instead of a wrong one; None for objects and maps."""
    if isinstance(of, ListType):
        inner = _EXAMPLES.get(of.item)
        example = inner.arguments.get("example") if inner else None
        return phrase("example.list", example=f"[{example}]") if example else None
    return _EXAMPLES.get(of)


def type_beside(of: Type, other: Type) -> str | Phrase:
    """Name a type for an error that names another one too: two types of objects may have the same name."""
    return phrase("other_fields", type=str(of)) if str(of) == str(other) else str(of)


def unify(one: Type, other: Type) -> Type | None:
    """Return the type that values of both have, or None: integer and decimal make decimal."""
    if fits(one, other):
        return other if not isinstance(other, UnknownType) else one
    if fits(other, one):
        return one
    return None
