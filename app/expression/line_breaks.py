"""Breaks the lines of an expression where it can be read: behind a dot, a comma or a bracket, not in a name.

To Qt a reference such as ``#{Source.Group.field}`` is one word, broken at whatever character the line ends. What Qt
has laid out with such a break is laid out once more, with the break moved to the left; never while Qt is at it, for
its layout calls nobody in between.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QTimer
from PySide6.QtGui import QTextBlock
from PySide6.QtWidgets import QPlainTextEdit

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


class LineBreaker(QObject):
    """Looks after the lines of one editor."""

    def __init__(self, edit: QPlainTextEdit) -> None:
        super().__init__(edit)
        self._edit = edit
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.update)
        edit.document().documentLayout().update.connect(self.soon)

    def soon(self, _: object = None) -> None:
        """Qt has laid something out, or will."""
        self._soon.start()

    def update(self) -> None:
        """Lay out again what has a name broken in it."""
        layout = self._edit.document().documentLayout()
        changed, block = False, self._edit.document().begin()
        while block.isValid():
            layout.blockBoundingRect(block)
            changed = _fix_break(block) or changed
            block = block.next()
        if changed:
            layout.documentSizeChanged.emit(layout.documentSize())
            self._edit.viewport().update()


def _fix_break(block: QTextBlock) -> bool:
    """Lay a block out again if a name is broken in it; whether it was."""
    layout, text = block.layout(), block.text()
    lines = [layout.lineAt(number) for number in range(layout.lineCount())]
    ends = [(line.textStart(), line.textStart() + line.textLength()) for line in lines]
    if all(break_in(text, start, end) == end for start, end in ends):
        return False
    left, width, height = lines[0].x(), lines[0].width(), 0.0
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
    return True
