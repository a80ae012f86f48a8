"""Read CloudEvents 1.0 in the JSON format and the HTTP protocol binding: structured, batched and binary. Pure.

The event that journeys see has the fields of the data, then the context attributes that the data does not name, and the
whole data as ``data``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from hashlib import blake2b
from urllib.parse import unquote

import orjson

from engine.catalogue import Phrase
from engine.json_types import JsonDict, JsonObject

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
PREFIX = "ce-"
_REQUIRED = ("specversion", "id", "source", "type")
_VERSIONS = ("0.3", "1.")
_LONGEST_ID = 200


def missing_attribute(value: object) -> str:
    """Return the first context attribute that a CloudEvent needs and this value has not, '' for none."""
    if not isinstance(value, Mapping):
        return _REQUIRED[0]
    absent = (name for name in _REQUIRED if not isinstance(value.get(name), str) or not value[name])
    found = next(absent, "")
    return found if found or str(value["specversion"]).startswith(_VERSIONS) else "specversion"


def event_id(event: JsonObject) -> str:
    """Return the id that makes a CloudEvent unique: its source and its id together."""
    text = f"{event['source']} {event['id']}"
    return text if len(text) <= _LONGEST_ID else blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()


def data_of(event: JsonObject) -> object:
    """Return the data of a CloudEvent; base64 is decoded where it holds JSON."""
    encoded = event.get("data_base64")
    if "data" in event or not isinstance(encoded, str):
        return event.get("data")
    try:
        return orjson.loads(base64.b64decode(encoded, validate=True))
    except (binascii.Error, orjson.JSONDecodeError, ValueError):
        return encoded


def entity_of(event: JsonObject, data: object) -> object:
    """Return the entity of a CloudEvent with this data."""
    context = {name: value for name, value in event.items() if name not in ("data", "data_base64")}
    inner: JsonObject = data if isinstance(data, Mapping) else {}
    return {**context, "data": data, **inner}


def from_headers(headers: Mapping[str, str], kind: str, body: bytes) -> JsonDict | Phrase:
    """Build the CloudEvent of a request in binary mode, or say why its data cannot be read. ``kind`` is its type."""
    event: JsonDict = {
        name.removeprefix(PREFIX): unquote(value) for name, value in headers.items() if name.startswith(PREFIX)
    }
    if kind:
        event["datacontenttype"] = kind
    if not body:
        return event
    if kind in ("", "application/json", "text/json") or kind.endswith("+json"):
        try:
            return {**event, "data": orjson.loads(body)}
        except orjson.JSONDecodeError as error:
            return Phrase("event_fault.not_json", {"reason": error.msg})
    try:
        return {**event, "data": body.decode()}
    except UnicodeDecodeError:
        return {**event, "data_base64": base64.b64encode(body).decode()}
