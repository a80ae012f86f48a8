"""The global search (Ctrl+K): commands, journeys and definitions in one list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app import theme
from app.panels.filter_popup import FilterPopup
from app.translation import tr

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
