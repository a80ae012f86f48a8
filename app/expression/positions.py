"""Offsets: the language counts code points, Qt's documents count UTF-16 units. They differ beyond the basic plane."""

from __future__ import annotations

from PySide6.QtGui import QTextDocument

_PARAGRAPH = "\u2029"


def plain_text(document: QTextDocument) -> str:
    """Return the document's text with line feeds; unlike Qt's own, it keeps no-break spaces."""
    return document.toRawText().replace(_PARAGRAPH, "\n")


def to_units(text: str, offset: int) -> int:
    """Return the UTF-16 position of a code point offset."""
    before = text[: max(offset, 0)]
    return len(before) + sum(character > "\uffff" for character in before)


def to_code_points(text: str, units: int) -> int:
    """Return the code point offset of a UTF-16 position."""
    if text.isascii():
        return min(units, len(text))
    return len(text.encode("utf-16-le", "surrogatepass")[: units * 2].decode("utf-16-le", "replace"))


def line_of(text: str, offset: int) -> int:
    """Return the number of the line an offset is on, from 1."""
    return text.count("\n", 0, offset) + 1
