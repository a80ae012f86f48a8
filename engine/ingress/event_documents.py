"""Parse posted events: bytes → documents → entities with ids (interfaces.md, Events, by HTTP). Pure.

A document is the original's envelope, a CloudEvent, or the entity alone. A post is one document, a list of them,
``{"messages": [ … ]}``, the batch of an analytics library (``{"batch": [ … ]}``), or JSON lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

import msgspec
import orjson

from engine.catalogue import Phrase
from engine.ingress import cloud_events
from engine.json_types import JsonObject

MAX_BYTES = 1 << 20
MAX_MESSAGES = 1_000

MAX_DEPTH = 200
"""Levels of objects and lists in a document: deeper ones could not be written down."""

MALFORMED = "malformed"
TOO_MANY = "too_many"


_NESTING = (dict, list)
_BATCH = frozenset({"batch", "context", "integrations", "sentAt", "timestamp", "writeKey"})
"""The keys of a batch that Segment's and RudderStack's libraries send."""


class EventDocument(msgspec.Struct, frozen=True, gc=False):
    """One entity of a request body: its index, its id, its content, and the field that the id is from ('' for none)."""

    index: int
    id: str
    entity: object
    id_from: str = ""


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


def read(body: bytes, id_fields: Sequence[str] = (), *, cloud: bool = False) -> DocumentBatch:
    """Read the documents of a request body: one JSON value, else JSON lines.

    ``id_fields`` are paths of fields that hold the id before all others; with ``cloud`` only CloudEvents are read.
    """
    try:
        whole = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _read_lines(body, id_fields, cloud=cloud)
    return read_value(whole, id_fields, cloud=cloud)


def read_value(whole: object, id_fields: Sequence[str] = (), *, cloud: bool = False) -> DocumentBatch:
    """Read the documents of one JSON value."""
    if isinstance(whole, list):
        return read_values(whole, id_fields, cloud=cloud)
    if isinstance(whole, Mapping):
        for inner in (whole.get("messages"), whole.get("batch") if whole.keys() <= _BATCH else None):
            if isinstance(inner, list):
                return read_values(inner, id_fields, cloud=cloud)
    return read_values([whole], id_fields, cloud=cloud)


def read_values(values: list[object], id_fields: Sequence[str] = (), *, cloud: bool = False) -> DocumentBatch:
    """Each value as a document, up to the allowed number."""
    if len(values) > MAX_MESSAGES:
        return DocumentBatch((), (_too_many(),))
    found = [_document(index, value, id_fields, cloud=cloud) for index, value in enumerate(values)]
    return _batch(found if values else [EventDocumentError(0, MALFORMED, Phrase("event_fault.empty_list"))])


def _read_lines(body: bytes, id_fields: Sequence[str], *, cloud: bool) -> DocumentBatch:
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) > MAX_MESSAGES:
        return DocumentBatch((), (_too_many(),))
    found: list[EventDocument | EventDocumentError] = []
    for index, line in enumerate(lines):
        try:
            found.append(_document(index, orjson.loads(line), id_fields, cloud=cloud))
        except orjson.JSONDecodeError as error:
            found.append(EventDocumentError(index, MALFORMED, Phrase("event_fault.not_json", {"reason": error.msg})))
    return _batch(found if lines else [EventDocumentError(0, MALFORMED, Phrase("event_fault.empty"))])


def _batch(found: Sequence[EventDocument | EventDocumentError]) -> DocumentBatch:
    return DocumentBatch(
        tuple(one for one in found if isinstance(one, EventDocument)),
        tuple(one for one in found if isinstance(one, EventDocumentError)),
    )


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


def _document(
    index: int, value: object, id_fields: Sequence[str], *, cloud: bool
) -> EventDocument | EventDocumentError:
    missing = cloud_events.missing_attribute(value)
    if cloud and missing:
        return EventDocumentError(index, MALFORMED, Phrase("event_fault.cloud_event", {"field": missing}))
    if missing or not isinstance(value, Mapping):
        entity, header = _unwrap(value)
        candidates = _ids(entity, header, "", id_fields)
    else:
        data, header = _unwrap(cloud_events.data_of(value))
        entity = cloud_events.entity_of(value, data)
        candidates = _ids(entity, header, cloud_events.event_id(value), id_fields)
    name, given = next(((name, one) for name, one in candidates if _is_id(one)), ("", uuid4().hex))
    return EventDocument(index, str(given), entity, name)


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _ids(
    entity: object, header: JsonObject, cloud_event: str, id_fields: Sequence[str]
) -> Iterator[tuple[str, object]]:
    """Yield the fields that may hold the id of an event, the decisive one first, with their values."""
    for path in id_fields:
        yield path, _at(entity, path)
    yield "_id", _at(entity, "_id")
    yield "msgId", header.get("msgId")
    yield "source+id", cloud_event
    yield "messageId", _at(entity, "messageId")


def _at(entity: object, path: str) -> object:
    for name in path.split("."):
        entity = entity.get(name) if isinstance(entity, Mapping) else None
    return entity


def _unwrap(value: object) -> tuple[object, JsonObject]:
    """Return the entity in an envelope with its header, or the value itself."""
    if isinstance(value, Mapping):
        body = value.get("body")
        if isinstance(body, Mapping) and "xdmEntity" in body:
            header = value.get("header")
            return body["xdmEntity"], header if isinstance(header, Mapping) else {}
    return value, {}
