"""The columns of a list: how their cells are painted, and how they are arranged, the same again the next time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QMenu, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from app import theme
from app.lists.rows import CELL_ROLE, ROW_ROLE, Cell, Column, Row
from app.translation import current
from engine.json_types import JsonDict, JsonObject, text_at, texts_at

ROW_HEIGHT = 46
_PAD = 16
_DISC = 26
_CARET = 12
CARET_WIDTH = 18
"""The width at the left of a row where a click shows and hides the rows below it."""
_FIRST, _STRETCHED = 130, 90
"""Least widths of the first column and of columns that stretch."""

_TONES: Mapping[str, tuple[str, str]] = {
    "live": ("event_ink", "event_tint"),
    "test": ("accent_ink", "accent_tint"),
    "draft": ("secondary", "hover"),
    "closed": ("orchestration_ink", "orchestration_tint"),
    "finished": ("secondary", "hover"),
    "stopped": ("error_ink", "error_tint"),
    "": ("secondary", "hover"),
}
"""The colours of a state's chip: text and ground."""


class CellDelegate(QStyledItemDelegate):
    """Paints one column of a list by its look; ``hovered`` tells the row under the pointer."""

    def __init__(self, column: Column, hovered: Callable[[], int] = lambda: -1, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._column, self._hovered = column, hovered
        painters: Mapping[str, Callable[[QPainter, QRect, Cell, Row], None]] = {
            "name": self._name,
            "chip": self._chip,
            "state": self._state,
            "link": self._link,
            "number": partial(self._text, align=Qt.AlignmentFlag.AlignRight),
            "secondary": partial(self._text, ink="secondary"),
            "menu": self._menu,
        }
        self._paint = painters.get(column.look, self._text)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._column.width, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("accent_tint"))
        elif index.row() == self._hovered():
            painter.fillRect(rect, theme.color("hover"))
        painter.setPen(theme.color("hairline"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        cell, row = index.data(CELL_ROLE), index.data(ROW_ROLE)
        if cell is not None and row is not None:
            self._paint(painter, rect.adjusted(_PAD, 0, -8, 0), cell, row)
        painter.restore()

    def _name(self, painter: QPainter, rect: QRect, cell: Cell, row: Row) -> None:
        if row.parent is not None:
            self._text(painter, rect.adjusted(_DISC + 10, 0, 0, 0), cell, row, "secondary", QFont.Weight.Medium)
            return
        if row.expanded is not None:
            caret = theme.icon("caret-down" if row.expanded else "caret-right", "secondary")
            caret.paint(painter, rect.left() - _CARET - 2, rect.center().y() - _CARET // 2, _CARET, _CARET)
        disc = QRectF(rect.left(), rect.center().y() - _DISC / 2 + 0.5, _DISC, _DISC)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(f"{row.tint}_tint"))
        painter.drawEllipse(disc)
        icon = theme.icon(row.icon, row.tint)
        icon.paint(painter, disc.toRect().adjusted(5, 5, -5, -5))
        self._text(painter, rect.adjusted(_DISC + 10, 0, 0, 0), cell, row, weight=QFont.Weight.DemiBold)

    def _menu(self, painter: QPainter, rect: QRect, cell: Cell, row: Row) -> None:
        theme.icon("dots-three", "secondary").paint(painter, rect.left() - 8, rect.center().y() - 9, 18, 18)

    def _link(self, painter: QPainter, rect: QRect, cell: Cell, row: Row) -> None:
        ink = "accent_ink" if cell.tone == "link" else "secondary"
        self._text(painter, rect, cell, row, ink, QFont.Weight.Medium)

    def _chip(self, painter: QPainter, rect: QRect, cell: Cell, row: Row) -> None:
        if cell.text:
            self._pill(painter, rect, current(cell.text), "secondary", "hover")

    def _state(self, painter: QPainter, rect: QRect, cell: Cell, row: Row) -> None:
        self._pill(painter, rect, current(cell.text), *_TONES.get(cell.tone, _TONES[""]))

    def _pill(self, painter: QPainter, rect: QRect, text: str, ink: str, ground: str) -> None:
        font = theme.font(12, QFont.Weight.Medium)
        width = min(QFontMetrics(font).horizontalAdvance(text) + 20, rect.width())
        pill = QRectF(rect.left(), rect.center().y() - 11 + 0.5, width, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(ground))
        painter.drawRoundedRect(pill, 11, 11)
        painter.setFont(font)
        painter.setPen(theme.color(ink))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _text(
        self,
        painter: QPainter,
        rect: QRect,
        cell: Cell,
        row: Row,
        ink: str = "text",
        weight: QFont.Weight = QFont.Weight.Normal,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        font = theme.font(13, weight)
        painter.setFont(font)
        painter.setPen(QColor(theme.color(ink)))
        shown = QFontMetrics(font).elidedText(current(cell.text), Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | align, shown)


class ColumnLayout(QObject):
    """Columns are named by their keys; the first one and the menu at the end always stay."""

    changed = Signal(object)
    """The arrangement now, as JSON values."""

    def __init__(self, table: QTableView, columns: Sequence[Column]) -> None:
        super().__init__(table)
        self._table, self._columns = table, tuple(columns)
        self._recalling = False
        self._hidden: set[int] = set()
        header = table.horizontalHeader()
        header.sortIndicatorChanged.connect(lambda *_: self._tell())
        header.sectionMoved.connect(lambda *_: self._tell())

    def kept(self) -> JsonDict:
        """How the columns stand."""
        header = self._table.horizontalHeader()
        order = sorted(range(len(self._columns)), key=header.visualIndex)
        return {
            "hidden": [one.key for index, one in enumerate(self._columns) if index in self._hidden],
            "order": [self._columns[index].key for index in order],
            "sorted_by": self._columns[header.sortIndicatorSection()].key,
            "descending": header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder,
        }

    def restore_columns(self, kept: JsonObject) -> None:
        """Arrange the columns so; what is not there any more is passed over."""
        self._recalling = True
        index_of = {column.key: index for index, column in enumerate(self._columns)}
        header = self._table.horizontalHeader()
        for place, key in enumerate(key for key in texts_at(kept, "order") if key in index_of):
            header.moveSection(header.visualIndex(index_of[key]), place)
        for key in texts_at(kept, "hidden"):
            if index_of.get(key, 0) and key != self._columns[-1].key:
                self._hidden.add(index_of[key])
        self.fit()
        if (key := text_at(kept, "sorted_by")) in index_of:
            down = Qt.SortOrder.DescendingOrder if kept.get("descending") else Qt.SortOrder.AscendingOrder
            self._table.sortByColumn(index_of[key], down)
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
            action.setChecked(index not in self._hidden)
            action.toggled.connect(partial(self._show_column, index))
        return menu

    def _show_column(self, index: int, on: bool) -> None:
        self._hidden ^= {index} if on == (index in self._hidden) else set()
        self.fit()
        self._tell()

    def fit(self) -> None:
        """Leave out the last columns that have no space beside the first one."""
        header = self._table.horizontalHeader()
        shown = [index for index in range(1, len(self._columns) - 1) if index not in self._hidden]
        shown.sort(key=header.visualIndex)
        space = self._table.width() - _FIRST - self._columns[-1].width
        while shown and sum(map(self._least, shown)) > space:
            shown.pop()
        for index in range(1, len(self._columns) - 1):
            self._table.setColumnHidden(index, index not in shown)

    def _least(self, index: int) -> int:
        column = self._columns[index]
        return _STRETCHED if column.stretch else column.width
