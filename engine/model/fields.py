"""Typed field trees: event payloads, field groups, responses; read from and written to the notation of files.

The notation is that of interfaces.md, "A journey file". Reading gives a tuple of :class:`Field`; writing gives the
shortest notation of the same tree, so a file that was written is reproduced byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from engine.catalogue import Phrase
from engine.expression.types import SCALARS, ListType, MapType, ObjectType, Type
from engine.json_types import JsonDict, JsonObject
from engine.model.base import fault, shown

SCALAR_LISTS: Mapping[str, str] = {f"list{name[0].upper()}{name[1:]}": name for name in SCALARS}
TYPE_NAMES = (*SCALARS, *SCALAR_LISTS, "object", "listObject")
_LONG_KEYS = {"type", "enum", "required", "identity", "primary", "label", "fields"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a payload.

    ``kind`` is a name of :data:`TYPE_NAMES` or ``map``. ``fields`` are the children of an object, of the objects of a
    list, or the single, nameless value of a map. ``identity`` is a namespace code, ``primary`` says that it
    identifies the person.
    """

    name: str
    kind: str
    fields: tuple[Field, ...] = ()
    enum: tuple[object, ...] = ()
    required: bool = False
    identity: str | None = None
    primary: bool = False
    label: str = ""

    @property
    def type(self) -> Type:
        """The field's type in the expression language."""
        if self.kind in SCALARS:
            return SCALARS[self.kind]
        if self.kind in SCALAR_LISTS:
            return ListType(SCALARS[SCALAR_LISTS[self.kind]])
        if self.kind == "map":
            return MapType(self.fields[0].type)
        return object_type(self.fields) if self.kind == "object" else ListType(object_type(self.fields))

    def child(self, name: str) -> Field | None:
        """Return the direct child of that name, if there is one."""
        return next((field for field in self.fields if field.name == name), None)


def object_type(fields: tuple[Field, ...]) -> ObjectType:
    """Return the type of an object with these fields."""
    return ObjectType({field.name: field.type for field in fields})


def read_fields(notation: object, path: str = "") -> tuple[Field, ...]:
    """Fields from an object of the notation; ``path`` locates it in faults (``$.…`` is added by the caller).

    Raises PydanticCustomError with ``path`` and ``phrase`` in its context.
    """
    if isinstance(notation, tuple):
        return notation
    if not isinstance(notation, Mapping):
        raise fault(Phrase("file_wrong_type.fields"), path)
    return tuple(_read_named(name, value, f"{path}.{name}") for name, value in notation.items())


def _read_named(name: str, notation: object, path: str) -> Field:
    if not name or "." in name or name.startswith("$"):
        raise fault(Phrase("file_wrong_type.field_name", {"name": repr(name)}), path)
    return _read_field(name, notation, path)


def _read_field(name: str, notation: object, path: str) -> Field:
    if isinstance(notation, str):
        if notation not in TYPE_NAMES:
            raise fault(Phrase("file_wrong_type.type_name", {"text": shown(notation), "names": TYPE_NAMES}), path)
        return Field(name, notation)
    if isinstance(notation, list):
        if len(notation) != 1 or not isinstance(notation[0], Mapping):
            raise fault(Phrase("file_wrong_type.list_items"), path)
        return Field(name, "listObject", read_fields(notation[0], f"{path}[0]"))
    if not isinstance(notation, Mapping):
        raise fault(Phrase("file_wrong_type.field_type"), path)
    if set(notation) == {"*"}:
        return Field(name, "map", (_read_field("*", notation["*"], f"{path}.*"),))
    if isinstance(notation.get("type"), str):
        return _read_long(name, notation, path)
    return Field(name, "object", read_fields(notation, path))


def _read_long(name: str, notation: JsonObject, path: str) -> Field:
    unknown = sorted(set(notation) - _LONG_KEYS)
    if unknown:
        raise fault(
            Phrase("file_wrong_type.long_form", {"names": tuple(sorted(_LONG_KEYS - {"type"}))}), f"{path}.{unknown[0]}"
        )
    field = _read_field(name, notation["type"], f"{path}.type")
    children = notation.get("fields", {})
    if children and field.kind not in ("object", "listObject"):
        raise fault(Phrase("file_wrong_type.no_fields", {"kind": field.kind}), f"{path}.fields")
    required, primary = (_read_flag(notation, flag, path) for flag in ("required", "primary"))
    identity, label = (_read_text(notation, text, path) for text in ("identity", "label"))
    return Field(
        name,
        field.kind,
        read_fields(children, f"{path}.fields"),
        _read_enum(field, notation.get("enum", []), f"{path}.enum"),
        required,
        identity if "identity" in notation else None,
        primary,
        label,
    )


def _read_flag(notation: JsonObject, name: str, path: str) -> bool:
    value = notation.get(name, False)
    if not isinstance(value, bool):
        raise fault(Phrase("file_wrong_type.bool_type"), f"{path}.{name}")
    return value


def _read_text(notation: JsonObject, name: str, path: str) -> str:
    value = notation.get(name, "")
    if not isinstance(value, str):
        raise fault(Phrase("file_wrong_type.string_type"), f"{path}.{name}")
    return value


_ENUM_VALUES: Mapping[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "decimal": (int, float)}


def _read_enum(field: Field, values: object, path: str) -> tuple[object, ...]:
    if not isinstance(values, list):
        raise fault(Phrase("file_wrong_type.tuple_type"), path)
    if not values:
        return ()
    allowed = _ENUM_VALUES.get(field.kind)
    if allowed is None:
        raise fault(Phrase("file_wrong_type.enum_kind", {"kind": field.kind}), path)
    for index, value in enumerate(values):
        if not isinstance(value, allowed) or isinstance(value, bool):
            raise fault(
                Phrase("file_wrong_type.enum_value", {"text": shown(value), "kind": field.kind}), f"{path}[{index}]"
            )
    return tuple(values)


def write_fields(fields: tuple[Field, ...]) -> JsonDict:
    """Return the shortest notation of these fields."""
    return {field.name: _write_field(field) for field in fields}


def _write_field(field: Field) -> object:
    flags = {
        "enum": list(field.enum),
        "required": field.required,
        "identity": field.identity,
        "primary": field.primary,
        "label": field.label,
    }
    flags = {key: value for key, value in flags.items() if value}
    if field.kind == "map":
        return {"*": _write_field(field.fields[0])}
    children = write_fields(field.fields)
    if flags:
        nested = {"fields": children} if children else {}
        return {"type": field.kind, **nested, **flags}
    if field.kind == "object":
        if isinstance(children.get("type"), str):
            children["type"] = {"type": children["type"]}
        return children
    if field.kind == "listObject":
        return [children]
    return field.kind


Fields = Annotated[
    tuple[Field, ...],
    BeforeValidator(read_fields, json_schema_input_type=JsonDict),
    PlainSerializer(write_fields, return_type=JsonDict),
    WithJsonSchema({"x-notation": "Fields"}),
]
"""A tuple of fields; in files an object of the notation."""
