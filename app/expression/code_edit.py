"""The text of an expression: monospace, coloured, problems underlined, growing with its lines.

Two forms: the field of a form (Tab moves on, Enter is the form's, Shift+Enter breaks the line) and the page of the
advanced editor (Enter breaks the line and keeps its indent, lines are numbered).

To Qt a reference such as ``#{Source.Group.field}`` is one word, broken at whatever character the line ends. A field
lays such a line out once more, with the break behind a dot, a comma or a bracket.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QObject, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QTextEdit, QToolTip, QWidget

from app.expression.analysis import problem_text
from app.expression.highlighter import ColoredPart, Highlighter, plain_text, to_code_points, to_units
from app.theme import current_scheme
from app.theme.fonts import code_font
from app.widgets.controls import restyle
from engine.expression import ExpressionError

INDENT = "    "
MARGIN = 8
MOST_LINES = 8
"""A field grows to this many lines, then scrolls."""

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class CodeEdit(QPlainTextEdit):
    """An editor of one expression. ``numbered``: as a page with line numbers instead of a growing field."""

    edited = Signal(str)
    """The text changed, by a person or by ``set_text``: the text."""
    finished = Signal()
    """Enter was pressed in a field, or the field was left."""

    def __init__(self, numbered: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scheme = current_scheme()
        self._numbered = numbered
        self._gutter = _Gutter(self) if numbered else None
        self._problems: tuple[ExpressionError, ...] = ()
        self._shown = ""
        self._lines = 0
        self.setProperty("role", "expression")
        font = QFont(code_font(13))
        font.setFeature(QFont.Tag("calt"), 0)  # no ligatures: each character is one that can be typed
        self.setFont(font)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(MARGIN)
        self._highlighter = Highlighter(self.document())
        self.textChanged.connect(self._text_changed)
        if self._gutter is None:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            # A change of height in the middle of a layout would begin another one.
            self._breaks = LineBreaker(self)
            self._growing = QTimer(self)
            self._growing.setSingleShot(True)
            self._growing.timeout.connect(self._grow)
            self.document().documentLayout().documentSizeChanged.connect(lambda _: self._growing.start())
            self._grow()
        else:
            self.setViewportMargins(self._gutter.width(), 4, 0, 4)
            self.updateRequest.connect(self._gutter.follow)

    # What it holds

    def text(self) -> str:
        """Return the expression as typed."""
        return plain_text(self.document())

    def set_text(self, text: str) -> None:
        """Show another text; undo does not restore the one before."""
        if text != self.text():
            self.setPlainText(text)

    def reserve(self, width: int) -> None:
        """Reserve room at the right of the text for a widget."""
        self.setViewportMargins(0, 0, width, 0)

    def replace(self, start: int, end: int, text: str, cursor: int | None = None) -> None:
        """Replace a range (code points) as one undo step; the cursor goes behind it, or ``cursor`` into it."""
        whole = self.text()
        chosen = self.textCursor()
        chosen.setPosition(to_units(whole, start))
        chosen.setPosition(to_units(whole, end), QTextCursor.MoveMode.KeepAnchor)
        first = chosen.selectionStart()
        chosen.insertText(text)
        if cursor is not None:
            chosen.setPosition(first + to_units(text, cursor))
        self.setTextCursor(chosen)

    def offset(self) -> int:
        """Where the cursor is, in code points."""
        return to_code_points(self.text(), self.textCursor().position())

    def set_offset(self, offset: int) -> None:
        """Move the cursor."""
        cursor = self.textCursor()
        cursor.setPosition(to_units(self.text(), offset))
        self.setTextCursor(cursor)

    def selection(self) -> tuple[int, int]:
        """Return the selected range in code points; the cursor twice if nothing is selected."""
        text, cursor = self.text(), self.textCursor()
        return to_code_points(text, cursor.selectionStart()), to_code_points(text, cursor.selectionEnd())

    def show_problems(self, problems: Sequence[ExpressionError]) -> None:
        """Underlines problems of the text as it is now."""
        self._problems = tuple(problems)
        text = self.text()
        self.setExtraSelections([self._underline(text, problem) for problem in self._problems])
        if not self._numbered and self.property("problem") != bool(problems):
            restyle(self, problem=bool(problems))

    def show_parts(self, text: str, found: tuple[ColoredPart, ...]) -> None:
        """Colours a long text, once it has been read."""
        self._highlighter.show_parts(text, found)

    def _underline(self, text: str, problem: ExpressionError) -> QTextEdit.ExtraSelection:
        """Underline a problem, or the character before if something is missing."""
        start, end = problem.start, min(problem.end, len(text))
        if end <= start:
            start, end = (start - 1, start) if start else (0, 1)
        selection = QTextEdit.ExtraSelection()
        selection.cursor = QTextCursor(self.document())
        selection.cursor.setPosition(min(to_units(text, start), self.document().characterCount() - 1))
        last = min(to_units(text, end), self.document().characterCount() - 1)
        selection.cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
        selection.format = QTextCharFormat()
        selection.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        selection.format.setUnderlineColor(current_scheme().color("error"))
        return selection

    def _text_changed(self) -> None:
        text = self.text()
        if text != self._shown:
            self._shown = text
            self.edited.emit(text)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is the form's in a field, and keeps the indent on a page."""
        if event.key() not in _ENTER:
            if not self._bracket(event.text()):
                super().keyPressEvent(event)
        elif self._numbered and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._break_line()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.insertPlainText("\n")
        else:
            event.ignore()
            self.finished.emit()

    def _bracket(self, typed: str) -> bool:
        """Insert the closing bracket with an opening one; typing it then steps over it."""
        cursor = self.textCursor()
        following = self.document().characterAt(cursor.position())
        if typed in _PAIRS and not cursor.hasSelection() and not (following.isalnum() or following in "@#\"'"):
            cursor.insertText(typed + _PAIRS[typed])
            cursor.movePosition(QTextCursor.MoveOperation.Left)
            self.setTextCursor(cursor)
            return True
        if typed and typed in _PAIRS.values() and typed == following and not cursor.hasSelection():
            cursor.movePosition(QTextCursor.MoveOperation.Right)
            self.setTextCursor(cursor)
            return True
        return False

    def _break_line(self) -> None:
        """Insert a line with the same indentation, deeper behind an opening bracket."""
        cursor = self.textCursor()
        line = cursor.block().text()[: cursor.positionInBlock()]
        indent = line[: len(line) - len(line.lstrip(" "))]
        deeper = INDENT if line.rstrip().endswith(("(", "{", "[")) else ""
        cursor.insertText(f"\n{indent}{deeper}")
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving the field finishes the edit."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.finished.emit()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Only text comes in, never its look."""
        if source.hasText():
            self.insertPlainText(source.text())

    # Looks

    def viewportEvent(self, event: QEvent) -> bool:
        """Pointing at an underlined stretch says what is wrong there."""
        if isinstance(event, QHelpEvent):
            units = self.cursorForPosition(event.pos()).position()
            QToolTip.showText(event.globalPos(), self.problem_at(to_code_points(self.text(), units)), self)
            return True
        return super().viewportEvent(event)

    def problem_at(self, offset: int) -> str:
        """Return the message of the problem at an offset; '' if there is none."""
        return next((problem_text(one) for one in self._problems if one.start <= offset <= max(one.end, one.start)), "")

    def changeEvent(self, event: QEvent) -> None:
        """Colours follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and current_scheme() != self._scheme:
            self._scheme = current_scheme()
            self._highlighter.update_colors()
            self.show_problems(self._problems)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the gutter to the page and a field to its lines."""
        super().resizeEvent(event)
        if self._gutter is None:
            self._growing.start()
            self._breaks.soon()
        else:
            self._gutter.setGeometry(QRect(1, 1, self._gutter.width(), self.height() - 2))

    def _grow(self) -> None:
        """As high as the lines are, up to ``MOST_LINES``; the layout of plain text counts height in lines."""
        wanted = max(int(self.document().size().height()), 1)
        lines = min(wanted, MOST_LINES)
        bar = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if wanted <= MOST_LINES else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(bar)
        if lines != self._lines:
            self._lines = lines
            self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 2 * MARGIN + 2)
        if wanted <= MOST_LINES:
            self.verticalScrollBar().setValue(0)

    def number_lines(self, painter: QPainter, width: int) -> None:
        """Paint the numbers of the visible lines."""
        painter.setFont(self.font())
        painter.setPen(current_scheme().color("faint"))
        block = self.firstVisibleBlock()
        top = self.viewport().y() - 1
        while block.isValid():
            box = self.blockBoundingGeometry(block).translated(self.contentOffset()).translated(0, top)
            if box.top() > self.height():
                return
            line = QRect(0, round(box.top()), width, self.fontMetrics().lineSpacing())
            painter.drawText(
                line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(block.blockNumber() + 1)
            )
            block = block.next()


class _Gutter(QWidget):
    """Line numbers at the left of a page."""

    WIDTH = 42

    def __init__(self, page: CodeEdit) -> None:
        super().__init__(page)
        self._page = page
        self.setFixedWidth(self.WIDTH)
        self.setBackgroundRole(QPalette.ColorRole.NoRole)

    def sizeHint(self) -> QSize:
        return QSize(self.WIDTH, 0)

    def follow(self, _rect: QRect, moved: int) -> None:
        """Scrolls with the page."""
        if moved:
            self.scroll(0, moved)
        else:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._page.number_lines(painter, self.width() - 12)
        painter.end()


# Line breaks


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
