"""A panel's table: sorted by header, reordered by dragging, a bar behind each value."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from app import theme
from app.reports.chart_painter import LEFT, RIGHT, ChartPainter
from app.reports.labels import panel_title
from app.reports.table_rows import TableLine, cells, head, largest, lines
from engine.model.report import Panel
from engine.services.report_views import PanelFigures

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ROW_HEIGHT = 30
_VALUE = 76


class FiguresModel(QAbstractTableModel):
    """The lines of one panel."""

    def __init__(self) -> None:
        super().__init__()
        self.panel = Panel(id="none")
        self.lines: tuple[TableLine, ...] = ()
        self.largest: tuple[float, ...] = ()

    def show(self, panel: Panel, figures: PanelFigures) -> None:
        """Show these lines; unchanged ones keep their selection."""
        shown = lines(panel, figures)
        if (panel, shown) == (self.panel, self.lines):
            return
        self.beginResetModel()
        self.panel, self.lines = panel, shown
        self.largest = largest(panel, self.lines)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.panel.metrics) + 1

    def words(self, row: int, column: int) -> str:
        """Return the text of a cell."""
        line = self.lines[row]
        return line.name if column == 0 else cells(self.panel, line)[column - 1]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        words = self.words(index.row(), index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.lines[index.row()].name}, {head(self.panel)[index.column()]}: {words}"
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return RIGHT
        return words if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if section else LEFT
        if role == Qt.ItemDataRole.DecorationRole and section == sorted_column(self.panel):
            return theme.icon("arrow-up" if self.panel.ascending else "arrow-down", "accent")
        return head(self.panel)[section] if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) else None


def sorted_column(panel: Panel) -> int:
    """Return the column the panel is sorted by, -1 by default."""
    if panel.sort == "name":
        return 0
    return panel.metrics.index(panel.sort) + 1 if panel.sort in panel.metrics else -1


class _Cell(QStyledItemDelegate):
    """Paints a value with its bar; parts are indented, the total is bold."""

    def __init__(self, table: FiguresTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, column = self._table.figures, index.column()
        line = model.lines[index.row()]
        box = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cell = ChartPainter(painter, theme.current_scheme())
        state: QStyle.StateFlag = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color("accent_tint"))
        draw_cell(cell, box, line, column, model.words(index.row(), column), share_of(model.largest, line, column))
        painter.restore()


def share_of(most: tuple[float, ...], line: TableLine, column: int) -> float:
    """Return the length of a cell's bar from 0 to 1."""
    if column == 0 or line.kind not in ("row", "part") or not most[column - 1]:
        return 0.0
    return min((line.values[column - 1] or 0) / most[column - 1], 1.0)


def draw_cell(painter: ChartPainter, box: QRectF, line: TableLine, column: int, words: str, share: float) -> None:
    """Draw one cell with its hairline, on screen and on paper."""
    if share:
        bar = QRectF(
            box.right() - (box.width() - 8) * share, box.top() + 4, (box.width() - 8) * share, box.height() - 8
        )
        painter.fill(bar, "accent_tint", 4)
    painter.line(box.bottomLeft(), box.bottomRight())
    strong = line.kind == "total"
    role = "secondary" if line.kind in ("part", "rest") else "text"
    room = box.adjusted(28 if line.kind == "part" else 8, 0, -8, 0) if column == 0 else box.adjusted(4, 0, -8, 0)
    weight = QFont.Weight.DemiBold if strong else QFont.Weight.Normal
    painter.text(room, words, LEFT if column == 0 else RIGHT, role, 13 if line.kind != "part" else 12, weight)


class FiguresTable(QTableView):
    """The table of one panel. Ctrl+C copies the selection for spreadsheets."""

    sort_asked = Signal(str)
    """The metric of a clicked header, or ``name``."""
    metrics_ordered = Signal(object)
    """The metrics in the order of their columns."""

    def __init__(self) -> None:
        super().__init__()
        self.figures = FiguresModel()
        self.setModel(self.figures)
        self.setItemDelegate(_Cell(self))
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setSectionsClickable(True)
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(False)
        header.setFixedHeight(34)
        header.setMinimumSectionSize(_VALUE)
        header.sectionClicked.connect(self._ask_sort)
        header.sectionMoved.connect(self._moved)

    def show_figures(self, panel: Panel, figures: PanelFigures) -> None:
        """Show these figures."""
        header = self.horizontalHeader()
        header.blockSignals(True)
        for place in range(header.count()):
            header.moveSection(header.visualIndex(place), place)
        header.blockSignals(False)
        self.figures.show(panel, figures)
        self.setAccessibleName(panel_title(panel))
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._fit()

    def _fit(self) -> None:
        """Fit columns to headers and values, names to the remaining width."""
        model, width, metrics = self.figures, self.viewport().width(), self.fontMetrics()
        heads = [max(metrics.horizontalAdvance(words) + 24, _VALUE) for words in head(model.panel)[1:]]
        indents = {"part": 20}
        names = (metrics.horizontalAdvance(line.name) + indents.get(line.kind, 0) for line in model.lines)
        first = max(min(max(names, default=0) + 28, width - sum(heads)), int(width * 0.24), _VALUE)
        more = max(width - first - sum(heads), 0) // max(len(heads), 1)
        for column, wide in enumerate([first, *(wide + more for wide in heads)]):
            self.setColumnWidth(column, wide)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _ask_sort(self, column: int) -> None:
        self.sort_asked.emit("name" if column == 0 else self.figures.panel.metrics[column - 1])

    def _moved(self, *_: int) -> None:
        header, metrics = self.horizontalHeader(), self.figures.panel.metrics
        order = sorted(range(1, header.count()), key=header.visualIndex)
        self.metrics_ordered.emit(tuple(metrics[column - 1] for column in order))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy on Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self._copied())
            return
        super().keyPressEvent(event)

    def _copied(self) -> str:
        found: dict[int, list[str]] = {}
        for index in sorted(self.selectedIndexes(), key=lambda one: (one.row(), one.column())):
            found.setdefault(index.row(), []).append(self.figures.words(index.row(), index.column()))
        return "\n".join("\t".join(words) for words in found.values())
