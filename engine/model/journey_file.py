"""Journey files: one journey version with all that it uses (interfaces.md, A journey file).

They are read, written, and compared as sentences, for ``diff A B`` and for reviewing a new version.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from pydantic import ConfigDict, ValidationError

from engine.json_types import JsonDict, JsonObject
from engine.model.action import CustomAction, has_lists
from engine.model.activity import ACTIVITY_KINDS, kind_of
from engine.model.base import shown
from engine.model.definitions import Definitions
from engine.model.document_errors import DocumentError, locate_fault, parse
from engine.model.journey import JourneyVersion

FORMAT = "sojourn/1"
NEWEST = "sojourn/1.1"
"""Adds lists with variables in bodies, and the methods GET, PATCH and DELETE."""

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
    return _normalized(file.model_copy(update={"format": FORMAT}))


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


def to_json(file: JourneyFile) -> JsonDict:
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
    return {"format": _needed_format(file), **body, "journey": {**head, **journey}}


def _needed_format(file: JourneyFile) -> str:
    """Return the oldest format that has all that the file uses."""
    return FORMAT if all(map(_is_first_format, file.actions)) else NEWEST


def _is_first_format(action: CustomAction) -> bool:
    return action.method in ("POST", "PUT") and not has_lists(action.body)


def _check_format(document: object) -> None:
    if not isinstance(document, dict):
        raise DocumentError("file_wrong_type.journey", "$")
    text = document.get("format")
    match = _FORMAT_NUMBER.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise DocumentError("file_format", "$.format", format=FORMAT, text=shown(text))
    if (int(match[1]), int(match[2] or 0)) > (1, 1):
        raise DocumentError("file_newer", "$.format", text=text, format=NEWEST)


_KINDS: Mapping[str, tuple[str, str]] = {
    "namespaces": ("Namespace", "code"),
    "events": ("Event", "name"),
    "data_sources": ("Data source", "name"),
    "actions": ("Action", "name"),
    "templates": ("Template", "name"),
    "segments": ("Segment", "name"),
}


def differences(old: JourneyFile, new: JourneyFile) -> tuple[str, ...]:
    """One sentence for each thing that differs, definitions first, positions on the canvas left out; () when equal."""
    before, after = to_json(old), to_json(new)
    found: list[str] = []
    for kind, (noun, key) in _KINDS.items():
        found.extend(_item_differences(noun, _items_by(key, before.get(kind, [])), _items_by(key, after.get(kind, []))))
    found.extend(_journey_differences(before["journey"], after["journey"]))
    return tuple(found)


def _items_by(key: str, items: object) -> dict[str, JsonDict]:
    assert isinstance(items, list)
    return {item[key]: {name: value for name, value in item.items() if name != "position"} for item in items}


def _item_differences(noun: str, before: JsonObject, after: JsonObject) -> Iterator[str]:
    for name in before:
        if name not in after:
            yield f"{noun} {name} was removed."
    for name, item in after.items():
        if name not in before:
            yield f"{noun} {name} was added."
        else:
            yield from (f"{noun} {name}: {sentence}" for sentence in _value_differences("", before[name], item))


def _value_differences(path: str, before: object, after: object) -> Iterator[str]:
    """Each leaf that differs between two JSON values, with its path."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from _value_differences(f"{path}.{key}" if path else key, before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _value_differences(f"{path}[{index}]", one, other)
    elif before != after:
        if before is None:
            yield f"{path} is now {_json(after)}."
        elif after is None:
            yield f"{path} is no longer set (it was {_json(before)})."
        else:
            yield f"{path} changed from {_json(before)} to {_json(after)}."


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _journey_differences(before: object, after: object) -> Iterator[str]:
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    parts = ("activities", "edges", "notes", "groups")
    for sentence in _value_differences(
        "", *({k: v for k, v in side.items() if k not in parts} for side in (before, after))
    ):
        yield f"Journey: {sentence}"
    yield from _item_differences("Activity", *(_items_by("id", side.get("activities", [])) for side in (before, after)))
    old_edges, new_edges = (_edge_texts(side.get("edges", [])) for side in (before, after))
    yield from (f"The edge {edge} was removed." for edge in old_edges if edge not in new_edges)
    yield from (f"The edge {edge} was added." for edge in new_edges if edge not in old_edges)
    for part in ("notes", "groups"):
        if before.get(part, []) != after.get(part, []):
            yield f"The {part} on the canvas changed."


def _edge_texts(edges: Iterable[JsonObject]) -> dict[str, None]:
    """Return the edges as texts, in file order."""
    return {
        f"from {edge['from']}" + (f" by {edge['path']}" if edge.get("path") else "") + f" to {edge['to']}": None
        for edge in edges
    }
