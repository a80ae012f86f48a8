"""Errors of JSON documents: faults of JSON and of validation as one sentence with the place and the fix.

Journey files, scenarios and lists of profiles are read through it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.errors import SojournError
from engine.json_types import JsonDict
from engine.model.activity import ACTIVITY_KINDS
from engine.model.base import shown


class DocumentError(SojournError):
    """A JSON document that cannot be read; ``where``: its JSON path (``$.journey.edges[2].to``) or line and column."""


# Text → JSON ---------------------------------------------------------------------------------------------------------


class _Constant(float):
    """A placeholder for ``NaN`` and its like until the document is read and their places can be found."""

    name = ""


def parse(text: str) -> object:
    """Return the JSON document in ``text``; raises DocumentError."""
    twice: list[tuple[JsonDict, str]] = []
    constants: list[_Constant] = []

    def unique(pairs: list[tuple[str, object]]) -> JsonDict:
        found: JsonDict = {}
        for key, value in pairs:
            if key in found:
                twice.append((found, key))
            found[key] = value
        return found

    def constant(name: str) -> _Constant:
        made = _Constant()
        made.name = name
        constants.append(made)
        return made

    try:
        document = json.loads(text, object_pairs_hook=unique, parse_constant=constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise DocumentError("file_not_json", where, reason=error.msg.lower()) from None
    except RecursionError:
        raise DocumentError("file_not_json.depth", "$") from None
    except ValueError:  # an integer of thousands of digits
        raise DocumentError("file_not_json.digits", "$") from None
    if twice:
        owner, key = twice[0]
        where = f"{_place(document, lambda value: value is owner)}.{key}"
        raise DocumentError("file_duplicate_key", where)
    if constants:
        first = constants[0]
        where = _place(document, lambda value: value is first)
        raise DocumentError("file_not_json.number", where, name=first.name)
    _check_texts(document)
    return document


def _check_texts(document: object) -> None:
    for path, value in _walk(document, "$"):
        texts = value if isinstance(value, dict) else (value,) if isinstance(value, str) else ()
        if any(_is_broken(text) for text in texts):
            raise DocumentError("file_not_json.surrogate", path)


def _is_broken(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def _walk(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Every value of a document with its path, parents first."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{index}]")


def _place(document: object, holds: Callable[[object], bool]) -> str:
    """Return the path of the first value that is sought; ``$`` when it was replaced by a later key of its name."""
    return next((path for path, value in _walk(document, "$") if holds(value)), "$")


# JSON → model --------------------------------------------------------------------------------------------------------

_CODES: Mapping[str, str] = {"extra_forbidden": "file_unknown_key", "missing": "file_missing_key"}
_SAME_KIND: Mapping[str, str] = {
    "int_from_float": "int_type",
    "mapping_type": "object",
    "model_type": "object",
    "dict_type": "object",
}
_LIMITS = ("max_length", "min_length", "expected", "ge", "le", "gt", "lt")
_TAGS = ("union_tag_invalid", "union_tag_not_found")


def locate_fault(error: ValidationError, document: object) -> DocumentError:
    """Return the first fault of a validation as a file error with its JSON path."""
    fault = error.errors(include_url=False)[0]
    if fault["type"] in _TAGS:
        return _of_unknown_kind(fault, document)
    context = fault.get("ctx", {})
    path, here = _follow(fault["loc"], document, fault["type"])
    if "phrase" in context:
        return DocumentError.of(context["phrase"], path + context["path"])
    if fault["type"] == "missing" and isinstance(here, list):
        return DocumentError("file_wrong_type.short_list", path)
    kind = "float_type" if fault["loc"][-1:] == ("int",) else fault["type"]
    variant = f"{_CODES.get(fault['type'], 'file_wrong_type')}.{_SAME_KIND.get(kind, kind)}"
    limits = {name: context[name] for name in _LIMITS if name in context}
    return DocumentError(variant, path, message=fault["msg"], **limits)


def _of_unknown_kind(fault: ErrorDetails, document: object) -> DocumentError:
    """Return the error of an object with an unknown ``type``, or ``kind`` of conditions and waits."""
    path, here = _follow(fault["loc"], document, fault["type"])
    if not isinstance(here, dict):
        return DocumentError("file_wrong_type.object", path)
    expected = fault.get("ctx", {}).get("expected_tags", "")
    choices = tuple(choice.strip(" '") for choice in expected.split(",")) if expected else tuple(ACTIVITY_KINDS)
    key, names = "type", tuple(dict.fromkeys(choice.partition(".")[0] for choice in choices))
    kinds = tuple(choice.partition(".")[2] for choice in choices if choice.startswith(f"{here.get('type')}."))
    if kinds:
        key, names = "kind", kinds
    if key not in here:
        return DocumentError("file_missing_key", f"{path}.{key}", names=names)
    return DocumentError("file_wrong_type.choice", f"{path}.{key}", text=shown(here[key]), names=names)


def _follow(location: tuple[int | str, ...], document: object, fault: str) -> tuple[str, object]:
    """Return the path and value at the location of a validation error; names of union members are left out."""
    path, here = "$", document
    for index, part in enumerate(location):
        if _is_tag(location, index):
            continue
        if isinstance(here, list) and isinstance(part, int):
            if part >= len(here):
                break
            path, here = f"{path}[{part}]", here[part]
        elif isinstance(here, dict) and (part in here or (fault == "missing" and part == location[-1])):
            path, here = f"{path}.{part}", here.get(part)
    return path, here


def _is_tag(location: tuple[int | str, ...], index: int) -> bool:
    before = location[max(index - 2, 0) : index]
    kind_of_activity = location[index] in ACTIVITY_KINDS and len(before) == 2 and before[0] == "activities"
    return kind_of_activity or before[-1:] == ("auth",)
