"""Encode the headers of an email (RFC 5322, RFC 2047).

The values are data: an encoded word in one is text, never syntax, and no character of a value can end its line.
"""

from __future__ import annotations

import re
from email.header import Header
from email.utils import parseaddr

from engine.effects.http import RequestError

_LONGEST_PLAIN = 66
"""Characters of a text that needs no second line, whatever the header."""

_PLAIN = re.compile(r"[ -~]*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def text_header(name: str, text: str) -> bytes:
    """Encode a header with free text, such as the subject."""
    return f"{name}: {_phrase(name, text)}\r\n".encode("ascii")


def address_header(name: str, address: str) -> bytes:
    """Encode a header with one address or identifier; raise RequestError for a character that has no place in it."""
    if _BREAKS.search(address):
        raise RequestError("call_mail.header", name=name)
    return f"{name}: {address}\r\n".encode()


def sender_header(sender: str) -> bytes:
    """Encode the header ``From`` of ``Name <address>``."""
    name, address = parseaddr(sender)
    if not name:
        return address_header("From", address)
    if _BREAKS.search(sender):
        raise RequestError("call_mail.header", name="From")
    phrase = _phrase("From", name)
    if phrase == name and not _ATOMS.fullmatch(name):
        phrase = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"From: {phrase} <{address}>\r\n".encode()


def _phrase(header: str, text: str) -> str:
    if _BREAKS.search(text):
        raise RequestError("call_mail.header", name=header)
    if _PLAIN.fullmatch(text) and "=?" not in text and len(text) <= _LONGEST_PLAIN:
        return text
    return Header(text, "utf-8", header_name=header, maxlinelen=75).encode(linesep="\r\n")
