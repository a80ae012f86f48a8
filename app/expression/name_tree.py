"""The tree of names beside an expression: searched, dragged from, and used with Enter or a double click."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import (
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.expression.names import Name, names
from app.theme import current_scheme
from app.theme.icons import draw_icon
from app.translation import tr
from app.widgets.controls import SearchField
from app.widgets.texts import follow_language, show_text
from engine.expression.types import Scope

MIME = "application/x-sojourn-name"
"""What is dragged: JSON with ``insert``, the text, and ``kind``. As plain text it is the text alone."""

Index = QModelIndex | QPersistentModelIndex
_NAME = int(Qt.ItemDataRole.UserRole)
_GLYPHS = {
    "event": ("broadcast", "event"),
    "source": ("database", "action"),
    "field": ("text-t", "secondary"),
    "list": ("list-bullets", "secondary"),
    "object": ("brackets-curly", "secondary"),
    "segment": ("users-three", "secondary"),
    "property": ("tag", "secondary"),
    "function": ("math-operations", "orchestration"),
}
ROW = 30
STEP = 14


def dragged(data: QMimeData) -> tuple[str, str] | None:
    """Return text and kind of a dragged name; None for anything else."""
    if not data.hasFormat(MIME):
        return None
    content = json.loads(data.data(MIME).toStdString())
    return str(content["insert"]), str(content["kind"])


class NameModel(QStandardItemModel):
    """The names of a scope."""

    def show(self, found: Sequence[Name]) -> None:
        """Show other names."""
        self.clear()
        for name in found:
            self.appendRow(_item(name))

    def mimeTypes(self) -> list[str]:
        """Return the formats of drag data: a name and plain text."""
        return [MIME, "text/plain"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the drag data."""
        name = name_at(indexes[0])
        data = QMimeData()
        data.setText(name.insert)
        data.setData(MIME, json.dumps({"insert": name.insert, "kind": name.kind}).encode())
        return data


def _item(name: Name) -> QStandardItem:
    item = QStandardItem(name.label)
    item.setData(name, _NAME)
    item.setEditable(False)
    item.setDragEnabled(bool(name.insert))
    item.setToolTip(name.about or name.insert)
    item.setData(f"{name.label}, {name.detail}" if name.detail else name.label, Qt.ItemDataRole.AccessibleTextRole)
    for child in name.children:
        item.appendRow(_item(child))
    return item


def name_at(index: Index) -> Name:
    """Return the name at an index of the model or of a filter over it."""
    name = index.data(_NAME)
    return name if isinstance(name, Name) else Name("", "section")


class _Painter(QStyledItemDelegate):
    """Arrow, icon, name, and the type at the right."""

    def __init__(self, view: QTreeView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        name = name_at(index)
        theme = current_scheme()
        box: QRect = option.rect
        row = QRect(0, box.top(), self._view.viewport().width(), box.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option, row)
        left = box.left()
        if name.children:
            arrow = "caret-down" if self._view.isExpanded(index) else "caret-right"
            draw_icon(painter, arrow, QPointF(left + 9, box.center().y() + 0.5), 12, theme.color("secondary"))
        left += 20
        if name.kind in _GLYPHS:
            glyph, role = _GLYPHS[name.kind]
            draw_icon(painter, glyph, QPointF(left + 8, box.center().y() + 0.5), 16, theme.color(role))
            left += 24
        self._paint_words(painter, name, QRect(left, box.top(), row.right() - left - 10, box.height()))
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, row: QRect) -> None:
        theme = current_scheme()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent_tint" if chosen else "hover"))
            painter.drawRoundedRect(row.adjusted(0, 1, 0, -1), 6, 6)
        if chosen and self._view.hasFocus():
            painter.setPen(theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(row.adjusted(0, 1, -1, -2), 6, 6)

    def _paint_words(self, painter: QPainter, name: Name, room: QRect) -> None:
        theme = current_scheme()
        middle = Qt.AlignmentFlag.AlignVCenter
        font = self._view.font()
        font.setWeight(font.Weight.Medium if name.kind in ("section", "event", "source") else font.Weight.Normal)
        painter.setFont(font)
        painter.setPen(theme.color("secondary" if name.kind == "category" else "text"))
        words = painter.fontMetrics().elidedText(name.label, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, words)
        used = painter.fontMetrics().horizontalAdvance(words) + 12
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(theme.color("secondary"))
        rest = room.adjusted(used, 0, 0, 0)
        detail = painter.fontMetrics().elidedText(name.detail, Qt.TextElideMode.ElideRight, max(rest.width(), 0))
        if rest.width() > 24:
            painter.drawText(rest, middle | Qt.AlignmentFlag.AlignRight, detail)


class _View(QTreeView):
    """The tree itself."""

    used = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "names")
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(STEP)
        self.setUniformRowHeights(True)
        self.setItemDelegate(_Painter(self))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setExpandsOnDoubleClick(False)
        self.clicked.connect(self._clicked)
        self.doubleClicked.connect(self._use)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter uses the name, or opens what holds others."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentIndex().isValid():
            self._use(self.currentIndex())
            return
        super().keyPressEvent(event)

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Draw nothing: the arrows are drawn with the rows."""

    def _clicked(self, index: QModelIndex) -> None:
        if name_at(index).children:
            self.setExpanded(index, not self.isExpanded(index))

    def _use(self, index: QModelIndex) -> None:
        name = name_at(index)
        if name.insert:
            self.used.emit(name)
        elif name.children and not self.hasFocus():
            self.setExpanded(index, not self.isExpanded(index))


class NameTree(QWidget):
    """A search field over the tree of names."""

    used = Signal(object)
    """The user took a :class:`Name`, to be written where the cursor is."""

    def __init__(self, scope: Scope, functions: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scope, self._functions = scope, functions
        self.search = SearchField(tr("Fields and functions") if functions else tr("Fields"))
        self.view = _View(self)
        self.model = NameModel(self)
        self._filter = QSortFilterProxyModel(self)
        self._filter.setSourceModel(self.model)
        self._filter.setRecursiveFilteringEnabled(True)
        self._filter.setAutoAcceptChildRows(True)
        self._filter.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.view.setModel(self._filter)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 14, 12, 8)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.view, 1)
        self.search.textChanged.connect(self._search)
        self.view.used.connect(self.used)
        show_text(self.view.setAccessibleName, tr("What an expression can use"))
        follow_language(self, self._show)
        self._show()

    def _show(self) -> None:
        self.model.show(names(self._scope, self._functions))
        self._open_first()

    def _open_first(self) -> None:
        """Events and data sources are open, down to their fields; the long lists are closed."""
        self.view.collapseAll()
        for row in range(self._filter.rowCount()):
            section = self._filter.index(row, 0)
            first = name_at(section).children[:1]
            if first and first[0].kind in ("event", "source"):
                self.view.expandRecursively(section, 1)

    def _search(self, text: str) -> None:
        self._filter.setFilterFixedString(text)
        if text:
            self.view.expandAll()
        else:
            self._open_first()
