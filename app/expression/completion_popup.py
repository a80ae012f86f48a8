"""What floats over the text while one writes: the proposals, and how the function around the cursor is called.

Both are part of the window, over everything else in it, so that they can never be lost behind it, and never take the
focus from the text.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import (
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QListView,
    QVBoxLayout,
)

from app.expression.code_edit import CodeEdit
from app.expression.name_rows import ROW, Index, NameDelegate, NameRow
from app.expression.names import TYPE_LABELS
from app.translation import tr
from app.widgets.controls import label, rule, wrapped
from engine.expression.completion import Completion, SignatureHelp

SHOWN = 8
WIDTH = 380
_ENTRY = int(Qt.ItemDataRole.UserRole)


def completion_detail(item: Completion) -> str:
    """Return the text beside a completion: types are named as in the name tree."""
    return tr(TYPE_LABELS[item.detail]) if item.detail in TYPE_LABELS else item.detail


class _Delegate(NameDelegate):
    """Paints a proposal."""

    def row(self, index: Index, chosen: bool) -> NameRow:
        item = index.data(_ENTRY)
        weight = QFont.Weight.DemiBold if chosen else QFont.Weight.Normal
        return NameRow(item.label, completion_detail(item), item.kind, 10, weight=weight)


class _Floating(QFrame):
    """A frame over the window, next to the cursor of a text."""

    def __init__(self, code: CodeEdit) -> None:
        super().__init__(code)
        self._code = code
        self.setProperty("role", "popup")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(24)
        shadow.setOffset(0, 6)
        shadow.setColor(QColor(0, 0, 0, 60))
        self.setGraphicsEffect(shadow)
        self.hide()

    def place(self, above: bool, start_units: int | None = None) -> None:
        """To the cursor (or a position of the text), below or above the lines typed, inside the window."""
        window = self._code.window()
        self.setParent(window)
        cursor = self._code.textCursor()
        if start_units is not None:
            cursor.setPosition(start_units)
        line_box = self._code.cursorRect(cursor)
        corner = self._code.viewport().mapTo(window, line_box.topLeft())
        last = self._code.viewport().mapTo(window, self._code.cursorRect().bottomLeft())
        below = max(corner.y() + line_box.height(), last.y()) + 4
        over = corner.y() - self.height() - 6
        fits_below = below + self.height() <= window.height() - 4
        y = over if (above and over >= 4) or (not fits_below and over >= 4) else below
        x = max(4, min(corner.x() - 12, window.width() - self.width() - 4))
        self.move(QPoint(x, y))
        self.show()
        self.raise_()


class CompletionPopup(_Floating):
    """The list of what may be written at the cursor, the chosen one explained below it."""

    taken = Signal(object)
    """The user took a :class:`Completion` with the mouse."""

    def __init__(self, code: CodeEdit) -> None:
        super().__init__(code)
        self.setFixedWidth(WIDTH)
        self._items: Sequence[Completion] = ()
        self._rows = QStandardItemModel(self)
        self.view = QListView()
        self.view.setProperty("role", "suggestions")
        self.view.setModel(self._rows)
        self.view.setItemDelegate(_Delegate(self.view, WIDTH))
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setUniformItemSizes(True)
        self._about = wrapped("")
        self._about.setContentsMargins(10, 2, 10, 6)
        self._line = rule()
        column = QVBoxLayout(self)
        column.setContentsMargins(5, 5, 5, 5)
        column.setSpacing(4)
        for shown in (self.view, self._line, self._about):
            column.addWidget(shown)
        self.view.clicked.connect(lambda index: self.taken.emit(self._items[index.row()]))
        self.view.selectionModel().currentChanged.connect(lambda _now, _before: self._explain())

    def offer(self, items: Sequence[Completion]) -> None:
        """Show completions, the first one selected."""
        self._items = items
        self._rows.clear()
        for item in items:
            row = QStandardItem(item.label)
            row.setData(item, _ENTRY)
            row.setData(f"{item.label}, {completion_detail(item)}", Qt.ItemDataRole.AccessibleTextRole)
            self._rows.appendRow(row)
        self.view.setFixedHeight(min(len(items), SHOWN) * ROW + 2)
        self.view.setCurrentIndex(self._rows.index(0, 0))
        self._explain()
        self._fit()

    def chosen(self) -> Completion | None:
        """Return the completion that Enter accepts."""
        index = self.view.currentIndex()
        return self._items[index.row()] if index.isValid() else None

    def move_by(self, rows: int) -> None:
        """Chooses another one; beyond the ends it stays at the end."""
        row = max(0, min(self.view.currentIndex().row() + rows, len(self._items) - 1))
        self.view.setCurrentIndex(self._rows.index(row, 0))
        self._fit()

    def _fit(self) -> None:
        column = self.layout()
        if column is not None:
            column.activate()
            height = column.heightForWidth(WIDTH) if column.hasHeightForWidth() else column.sizeHint().height()
            self.setFixedHeight(height)

    def _explain(self) -> None:
        chosen = self.chosen()
        about = chosen.documentation if chosen else ""
        self._about.setText(about)
        self._about.setVisible(bool(about))
        self._line.setVisible(bool(about))


class CallTip(_Floating):
    """The signatures of the function around the cursor, the argument one is writing in bold."""

    def __init__(self, code: CodeEdit) -> None:
        super().__init__(code)
        self.words = label("", "code")
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self._about = wrapped("")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 7, 10, 7)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(self._about)

    def explain(self, help_: SignatureHelp) -> None:
        """Show the signature of a function."""
        self.words.setText("<br>".join(_marked(one, help_.active) for one in help_.signatures))
        self._about.setText(help_.documentation)
        self.adjustSize()


def _marked(signature: str, active: int) -> str:
    """Return a signature with one argument in bold."""
    head, _, rest = signature.partition("(")
    inside, _, result = rest.rpartition(") →")
    arguments = [html.escape(one) for one in inside.split(", ")] if inside else []
    if active < len(arguments):
        arguments[active] = f"<b>{arguments[active]}</b>"
    return f"{html.escape(head)}({', '.join(arguments)}) → {html.escape(result.strip())}"
