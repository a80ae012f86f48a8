"""Colours of an expression in a document, and the offsets of its characters.

Events are green, data sources blue, functions and constants orange. Colours are found on tokens, so that an unfinished
text is coloured too. Offsets of the language are code points; Qt's documents count UTF-16 units, which differ beyond
the basic plane.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from app.theme import color
from engine.expression.syntax import ITEM_OF
from engine.expression.tokens import KEYWORDS, Token, tokenize

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


EVENT, SOURCE, FUNCTION, CONSTANT = "event", "source", "function", "constant"
STRING, KEYWORD, COMMENT, LABEL = "string", "keyword", "comment", "label"

ROLES: Mapping[str, str] = {
    EVENT: "event",
    SOURCE: "action",
    FUNCTION: "orchestration",
    CONSTANT: "orchestration",
    STRING: "success",
    KEYWORD: "text",
    COMMENT: "faint",
    LABEL: "secondary",
}
"""The colour in the theme table of each kind of part."""

_CONSTANTS = frozenset({"true", "false", "null"})
_ITEMS = {item: EVENT if sigil == "@" else SOURCE for sigil, item in ITEM_OF.items()}
_OPENERS = {"@{": EVENT, "#{": SOURCE, "(": "", "[": "", "{": ""}
_PATH_STARTS = frozenset({".", "@{", "#{"})


class ColoredPart(NamedTuple):
    """A stretch of the text that has a colour."""

    start: int
    end: int
    kind: str


def parts(text: str) -> tuple[ColoredPart, ...]:
    """Return the coloured parts of a text in order."""
    found = tokenize(text)
    comments = [ColoredPart(start, end, COMMENT) for start, end in found.comments]
    return tuple(sorted([*_Walk(found.tokens).parts(), *comments]))


class _Walk:
    """One pass over the tokens. ``chain`` is the colour of the reference or item that a path belongs to."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.chain = ""
        self.open: list[tuple[str, str]] = []

    def parts(self) -> Iterator[ColoredPart]:
        before = ""
        for at, token in enumerate(self.tokens[:-1]):
            kind = self._kind(at, token, before)
            if kind:
                yield ColoredPart(token.start, token.end, kind)
            before = token.text if token.kind == "symbol" else ""

    def _kind(self, at: int, token: Token, before: str) -> str:
        if token.kind == "symbol":
            return self._symbol(token.text)
        if before in _PATH_STARTS and self.chain:
            return self.chain
        if token.kind == "string":
            return STRING
        return self._word(token.text, self.tokens[at + 1].text) if token.kind == "word" else ""

    def _symbol(self, symbol: str) -> str:
        if symbol in _OPENERS:
            self.open.append((symbol, self.chain))
            self.chain = _OPENERS[symbol]
            return self.chain
        if symbol in (")", "]", "}") and self.open:
            opener, outer = self.open.pop()
            inner, self.chain = _OPENERS[opener], outer
            return inner if symbol == "}" else ""
        if symbol == ".":
            return self.chain
        if symbol != ",":
            self.chain = self.chain if symbol == ":" else self._enclosing()
        return ""

    def _enclosing(self) -> str:
        return _OPENERS[self.open[-1][0]] if self.open else ""

    def _word(self, word: str, following: str) -> str:
        if following == ":" and self.open:
            return LABEL
        if word in _ITEMS:
            self.chain = _ITEMS[word]
            return self.chain
        self.chain = ""
        if word in _CONSTANTS:
            return CONSTANT
        if word in KEYWORDS:
            return KEYWORD
        return FUNCTION if following == "(" else ""


AT_ONCE = 2_000
"""Up to this many characters a text is coloured with every key stroke."""


class Highlighter(QSyntaxHighlighter):
    """Colours the parts of an expression in the colours of a theme."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._parts: tuple[ColoredPart, ...] = ()
        self._colored = ""
        self._formats = _formats()
        document.contentsChange.connect(self._text_changed)

    def update_colors(self) -> None:
        """Color the document again after a change of the theme."""
        self._formats = _formats()
        self.rehighlight()

    def show_parts(self, text: str, found: tuple[ColoredPart, ...]) -> None:
        """Colours a text whose parts were found elsewhere, unless it has changed since."""
        if text != self._colored and text == plain_text(self.document()):
            self._colored, self._parts = text, _in_units(text, found)
            self.rehighlight()

    def _text_changed(self, _position: int, removed: int, added: int) -> None:
        """Color the whole of a short text, for a quote changes everything behind it."""
        text = plain_text(self.document())
        if len(text) > AT_ONCE or text == self._colored or not (removed or added):
            return
        before = self._parts
        self._colored, self._parts = text, _in_units(text, parts(text))
        if [part.kind for part in before] != [part.kind for part in self._parts]:
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colours one line."""
        start = self.currentBlock().position()
        end = start + self.currentBlock().length()
        for part in self._parts:
            if part.end > start and part.start < end:
                self.setFormat(part.start - start, part.end - part.start, self._formats[part.kind])


def _in_units(text: str, found: tuple[ColoredPart, ...]) -> tuple[ColoredPart, ...]:
    if text.isascii():
        return found
    return tuple(ColoredPart(to_units(text, one.start), to_units(text, one.end), one.kind) for one in found)


def _formats() -> dict[str, QTextCharFormat]:
    return {kind: _format(kind, color(role)) for kind, role in ROLES.items()}


def _format(kind: str, color: QColor) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(color)
    made.setFontItalic(kind == COMMENT)
    if kind in (FUNCTION, KEYWORD):
        made.setFontWeight(QFont.Weight.Medium)
    return made
