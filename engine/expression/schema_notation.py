"""The notation of schemas: JSON to types, and the other way round; and types inferred from a JSON example.

A type is a name (``string`` … ``listObject``), an object of fields, a list with one object, ``{"*": type}`` for a map,
or the long form: an object whose ``type`` is a name and whose other keys are only ``enum``, ``required``, ``identity``,
``primary``, ``label`` and, for objects and lists of objects, ``fields`` (interfaces, "A journey file").
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import SojournError
from engine.expression.inference import Inference
from engine.expression.types import NULL, SCALARS, STRING, ListType, MapType, ObjectType, Type

LONG_FORM_KEYS = frozenset({"type", "enum", "required", "identity", "primary", "label", "fields", "items"})

NAMES: Mapping[str, Type] = {
    **SCALARS,
    **{str(ListType(scalar)): ListType(scalar) for scalar in SCALARS.values()},
    "object": ObjectType(),
    "listObject": ListType(ObjectType()),
    "map": MapType(STRING),
}


def is_long_form(notation: Mapping[str, object]) -> bool:
    """Whether an object of the notation says more of one field, instead of listing fields."""
    name = notation.get("type")
    return isinstance(name, str) and name in NAMES and set(notation) <= LONG_FORM_KEYS


def type_of(notation: object, where: str = "") -> Type:
    """Read a type from its notation. Raises ``SojournError`` (``bad_type``) with the path of the fault."""
    if isinstance(notation, str):
        if notation not in NAMES:
            raise SojournError("bad_type.unknown", where, notation=notation[:60], names=tuple(NAMES))
        return NAMES[notation]
    if isinstance(notation, list | tuple):
        return _list_type(list(notation), where)
    if not isinstance(notation, Mapping):
        raise SojournError("bad_type.form", where)
    if set(notation) == {"*"}:
        return MapType(type_of(notation["*"], f"{where}.*"))
    if is_long_form(notation):
        return _long_form(notation, where)
    return ObjectType({str(name): type_of(value, f"{where}.{name}".lstrip(".")) for name, value in notation.items()})


def _list_type(notation: list[object], where: str) -> Type:
    if len(notation) != 1 or not isinstance(notation[0], Mapping):
        raise SojournError("bad_type.list", where)
    return ListType(type_of(notation[0], f"{where}[0]"))


def _long_form(notation: Mapping[str, object], where: str) -> Type:
    named = NAMES[str(notation["type"])]
    fields = notation.get("fields", notation.get("items"))
    if fields is None:
        return named
    inner = type_of(fields, where)
    if named == ListType(ObjectType()):
        return inner if isinstance(inner, ListType) else ListType(inner)
    if isinstance(named, MapType) or named == ObjectType():
        return inner
    raise SojournError("bad_type.no_fields", where, type=notation["type"])


def notation_of(of: Type) -> object:
    """Write the notation of a type; ``type_of`` reads it back. An empty list reads as a list of texts."""
    if isinstance(of, ObjectType):
        if "type" in of.fields and is_long_form({name: notation_of(one) for name, one in of.fields.items()}):
            return {
                name: {"type": notation_of(one)} if name == "type" else notation_of(one)
                for name, one in of.fields.items()
            }
        return {name: notation_of(one) for name, one in of.fields.items()}
    if isinstance(of, MapType):
        return {"*": notation_of(of.value)}
    if isinstance(of, ListType):
        if isinstance(of.item, ObjectType | MapType):
            return [notation_of(of.item)]
        return str(ListType(STRING)) if of.item == NULL else str(of)
    return str(STRING) if of == NULL else str(of)


# Inference


def infer(json: object) -> object:
    """Infer the notation of a JSON example ("paste JSON"); null is taken for a text."""
    return notation_of(infer_type(json))


def infer_type(json: object) -> Type:
    """Infer a type from a JSON example; lists that no type takes as they are become lists of texts."""
    found = Inference().type_of([json])
    if found is None:
        return ListType(STRING) if isinstance(json, list | tuple) else STRING
    return found
