"""Edits of a frozen tree of fields, each located by indexes: ``(2, 0)`` is the first child of the third field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.translation import mark
from engine.model.fields import Field

Fields = tuple[Field, ...]
Place = tuple[int, ...]

HOLDS_FIELDS = ("object", "listObject")
"""Kinds whose fields a user can add to; the single value of a map is edited through the map."""


def walk(fields: Fields, place: Place = ()) -> Iterator[tuple[Place, Field]]:
    """Every field with its place, parents before children, in order."""
    for index, field in enumerate(fields):
        here = (*place, index)
        yield here, field
        yield from walk(field.fields, here)


def field_at(fields: Fields, place: Place) -> Field:
    """Return the field at a place; raises IndexError when there is none."""
    field = fields[place[0]]
    return field_at(field.fields, place[1:]) if len(place) > 1 else field


def replaced(fields: Fields, place: Place, *with_: Field) -> Fields:
    """Return the tree with the field at ``place`` replaced by ``with_``; by nothing removes it."""
    index, rest = place[0], place[1:]
    here = with_
    if rest:
        parent = fields[index]
        here = (replace(parent, fields=replaced(parent.fields, rest, *with_)),)
    return (*fields[:index], *here, *fields[index + 1 :])


def added(fields: Fields, parent: Place, field: Field) -> tuple[Fields, Place]:
    """Return the tree with ``field`` as the last child of ``parent`` (``()``: the root), and its place."""
    if not parent:
        return (*fields, field), (len(fields),)
    holder = field_at(fields, parent)
    grown = replace(holder, fields=(*holder.fields, field))
    return replaced(fields, parent, grown), (*parent, len(holder.fields))


def retyped(field: Field, kind: str) -> Field:
    """Return the field with another type; what no longer fits it (children, enumeration, identity) is dropped."""
    children = field.fields if kind in HOLDS_FIELDS and field.kind in HOLDS_FIELDS else ()
    if kind == "map":
        children = (Field("*", "string"),)
    keeps_enum = kind in ("string", "integer", "decimal") and kind == field.kind
    identity = field.identity if kind == "string" else None
    return replace(
        field,
        kind=kind,
        fields=children,
        enum=field.enum if keeps_enum else (),
        identity=identity,
        primary=field.primary and identity is not None,
    )


def with_identity(fields: Fields, place: Place, namespace: str | None, primary: bool) -> Fields:
    """Return the tree with the field as an identity; at most one field is the primary one."""
    if primary:
        for other, field in walk(fields):
            if field.primary:
                fields = replaced(fields, other, replace(field, primary=False))
    field = field_at(fields, place)
    return replaced(fields, place, replace(field, identity=namespace, primary=primary and namespace is not None))


def path_of(fields: Fields, place: Place) -> str:
    """Return the dotted names that lead to a place, for messages and expressions."""
    return ".".join(field_at(fields, place[: size + 1]).name for size in range(len(place)))


def free_name(siblings: Fields, wanted: str = "field") -> str:
    """Return a name that no sibling has: ``field``, ``field2``, and so on."""
    taken = {field.name for field in siblings}
    number = 1
    name = wanted
    while name in taken:
        number += 1
        name = f"{wanted}{number}"
    return name


def name_fault(fields: Fields, place: Place, name: str) -> str | None:
    """Why a field cannot be called that (a key of the messages table), or None when it can."""
    if not name or "." in name or name.startswith("$"):
        return mark("A field name is not empty, has no dot and does not start with a dollar sign.")
    siblings = field_at(fields, place[:-1]).fields if len(place) > 1 else fields
    if any(field.name == name for index, field in enumerate(siblings) if index != place[-1]):
        return mark("Another field here has this name.")
    return None


def lost_fields(before: Fields, after: Fields, path: str = "") -> tuple[str, ...]:
    """Dotted names of fields that were removed or changed their type: not allowed for a definition in use."""
    now = {field.name: field for field in after}
    lost: list[str] = []
    for field in before:
        here = f"{path}{field.name}"
        kept = now.get(field.name)
        if kept is None or kept.kind != field.kind:
            lost.append(here)
        else:
            lost.extend(lost_fields(field.fields, kept.fields, f"{here}."))
    return tuple(lost)
