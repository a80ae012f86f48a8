"""The tree of names beside an expression: searched, dragged from, and used with Enter or a double click."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import (
    QMimeData,
    QModelIndex,
    QRect,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.expression.name_rows import Index, NameDelegate, NameRow
from app.expression.names import Name, names
from app.translation import tr
from app.widgets.search_field import SearchField
from app.widgets.texts import follow_language, show_text
from engine.expression.types import Scope

MIME = "application/x-sojourn-name"
"""What is dragged: JSON with ``insert``, the text, and ``kind``. As plain text it is the text alone."""

_NAME = int(Qt.ItemDataRole.UserRole)
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
        return [MIME, "text/plain"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
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


class _Delegate(NameDelegate):
    """Paints a name with the arrow of those that hold others."""

    def __init__(self, view: QTreeView) -> None:
        super().__init__(view)
        self._tree = view

    def row(self, index: Index, chosen: bool) -> NameRow:
        name = name_at(index)
        arrow = ("caret-down" if self._tree.isExpanded(index) else "caret-right") if name.children else ""
        weight = QFont.Weight.Medium if name.kind in ("section", "event", "source") else QFont.Weight.Normal
        color = "secondary" if name.kind == "category" else "text"
        return NameRow(name.label, name.detail, name.kind, 20, arrow, weight, color)


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
        self.setItemDelegate(_Delegate(self))
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
        show_text(self.view.setAccessibleName, tr("Fields and functions"))
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
