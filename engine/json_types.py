"""Types of JSON whose shape is not known: read it by narrowing, or by a pydantic model."""

from __future__ import annotations

from collections.abc import Mapping

JsonObject = Mapping[str, object]
"""A JSON object: of a user, a file or a request."""
JsonDict = dict[str, object]
"""A JSON object while it is being built or changed."""


def text_at(body: JsonObject, name: str, default: str = "") -> str:
    """Return a text of an object; the default when there is none."""
    value = body.get(name)
    return value if isinstance(value, str) else default


def number_at(body: JsonObject, name: str) -> float | None:
    """Return a number of an object; None when there is none."""
    value = body.get(name)
    return value if isinstance(value, int | float) else None


def texts_at(body: JsonObject, name: str) -> tuple[str, ...]:
    """Return the texts of a list in an object."""
    value = body.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()


def object_at(body: JsonObject, name: str) -> JsonObject:
    """Return an object in an object; an empty one when there is none."""
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def objects_at(body: JsonObject, name: str) -> tuple[JsonObject, ...]:
    """Return the objects of a list in an object."""
    value = body.get(name)
    return tuple(item for item in value if isinstance(item, Mapping)) if isinstance(value, list | tuple) else ()
