"""Breaks the lines of an expression where it can be read: behind a dot, a comma or a bracket, not in a name.

To Qt a reference such as ``#{Source.Group.field}`` is one word, broken at whatever character the line ends. What Qt
has laid out with such a break is laid out once more, with the break moved to the left.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTextBlock, QTextDocument, QTextLayout
from PySide6.QtWidgets import QPlainTextDocumentLayout

_BEHIND = ".,({["
"""A line may end behind one of these."""


def break_in(text: str, start: int, end: int) -> int:
    """Where a line from ``start`` that has room up to ``end`` is to end instead; ``end`` when that is a good place."""
    if end >= len(text) or not (_in_name(text[end - 1]) and _in_name(text[end])):
        return end
    found = next((place for place in range(end, start, -1) if text[place - 1] in _BEHIND), end)
    return found if text[start:found].strip(" @#{") else end


def _in_name(character: str) -> bool:
    return character.isalnum() or character == "_"


class LineLayout(QPlainTextDocumentLayout):
    """The layout of the document of one editor."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._mending = False

    def documentChanged(self, start: int, removed: int, added: int) -> None:
        """After an edit: what was laid out anew is looked at."""
        super().documentChanged(start, removed, added)
        block = self.document().findBlock(start)
        while block.isValid() and block.position() <= start + added:
            self._mend(block)
            block = block.next()

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """Qt lays a block out when its place is first asked for, as after a change of width."""
        fresh = block.isValid() and not self._mending and not block.layout().lineCount()
        box = super().blockBoundingRect(block)
        if fresh and self._mend(block):
            box = super().blockBoundingRect(block)
        return box

    def _mend(self, block: QTextBlock) -> bool:
        """Lay a block out again if a name is broken in it; whether it was."""
        layout, text = block.layout(), block.text()
        if layout.lineCount() < 2 or not _broken(layout, text):
            return False
        self._mending = True
        first = layout.lineAt(0)
        left, width, height = first.x(), first.width(), 0.0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLeadingIncluded(True)
            line.setLineWidth(width)
            start, end = line.textStart(), line.textStart() + line.textLength()
            better = break_in(text, start, end)
            if better != end:
                line.setNumColumns(better - start, width)
            line.setPosition(QPointF(left, height))
            height += line.height()
        layout.endLayout()
        block.setLineCount(layout.lineCount())
        self._mending = False
        self.documentSizeChanged.emit(self.documentSize())
        return True


def _broken(layout: QTextLayout, text: str) -> bool:
    lines = (layout.lineAt(number) for number in range(layout.lineCount() - 1))
    return any(
        break_in(text, line.textStart(), line.textStart() + line.textLength()) != line.textStart() + line.textLength()
        for line in lines
    )
