"""The header ``Content-Type`` and the character set that it names, for every body that comes in or goes out."""

from __future__ import annotations

from codecs import BOM_UTF8
from email.message import Message
from typing import NamedTuple

UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
"""The character sets that are read as UTF-8; '' is none given."""


class ContentType(NamedTuple):
    """A media type and the character set, both in small letters; '' where the header names none."""

    kind: str
    charset: str


def read_content_type(header: str) -> ContentType:
    """Read the value of a header; one that is no media type has none."""
    message = Message()
    message["content-type"] = " ".join(header.split())
    kind = message.get_content_type() if "/" in header.partition(";")[0] else header.partition(";")[0].strip().lower()
    return ContentType(kind, str(message.get_content_charset("")))


def utf8_content(body: bytes, charset: str) -> bytes:
    """Return a body in UTF-8 without a mark. Raises LookupError for an unknown character set, ValueError for bytes."""
    return body.removeprefix(BOM_UTF8) if charset in UTF8 else body.decode(charset).encode()
