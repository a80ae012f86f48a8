"""Popups with a search field and a filtered list: their base, and the global search (Ctrl+K)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app import theme
from app.translation import tr
from app.widgets.controls import column_of, label
from app.widgets.search_field import SearchField

_SOUGHT = Qt.ItemDataRole.UserRole + 1


class FilterPopup(QFrame):
    """Base of filter popups; subclasses implement ``take``, called after the popup has closed."""

    def __init__(self, words: str, size: QSize, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "float")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedSize(size)
        column = column_of(self, 6, (10, 10, 10, 10))
        self.search = SearchField(words)
        self.search.searched.connect(self._sift)
        self.search.installEventFilter(self)
        self.nothing = label(tr("No results."), "quiet")
        self.nothing.setVisible(False)
        self.list = QListWidget()
        self.list.setIconSize(QSize(18, 18))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(self._choose)
        for made in (self.search, self.nothing):
            column.addWidget(made)
        column.addWidget(self.list, 1)

    def put(self, icon: QIcon, words: str, beside: str = "") -> None:
        """Add a row, found by its words and ``beside``."""
        item = QListWidgetItem(icon, words)
        item.setData(_SOUGHT, f"{words} {beside}".casefold())
        self.list.addItem(item)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)

    def take(self, row: int) -> None:
        """Handle the chosen row."""
        raise NotImplementedError

    def open_near(self, point: QPoint) -> None:
        """Open near a point of the screen, inside the screen."""
        screen = self.screen().availableGeometry()
        left = min(point.x(), screen.right() - self.width())
        top = min(point.y(), screen.bottom() - self.height())
        self.move(max(left, screen.left()), max(top, screen.top()))
        self.show()
        self.search.setFocus()

    def filter_entries(self) -> None:
        """Hide rows that do not match the text."""
        if self.search.text():
            self._sift(self.search.text())

    def _sift(self, words: str) -> None:
        wanted = words.casefold().split()
        first = -1
        for row in range(self.list.count()):
            item = self.list.item(row)
            shown = all(word in item.data(_SOUGHT) for word in wanted)
            item.setHidden(not shown)
            first = row if shown and first < 0 else first
        self.list.setCurrentRow(first)
        self.nothing.setVisible(first < 0)

    def _choose(self, item: QListWidgetItem) -> None:
        row = self.list.row(item)
        self.close()
        self.take(row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list with the arrow keys while typing; choose with Enter."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.list.currentRow() >= 0:
                self._choose(self.list.currentItem())
            return True
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(1 if event.key() == Qt.Key.Key_Down else -1)
            return True
        return False

    def _step(self, by: int) -> None:
        row = self.list.currentRow() + by
        while 0 <= row < self.list.count():
            if not self.list.item(row).isHidden():
                self.list.setCurrentRow(row)
                return
            row += by


WIDTH = 560


@dataclass(frozen=True, slots=True)
class SearchCommand:
    """An entry. ``kind`` is shown at the right; ``key`` is its shortcut."""

    words: str
    kind: str
    icon: str
    run: Callable[[], None]
    key: str = ""


class _Aside(QStyledItemDelegate):
    """Paints an entry with its kind or shortcut at the right."""

    def __init__(self, asides: Sequence[str], parent: QObject) -> None:
        super().__init__(parent)
        self._asides = asides

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        rect: QRect = option.rect
        painter.save()
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("secondary"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(0, 0, -12, 0), right, self._asides[index.row()])
        painter.restore()


class CommandSearch(FilterPopup):
    """The search window; Esc closes it, Enter runs the selected entry."""

    def __init__(self, commands: Sequence[SearchCommand], parent: QWidget) -> None:
        super().__init__(tr("Search or run a command"), QSize(WIDTH, 420), parent)
        self._commands: list[SearchCommand] = []
        self._asides: list[str] = []
        self.list.setItemDelegate(_Aside(self._asides, self.list))
        self.offer(commands)

    def offer(self, commands: Sequence[SearchCommand]) -> None:
        """Add entries that arrive later from the engine."""
        for command in commands:
            self._commands.append(command)
            self._asides.append(command.key or command.kind)
            self.put(theme.icon(command.icon), command.words, command.kind)
        self.filter_entries()

    def open_over(self, window: QWidget) -> None:
        """Open in the upper middle of a window."""
        self.open_near(window.mapToGlobal(QPoint((window.width() - WIDTH) // 2, 64)))

    def take(self, row: int) -> None:
        """Run the chosen entry."""
        self._commands[row].run()
