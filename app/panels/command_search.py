"""Ctrl+K: one line that finds commands, journeys and definitions, and does or opens what is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.forms.controls import search_field, text
from app.forms.look import Look
from app.translation import tr

WIDTH = 560


@dataclass(frozen=True, slots=True)
class Command:
    """Something to find. ``kind`` is told at the right; ``key`` is the shortcut that does the same."""

    words: str
    kind: str
    icon: str
    run: Callable[[], None]
    key: str = ""


class _Aside(QStyledItemDelegate):
    """Paints an entry, and at its right what kind it is or which key does the same."""

    def __init__(self, look: Look, asides: Sequence[str], parent: QObject) -> None:
        super().__init__(parent)
        self._look, self._asides = look, asides

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        rect: QRect = option.rect
        painter.save()
        painter.setFont(self._look.font(12))
        painter.setPen(self._look.color("secondary"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(0, 0, -12, 0), right, self._asides[index.row()])
        painter.restore()


class CommandSearch(QFrame):
    """A window over the window; Esc closes it, Enter does what is marked."""

    def __init__(self, look: Look, commands: Sequence[Command], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "float")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedSize(WIDTH, 420)
        self._commands = list(commands)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(6)
        self.search = search_field(look, tr("Search or run a command"))
        self.search.textChanged.connect(self._sift)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setIconSize(QSize(18, 18))
        self.list.itemClicked.connect(self._run)
        self._nothing = text(tr("Nothing is called that."), "quiet")
        self._nothing.setVisible(False)
        for made in (self.search, self._nothing):
            column.addWidget(made)
        column.addWidget(self.list, 1)
        for command in self._commands:
            self.list.addItem(QListWidgetItem(look.icon(command.icon), command.words))
        asides = [command.key or command.kind for command in self._commands]
        self.list.setItemDelegate(_Aside(look, asides, self.list))
        self.list.setCurrentRow(0)

    def open_over(self, window: QWidget) -> None:
        """Open in the upper middle of a window."""
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - WIDTH) // 2, corner.y() + 64)
        self.show()
        self.search.setFocus()

    def _sift(self, words: str) -> None:
        wanted = words.casefold().split()
        first = -1
        for row, command in enumerate(self._commands):
            said = f"{command.words} {command.kind}".casefold()
            shown = all(word in said for word in wanted)
            self.list.item(row).setHidden(not shown)
            first = row if shown and first < 0 else first
        self.list.setCurrentRow(first)
        self._nothing.setVisible(first < 0)

    def _run(self, item: QListWidgetItem) -> None:
        command = self._commands[self.list.row(item)]
        self.close()
        command.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys move in the list while one types; Enter chooses."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.list.currentRow() >= 0:
                self._run(self.list.currentItem())
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
