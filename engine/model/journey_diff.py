"""Differences of two journey files as sentences, for ``diff A B`` and for reviewing a new version."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from engine.model.journey_file import JourneyFile, to_json

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
        found.extend(_items(noun, _by(key, before.get(kind, [])), _by(key, after.get(kind, []))))
    found.extend(_journey(before["journey"], after["journey"]))
    return tuple(found)


def _by(key: str, items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item[key]: {name: value for name, value in item.items() if name != "position"} for item in items}


def _items(noun: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in before:
        if name not in after:
            yield f"{noun} {name} was removed."
    for name, item in after.items():
        if name not in before:
            yield f"{noun} {name} was added."
        else:
            yield from (f"{noun} {name}: {sentence}" for sentence in _values("", before[name], item))


def _values(path: str, before: Any, after: Any) -> Iterator[str]:
    """Each leaf that differs between two JSON values, with its path."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from _values(f"{path}.{key}" if path else key, before.get(key), after.get(key))
    elif _same_length_lists(before, after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _values(f"{path}[{index}]", one, other)
    elif before != after:
        if before is None:
            yield f"{path} is now {_shown(after)}."
        elif after is None:
            yield f"{path} is no longer set (it was {_shown(before)})."
        else:
            yield f"{path} changed from {_shown(before)} to {_shown(after)}."


def _same_length_lists(before: Any, after: Any) -> bool:
    return isinstance(before, list) and isinstance(after, list) and len(before) == len(after)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _journey(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    parts = ("activities", "edges", "notes", "groups")
    for sentence in _values("", *({k: v for k, v in side.items() if k not in parts} for side in (before, after))):
        yield f"Journey: {sentence}"
    yield from _items("Activity", *(_by("id", side.get("activities", [])) for side in (before, after)))
    old_edges, new_edges = (_edges(side) for side in (before, after))
    yield from (f"The edge {edge} was removed." for edge in old_edges if edge not in new_edges)
    yield from (f"The edge {edge} was added." for edge in new_edges if edge not in old_edges)
    for part in ("notes", "groups"):
        if before.get(part, []) != after.get(part, []):
            yield f"The {part} on the canvas changed."


def _edges(journey: dict[str, Any]) -> dict[str, None]:
    """Return the edges as texts, in file order."""
    return {
        f"from {edge['from']}" + (f" by {edge['path']}" if edge.get("path") else "") + f" to {edge['to']}": None
        for edge in journey.get("edges", [])
    }
