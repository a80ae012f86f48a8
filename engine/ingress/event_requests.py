"""Read requests of senders: content encoding, media type and character set → documents (interfaces.md). Pure."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.ingress import cloud_events, event_documents
from engine.ingress.event_documents import MALFORMED, DocumentBatch, EventDocumentError
from engine.model.content_type import read_content_type, utf8_content

_JSON = frozenset({"application/json", "text/json"})
_LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_RAW_DEFLATE = -15


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo a content encoding; raise SojournError for one that is unknown, damaged, or larger than ``limit`` bytes."""
    names = [name for name in (part.strip().lower() for part in encoding.split(",")) if name not in ("", "identity")]
    for name in reversed(names):
        if name not in _WINDOW_BITS or len(names) > 1:
            raise SojournError("content_encoding", encoding=encoding[:40])
        bits = _WINDOW_BITS[name]
        if name == "deflate" and not _has_zlib_header(body):
            bits = _RAW_DEFLATE
        body = _inflated(body, bits, limit)
    return body


def _has_zlib_header(body: bytes) -> bool:
    return len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0


def _inflated(body: bytes, bits: int, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body:
        stream = zlib.decompressobj(bits)
        try:
            parts.append(stream.decompress(body, limit + 1 - size))
        except zlib.error:
            raise SojournError("content_damaged") from None
        size += len(parts[-1])
        if size > limit:
            raise SojournError("body_too_large", limit=limit >> 20)
        if not stream.eof:
            raise SojournError("content_damaged")
        body = stream.unused_data
    return b"".join(parts)


def read(headers: Mapping[str, str], body: bytes, id_fields: Sequence[str] = ()) -> DocumentBatch:
    """Read the documents of a request, headers in lower case; raise SojournError for an unknown content type."""
    kind, charset = read_content_type(headers.get("content-type") or "")
    if f"{cloud_events.PREFIX}specversion" in headers:
        return _read_binary(headers, kind, body, id_fields)
    if kind and kind not in _JSON | _LINES and not (kind.startswith("application/") and kind.endswith("+json")):
        raise SojournError("content_type")
    text = _utf8(body, charset)
    if kind in (cloud_events.STRUCTURED, cloud_events.BATCHED):
        return event_documents.read(text, id_fields, cloud=True)
    return event_documents.read(text, id_fields)


def _read_binary(headers: Mapping[str, str], kind: str, body: bytes, id_fields: Sequence[str]) -> DocumentBatch:
    event = cloud_events.from_headers(headers, kind, body)
    if isinstance(event, Phrase):
        return DocumentBatch((), (EventDocumentError(0, MALFORMED, event),))
    return event_documents.read_values([event], id_fields, cloud=True)


def _utf8(body: bytes, charset: str) -> bytes:
    try:
        return utf8_content(body, charset)
    except (LookupError, ValueError):
        raise SojournError("content_charset", charset=charset[:40]) from None
