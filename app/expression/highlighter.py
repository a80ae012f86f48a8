"""Colours in a document. Short texts are coloured as one types; long ones when their reading comes."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from app.expression.positions import plain_text, to_units
from app.expression.syntax_colors import COMMENT, FUNCTION, KEYWORD, ROLES, ColoredPart, parts
from app.theme import color

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
