"""Reading and writing ``*.journey.json``: one journey version with all that it uses (interfaces.md, A journey file)."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import ConfigDict, ValidationError

from engine.model.activity import ACTIVITY_KINDS, kind_of
from engine.model.base import shown
from engine.model.definitions import Definitions
from engine.model.document_errors import DocumentError, locate_fault, parse
from engine.model.journey import JourneyVersion

FORMAT = "sojourn/1"
_FORMAT_NUMBER = re.compile(r"sojourn/(\d+)(?:\.(\d+))?")


class JourneyFile(Definitions):
    """The contents of a journey file: a version, and the definitions that it uses."""

    model_config = ConfigDict(defer_build=True)

    format: str = FORMAT
    journey: JourneyVersion


def read(text: str) -> JourneyFile:
    """Return the journey file in ``text``; raises DocumentError that locates the first fault."""
    document = parse(text)
    _check_format(document)
    try:
        file = JourneyFile.model_validate_json(text)
    except ValidationError as error:
        raise locate_fault(error, document) from None
    return _normalized(file)


def _normalized(file: JourneyFile) -> JourneyFile:
    """Return the file with the settings of every activity in the form in which they are written."""
    journey = file.journey
    activities = tuple(ACTIVITY_KINDS[kind_of(one)].normalize(one, file.data_sources) for one in journey.activities)
    if activities == journey.activities:
        return file
    return file.model_copy(update={"journey": journey.model_copy(update={"activities": activities})})


def write(file: JourneyFile) -> str:
    """Return the file's text: keys in schema order, defaults left out but the time zone, a final newline."""
    return json.dumps(to_json(file), indent=2, ensure_ascii=False) + "\n"


def to_json(file: JourneyFile) -> dict[str, Any]:
    """Return the file as JSON values, in the order they are written."""
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


def _check_format(document: Any) -> None:
    if not isinstance(document, dict):
        raise DocumentError("file_wrong_type.journey", "$")
    text = document.get("format")
    match = _FORMAT_NUMBER.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise DocumentError("file_format", "$.format", format=FORMAT, text=shown(text))
    if (int(match[1]), int(match[2] or 0)) > (1, 0):
        raise DocumentError("file_newer", "$.format", text=text, format=FORMAT)
