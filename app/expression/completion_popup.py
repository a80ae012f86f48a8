"""What floats over the text while one writes: the proposals, and how the function around the cursor is called.

Both are part of the window, over everything else in it, so that they can never be lost behind it, and never take the
focus from the text.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.expression.code_edit import CodeEdit
from app.expression.names import TYPE_LABELS
from app.theme import current_scheme
from app.theme.icons import draw_icon
from app.translation import tr
from app.widgets.controls import label, rule, wrapped
from engine.expression.completion import Completion, SignatureHelp

Index = QModelIndex | QPersistentModelIndex

ICONS: Mapping[str, tuple[str, str]] = {
    "event": ("broadcast", "event"),
    "source": ("database", "action"),
    "group": ("folder-simple", "action"),
    "property": ("tag", "secondary"),
    "field": ("text-t", "secondary"),
    "method": ("funnel-simple", "secondary"),
    "function": ("math-operations", "orchestration"),
    "item": ("brackets-curly", "secondary"),
    "operator": ("equals", "secondary"),
    "keyword": ("code", "secondary"),
    "constant": ("quotes", "secondary"),
    "segment": ("users-three", "secondary"),
}
"""The icon and its colour for each kind of name."""

ROW = 30
SHOWN = 8
WIDTH = 380
_NAME = Qt.ItemDataRole.DisplayRole
_ENTRY = Qt.ItemDataRole.UserRole


def completion_detail(item: Completion) -> str:
    """Return the text beside a completion: types are named as in the name tree."""
    return tr(TYPE_LABELS[item.detail]) if item.detail in TYPE_LABELS else item.detail


class _Rows(QAbstractListModel):
    """The proposals, for the view."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.items: Sequence[Completion] = ()

    def show(self, items: Sequence[Completion]) -> None:
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.items)

    def data(self, index: Index, role: int = int(_NAME)) -> object:
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{item.label}, {completion_detail(item)}"
        return {int(_NAME): item.label, int(_ENTRY): item}.get(role)


class _Painter(QStyledItemDelegate):
    """An icon, the name, and its type at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(WIDTH, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item, view = index.data(int(_ENTRY)), self.parent()
        if not isinstance(item, Completion) or not isinstance(view, QWidget):
            return
        theme = current_scheme()
        box: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent_tint"))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), 6, 6)
        glyph, role = ICONS.get(item.kind, ICONS["field"])
        draw_icon(painter, glyph, QPointF(box.left() + 18, box.center().y() + 0.5), 16, theme.color(role))
        font = view.font()
        font.setWeight(font.Weight.DemiBold if chosen else font.Weight.Normal)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        width = painter.fontMetrics().horizontalAdvance(item.label)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box.adjusted(36, 0, -8, 0), middle | Qt.AlignmentFlag.AlignLeft, item.label)
        font.setWeight(font.Weight.Normal)
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(theme.color("secondary"))
        room = box.adjusted(36 + width + 16, 0, -10, 0)
        detail = painter.fontMetrics().elidedText(completion_detail(item), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, detail)
        painter.restore()


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
        """To the cursor (or a position of the text), below or above its line, inside the window."""
        window = self._code.window()
        self.setParent(window)
        cursor = self._code.textCursor()
        if start_units is not None:
            cursor.setPosition(start_units)
        line_box = self._code.cursorRect(cursor)
        corner = self._code.viewport().mapTo(window, line_box.topLeft())
        below = corner.y() + line_box.height() + 4
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
        self._rows = _Rows(self)
        self.view = QListView()
        self.view.setProperty("role", "suggestions")
        self.view.setModel(self._rows)
        self.view.setItemDelegate(_Painter(self.view))
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
        self.view.clicked.connect(lambda index: self.taken.emit(self._rows.items[index.row()]))
        self.view.selectionModel().currentChanged.connect(lambda _now, _before: self._explain())

    def offer(self, items: Sequence[Completion]) -> None:
        """Show completions, the first one selected."""
        self._rows.show(items)
        self.view.setFixedHeight(min(len(items), SHOWN) * ROW + 2)
        self.view.setCurrentIndex(self._rows.index(0, 0))
        self._explain()
        self._fit()

    def chosen(self) -> Completion | None:
        """Return the completion that Enter accepts."""
        index = self.view.currentIndex()
        return self._rows.items[index.row()] if index.isValid() else None

    def move_by(self, rows: int) -> None:
        """Chooses another one; beyond the ends it stays at the end."""
        row = max(0, min(self.view.currentIndex().row() + rows, len(self._rows.items) - 1))
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
