"""JSON Schema to fields (product.md, Events): types, formats, enumerations, required properties, references inside.

What fields cannot say (alternatives of different types, tuples, recursion, references to other documents) is left out
with a note; bounds and patterns are not checked by fields and pass silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.catalogue import Phrase
from engine.json_types import JsonDict, JsonObject
from engine.model.example import InferredFields, infer_noted, is_field_name
from engine.model.fields import SCALAR_LISTS, Field

_SCALARS = {"string": "string", "integer": "integer", "number": "decimal", "boolean": "boolean"}
_FORMATS = {"date": "dateOnly", "date-time": "dateTime", "duration": "duration"}
_LIST_OF = {scalar: name for name, scalar in SCALAR_LISTS.items()}
_ENUMERATED = {"string": (str,), "integer": (int,), "decimal": (int, float)}


def is_json_schema(document: JsonObject) -> bool:
    """Whether a document is a JSON Schema of objects, and no example."""
    if "$schema" in document and {"properties", "$ref", "allOf"} & set(document):
        return True
    return isinstance(document.get("properties"), Mapping) and document.get("type") in ("object", ["object", "null"])


def read_examples(*documents: JsonObject) -> InferredFields:
    """Return the fields of a JSON Schema, or those inferred from examples."""
    if len(documents) == 1 and is_json_schema(documents[0]):
        return read_json_schema(documents[0])
    return infer_noted(*documents)


def read_json_schema(schema: JsonObject) -> InferredFields:
    """Return the fields of a JSON Schema for objects."""
    reader = _Reader(schema)
    fields = reader.properties(reader.resolved(schema, "", ()) or {}, "", ())
    return InferredFields(fields, tuple(reader.notes))


Trail = tuple[str, ...]
"""The references that led to a schema."""


@dataclass(slots=True)
class _Reader:
    root: JsonObject
    notes: list[Phrase] = field(default_factory=list)

    def properties(self, schema: JsonObject, path: str, trail: Trail) -> tuple[Field, ...]:
        properties, required = schema.get("properties"), schema.get("required")
        found = []
        for name, inner in properties.items() if isinstance(properties, Mapping) else ():
            here = f"{path}.{name}".removeprefix(".")
            if not is_field_name(name):
                self._left_out("inference.name", here)
            elif (one := self._field(name, inner, here, trail)) is not None:
                found.append(replace(one, required=isinstance(required, list) and name in required))
        return tuple(found)

    def resolved(self, schema: object, path: str, trail: Trail) -> JsonDict | None:
        """Return a schema with its references and parts put together; None where that is impossible."""
        if not isinstance(schema, Mapping):
            if schema is True:
                return {}
            self._left_out("inference.schema", path)
            return None
        merged: JsonDict = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        parts = schema.get("allOf")
        inner = [self._referenced(schema["$ref"], path, trail)] if "$ref" in schema else []
        for part in [*inner, *(parts if isinstance(parts, list) else ())]:
            one = self.resolved(part, path, (*trail, str(schema.get("$ref", "")))) if part is not None else None
            if one is None:
                return None
            merged = _together(one, merged)
        return merged

    def _referenced(self, reference: object, path: str, trail: Trail) -> object:
        if not isinstance(reference, str) or not reference.startswith("#") or reference in trail:
            self._left_out("inference.reference", path)
            return None
        here: object = self.root
        for part in reference[1:].split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            here = here.get(name) if isinstance(here, Mapping) else None
        if here is not None:
            return here
        self._left_out("inference.reference", path)
        return None

    def _field(self, name: str, schema: object, path: str, trail: Trail) -> Field | None:
        known = self.resolved(schema, path, trail)
        if known is None:
            return None
        followed = (*trail, *_references(schema))
        known = self._only_choice(known, path, followed)
        if known is None:
            return None
        kind = _kind(known)
        label = known.get("title")
        made = self._typed(name, kind, known, path, followed)
        return made if made is None or not isinstance(label, str) else replace(made, label=label)

    def _typed(self, name: str, kind: str, schema: JsonObject, path: str, trail: Trail) -> Field | None:
        if kind == "object":
            return self._object(name, schema, path, trail)
        if kind == "array":
            return self._list(name, schema.get("items", True), path, trail)
        if kind == "string":
            form = schema.get("format")
            kind = _FORMATS.get(form, kind) if isinstance(form, str) else kind
        else:
            kind = _SCALARS.get(kind, "")
        if kind:
            return Field(name, kind or "string", enum=_enum(kind, schema))
        self._left_out("inference.mixed", path)
        return None

    def _object(self, name: str, schema: JsonObject, path: str, trail: Trail) -> Field | None:
        more = schema.get("additionalProperties")
        if isinstance(more, Mapping) and more and not schema.get("properties"):
            value = self._field("*", more, f"{path}.*", trail)
            return None if value is None else Field(name, "map", (replace(value, label=""),))
        return Field(name, "object", self.properties(schema, path, trail))

    def _list(self, name: str, items: object, path: str, trail: Trail) -> Field | None:
        item = Field("", "string") if items is True else self._field("", items, f"{path}[]", trail)
        if item is None:
            return None
        if item.kind == "object":
            return Field(name, "listObject", item.fields)
        if item.kind in _LIST_OF:
            return Field(name, _LIST_OF[item.kind])
        self._left_out("inference.nested", path)
        return None

    def _only_choice(self, schema: JsonDict, path: str, trail: Trail) -> JsonDict | None:
        """Take the only alternative that is not null; several of different types have no field."""
        for key in ("anyOf", "oneOf"):
            choices = schema.get(key)
            if not isinstance(choices, list):
                continue
            read = [self.resolved(choice, path, trail) for choice in choices]
            some = [one for one in read if one is not None and one.get("type") != "null"]
            if not some or len({_kind(one) for one in some}) > 1 or (len(some) > 1 and _kind(some[0]) in _COMPOUND):
                if "type" not in schema:
                    self._left_out("inference.mixed", path)
                return schema if "type" in schema else None
            first = some[0] if len(some) == 1 else {"type": _kind(some[0])}
            schema = _together(first, {name: value for name, value in schema.items() if name != key})
        return schema

    def _left_out(self, reason: str, path: str) -> None:
        self.notes.append(Phrase(reason, {"path": path}))


_COMPOUND = ("object", "array")


def _references(schema: object) -> Trail:
    if not isinstance(schema, Mapping):
        return ()
    parts = schema.get("allOf")
    inner = [name for part in parts for name in _references(part)] if isinstance(parts, list) else []
    own = schema.get("$ref")
    return (*([own] if isinstance(own, str) else []), *inner)


def _kind(schema: JsonObject) -> str:
    named = schema.get("type")
    several = [one for one in named if one != "null"] if isinstance(named, list) else []
    names = [named] if isinstance(named, str) else several
    if len(names) == 1:
        return str(names[0])
    if set(names) == {"integer", "number"}:
        return "number"
    if names:
        return ""
    if "properties" in schema or isinstance(schema.get("additionalProperties"), Mapping):
        return "object"
    if "items" in schema:
        return "array"
    return _kind_of_values(schema)


def _kind_of_values(schema: JsonObject) -> str:
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    kinds = {type(value) for value in values} - {type(None)} if isinstance(values, list) else set()
    if not kinds:
        return "string" if "format" in schema or "pattern" in schema or "maxLength" in schema else ""
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    return names.get(kinds.pop(), "") if len(kinds) == 1 else "number" if kinds == {int, float} else ""


def _enum(kind: str, schema: JsonObject) -> tuple[object, ...]:
    values, allowed = schema.get("enum"), _ENUMERATED.get(kind)
    if not isinstance(values, list) or allowed is None:
        return ()
    known = [value for value in values if value is not None]
    return tuple(known) if all(isinstance(one, allowed) and not isinstance(one, bool) for one in known) else ()


def _together(first: JsonObject, second: JsonObject) -> JsonDict:
    """Put two parts of a schema together: properties and required names are joined, else the second decides."""
    merged: JsonDict = {**first, **second}
    properties = [one["properties"] for one in (first, second) if isinstance(one.get("properties"), Mapping)]
    if properties:
        merged["properties"] = {
            name: inner for some in properties if isinstance(some, Mapping) for name, inner in some.items()
        }
    required = [one["required"] for one in (first, second) if isinstance(one.get("required"), list)]
    if required:
        merged["required"] = [name for some in required if isinstance(some, list) for name in some]
    return merged
