"""Reading and writing ``*.journey.json``: one journey version with all that it uses (interfaces.md, A journey file)."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import ValidationError

from engine.errors import SojournError
from engine.model.activities import KINDS
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion

FORMAT = "sojourn/1"
_FORMAT_NUMBER = re.compile(r"sojourn/(\d+)(?:\.(\d+))?")


class JourneyFile(Definitions):
    """What a journey file holds. ``journey`` may be left out in a file that only brings definitions."""

    format: str = FORMAT
    journey: JourneyVersion


class JourneyFileError(SojournError):
    """A file that cannot be read: ``where`` is the JSON path (``$.journey.edges[2].to``) or line and column."""


def read(text: str) -> JourneyFile:
    """The journey file in ``text``; raises JourneyFileError that locates the first fault."""
    document = _parse(text)
    _check_format(document)
    try:
        return JourneyFile.model_validate_json(text)
    except ValidationError as error:
        raise _located(error, document) from None


def write(file: JourneyFile) -> str:
    """The file's text: keys in schema order, defaults left out but the time zone, a final newline."""
    return json.dumps(to_json(file), indent=2, ensure_ascii=False) + "\n"


def to_json(file: JourneyFile) -> dict[str, Any]:
    """The file as JSON values, in the order they are written."""
    body = file.model_dump(mode="json", exclude_defaults=True, exclude={"format"})
    journey = body.pop("journey")
    head = {key: journey.pop(key) for key in ("name", "description") if key in journey}
    head["version"] = file.journey.version
    if "namespace" in journey:
        head["namespace"] = journey.pop("namespace")
    settings = journey.pop("properties", {})
    settings.pop("time_zone", None)
    head["properties"] = {"time_zone": file.journey.properties.time_zone, **settings}
    return {"format": FORMAT, **body, "journey": {**head, **journey}}


def _parse(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise JourneyFileError(
            "file_not_json", f"this is not JSON ({error.msg.lower()}); mend it there", where
        ) from None
    except RecursionError:
        raise JourneyFileError("file_not_json", "this is nested too deeply to be a journey file", "$") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise JourneyFileError("file_duplicate_key", f"the key {key!r} stands twice in one object; remove one", key)
        found[key] = value
    return found


def _refuse_constant(constant: str) -> Any:
    raise JourneyFileError("file_not_json", f"{constant} is not a JSON number; write a finite one", constant)


def _check_format(document: Any) -> None:
    if not isinstance(document, dict):
        raise JourneyFileError("file_wrong_type", "a journey file is one JSON object", "$")
    text = document.get("format")
    match = _FORMAT_NUMBER.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise JourneyFileError(
            "file_format", f'a journey file says "format": "{FORMAT}"; this one says {text!r}', "$.format"
        )
    if (int(match[1]), int(match[2] or 0)) > (1, 0):
        raise JourneyFileError(
            "file_newer",
            f"this file was written in {text}, this program reads {FORMAT}; open it with a Sojourn that reads {text}",
            "$.format",
        )


_ADVICE = {
    "extra_forbidden": "this key is not known here; remove it or check its spelling",
    "missing": "this key is required; add it",
    "int_type": "write a whole number here",
    "int_from_float": "write a whole number here",
    "float_type": "write a number here",
    "bool_type": "write true or false here",
    "string_type": "write a text in quotation marks here",
    "tuple_type": "write a list here",
    "mapping_type": "write an object here",
    "model_type": "write an object here",
    "dict_type": "write an object here",
    "string_pattern_mismatch": "a name is 1 to 30 letters, digits and underscores, starting with a letter",
    "string_too_short": "give this a name",
    "union_tag_invalid": "{tag!r} is not known here; use one of {expected_tags}",
    "union_tag_not_found": "say which type (and kind, of a condition or wait) this is",
    "literal_error": "use one of {expected}",
}
_CODES = {"extra_forbidden": "file_unknown_key", "missing": "file_missing_key"}


def _located(error: ValidationError, document: Any) -> JourneyFileError:
    """The first fault of a validation as a file error with its JSON path."""
    fault = error.errors(include_url=False)[0]
    context = fault.get("ctx", {})
    path = _json_path(fault["loc"], document, fault["type"]) + context.get("path", "")
    advice = _ADVICE.get(fault["type"], "{message}").format(**{"message": fault["msg"], **context})
    return JourneyFileError(_CODES.get(fault["type"], "file_wrong_type"), advice, path)


def _json_path(location: tuple[int | str, ...], document: Any, fault: str) -> str:
    """A validation's location as a path into the document, without the names of union members it contains."""
    path, here = "$", document
    for index, part in enumerate(location):
        if _is_tag(location, index):
            continue
        if isinstance(here, list) and isinstance(part, int):
            path, here = f"{path}[{part}]", here[part]
        elif isinstance(here, dict) and (part in here or (fault == "missing" and part == location[-1])):
            path, here = f"{path}.{part}", here.get(part)
    return path


def _is_tag(location: tuple[int | str, ...], index: int) -> bool:
    before = location[max(index - 2, 0) : index]
    kind_of_activity = location[index] in KINDS and len(before) == 2 and before[0] == "activities"
    return kind_of_activity or before[-1:] == ("auth",)
