"""How the columns of a list are arranged: hidden, moved, sorted by; the same again the next time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMenu, QTableView, QWidget

from app.lists.rows import Column


class ColumnLayout(QObject):
    """Columns are named by their keys; the first one and the menu at the end always stay."""

    changed = Signal(object)
    """The arrangement now, as JSON values."""

    def __init__(self, table: QTableView, columns: Sequence[Column]) -> None:
        super().__init__(table)
        self._table, self._columns = table, tuple(columns)
        self._recalling = False
        header = table.horizontalHeader()
        header.sortIndicatorChanged.connect(lambda *_: self._tell())
        header.sectionMoved.connect(lambda *_: self._tell())

    def kept(self) -> dict[str, Any]:
        """How the columns stand."""
        header = self._table.horizontalHeader()
        order = sorted(range(len(self._columns)), key=header.visualIndex)
        return {
            "hidden": [one.key for index, one in enumerate(self._columns) if self._table.isColumnHidden(index)],
            "order": [self._columns[index].key for index in order],
            "sorted_by": self._columns[header.sortIndicatorSection()].key,
            "descending": header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder,
        }

    def restore_columns(self, kept: Mapping[str, Any]) -> None:
        """Arrange the columns so; what is not there any more is passed over."""
        self._recalling = True
        index_of = {column.key: index for index, column in enumerate(self._columns)}
        header = self._table.horizontalHeader()
        for place, key in enumerate(key for key in kept.get("order", ()) if key in index_of):
            header.moveSection(header.visualIndex(index_of[key]), place)
        for key in kept.get("hidden", ()):
            if index_of.get(key, 0) and key != self._columns[-1].key:
                self._table.setColumnHidden(index_of[key], True)
        if kept.get("sorted_by") in index_of:
            down = Qt.SortOrder.DescendingOrder if kept.get("descending") else Qt.SortOrder.AscendingOrder
            self._table.sortByColumn(index_of[kept["sorted_by"]], down)
        self._recalling = False

    def _tell(self) -> None:
        if not self._recalling:
            self.changed.emit(self.kept())

    def open_below(self, button: QWidget) -> None:
        """Offer to show and hide columns, below a button."""
        self.menu = self.make_menu(button)
        self.menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def make_menu(self, parent: QWidget) -> QMenu:
        """Make a menu of the columns that can be hidden, with a check at visible ones."""
        menu = QMenu(parent)
        menu.aboutToHide.connect(menu.deleteLater)
        for index, column in enumerate(self._columns[1:-1], start=1):
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(not self._table.isColumnHidden(index))
            action.toggled.connect(self._shower(index))
        return menu

    def _shower(self, index: int) -> Callable[[bool], None]:
        def show(on: bool) -> None:
            self._table.setColumnHidden(index, not on)
            self._tell()

        return show
