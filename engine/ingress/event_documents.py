"""Parse posted events: bytes → documents → entities with ids (interfaces.md, Events, by HTTP). Pure.

Three forms are read: the original's envelope, the entity alone, ``{"messages": [ … ]}``, and JSON lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

import msgspec
import orjson

from engine.catalogue import Phrase
from engine.json_types import JsonObject

MAX_BYTES = 1 << 20
MAX_MESSAGES = 1_000

MAX_DEPTH = 200
"""Levels of objects and lists in a document: deeper ones could not be written down."""

MALFORMED = "malformed"
TOO_MANY = "too_many"


_NESTING = (dict, list)


class EventDocument(msgspec.Struct, frozen=True, gc=False):
    """One entity of a request body: its index, its id, and its content."""

    index: int
    id: str
    entity: object


@dataclass(frozen=True, slots=True)
class EventDocumentError:
    """Why one document of a post cannot be read."""

    index: int
    code: str
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class DocumentBatch:
    """The documents of a post in their order, and those that cannot be read."""

    documents: tuple[EventDocument, ...]
    faults: tuple[EventDocumentError, ...] = ()


def read(body: bytes) -> DocumentBatch:
    """Read the documents of a request body: one JSON document, else JSON lines."""
    try:
        whole = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _read_lines(body)
    return read_value(whole)


def read_value(whole: object) -> DocumentBatch:
    """Read the documents of one JSON value."""
    messages = whole.get("messages") if isinstance(whole, Mapping) else None
    if not isinstance(messages, list):
        return DocumentBatch((_document(0, whole),))
    return read_values(messages)


def read_values(values: list[object]) -> DocumentBatch:
    """Each value as a document, up to the allowed number."""
    if len(values) > MAX_MESSAGES:
        return DocumentBatch((), (_too_many(),))
    return DocumentBatch(tuple(_document(index, value) for index, value in enumerate(values)))


def _read_lines(body: bytes) -> DocumentBatch:
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) > MAX_MESSAGES:
        return DocumentBatch((), (_too_many(),))
    documents: list[EventDocument] = []
    faults: list[EventDocumentError] = []
    for index, line in enumerate(lines):
        try:
            documents.append(_document(index, orjson.loads(line)))
        except orjson.JSONDecodeError as error:
            faults.append(EventDocumentError(index, MALFORMED, Phrase("event_fault.not_json", {"reason": error.msg})))
    if not lines:
        faults.append(EventDocumentError(0, MALFORMED, Phrase("event_fault.empty")))
    return DocumentBatch(tuple(documents), tuple(faults))


def is_too_deep(value: object) -> bool:
    """Whether a JSON value has more levels of objects and lists than :data:`MAX_DEPTH`."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for one in level
            if isinstance(one, _NESTING)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


def encode(value: object) -> str | None:
    """Encode a JSON value; None if it nests too deep. Only values with many brackets are searched."""
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError:
        if is_too_deep(value):
            return None
        raise
    brackets = text.count(b"{") + text.count(b"[")
    return None if brackets > MAX_DEPTH and is_too_deep(value) else text.decode()


def _too_many() -> EventDocumentError:
    return EventDocumentError(0, TOO_MANY, Phrase("event_fault.too_many", {"number": MAX_MESSAGES}))


def _document(index: int, value: object) -> EventDocument:
    entity, header = _unwrap(value)
    given = entity.get("_id") if isinstance(entity, Mapping) else None
    given = given or header.get("msgId")
    return EventDocument(index, str(given) if isinstance(given, str | int) and given != "" else uuid4().hex, entity)


def _unwrap(value: object) -> tuple[object, JsonObject]:
    """Return the entity in an envelope with its header, or the value itself."""
    if isinstance(value, Mapping):
        body = value.get("body")
        if isinstance(body, Mapping) and "xdmEntity" in body:
            header = value.get("header")
            return body["xdmEntity"], header if isinstance(header, Mapping) else {}
    return value, {}
