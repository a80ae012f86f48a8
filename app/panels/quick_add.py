"""What may come next, to choose from with a few keys: opened on the canvas by Tab or by dragging a path's end."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.document.naming import icon
from app.document.templates import Template
from app.forms.controls import search_field
from app.forms.look import Look
from app.translation import tr

WIDTH, HEIGHT = 260, 340


class QuickAdd(QFrame):
    """A small window with a search line and only what is allowed."""

    chosen = Signal(object)
    """The template that was chosen."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._look = look
        self.setProperty("role", "float")
        self.setFixedSize(WIDTH, HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        self.search = search_field(look, tr("What comes next?"))
        self.search.textChanged.connect(self._sift)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setIconSize(QSize(18, 18))
        self.list.itemActivated.connect(self._choose)
        self.list.itemClicked.connect(self._choose)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)

    def offer(self, templates: Sequence[Template]) -> None:
        """Offer these."""
        self.list.clear()
        for template in templates:
            item = QListWidgetItem(self._look.icon(icon(template.kind), template.category), template.name)
            item.setData(Qt.ItemDataRole.UserRole, template)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def open_at(self, point: QPoint) -> None:
        """Open with its upper left near a point of the screen, inside the screen."""
        screen = self.screen().availableGeometry()
        left = min(point.x(), screen.right() - WIDTH)
        top = min(point.y(), screen.bottom() - HEIGHT)
        self.move(max(left, screen.left()), max(top, screen.top()))
        self.show()
        self.search.setFocus()

    def _sift(self, words: str) -> None:
        wanted = words.casefold().split()
        first = -1
        for row in range(self.list.count()):
            shown = all(word in self.list.item(row).text().casefold() for word in wanted)
            self.list.item(row).setHidden(not shown)
            first = row if shown and first < 0 else first
        self.list.setCurrentRow(first)

    def _choose(self, item: QListWidgetItem) -> None:
        template = item.data(Qt.ItemDataRole.UserRole)
        self.close()
        self.chosen.emit(template)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys move in the list while one types; Enter chooses."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            item = self.list.currentItem()
            if self.list.currentRow() >= 0 and not item.isHidden():
                self._choose(item)
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
