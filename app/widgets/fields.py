"""Fields to type into: the search field with its icon and a shortcut written at its end."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.theme import current_scheme
from app.theme.icons import draw_icon
from app.widgets.texts import show_text


class SearchField(QLineEdit):
    """A field to search with: Esc clears it; ``hint`` is a shortcut shown at its end while it is empty."""

    def __init__(self, placeholder: str = "", hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hint = hint
        self.set_placeholder(placeholder)
        self.setTextMargins(22, 0, 0, 0)
        self.setClearButtonEnabled(not hint)

    def set_placeholder(self, placeholder: str) -> None:
        """Set the placeholder and the accessible name."""
        show_text(self.setPlaceholderText, placeholder)
        show_text(self.setAccessibleName, placeholder)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field, its icon and the hint."""
        super().paintEvent(event)
        theme = current_scheme()
        painter = QPainter(self)
        draw_icon(painter, "magnifying-glass", QPointF(20, self.height() / 2), 16, theme.color("secondary"))
        if self.hint and not self.text():
            self._draw_hint(painter)
        painter.end()

    def _draw_hint(self, painter: QPainter) -> None:
        theme = current_scheme()
        font = self.font()
        font.setPixelSize(11)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(self.hint) + 12
        box = self.rect().adjusted(self.width() - width - 8, 7, -8, -7)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("hairline"))
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(theme.color("secondary"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.hint)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc clears first, and is passed on only when there is nothing to clear."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Icon and hint follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
