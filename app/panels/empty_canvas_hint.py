"""A hint on the empty canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.translation import tr
from app.widgets.controls import label, wrapped
from app.widgets.icons import Icon

WIDTH = 480


class EmptyCanvasHint(QWidget):
    """Shown in the middle of the canvas; ignores the mouse."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        picture = Icon("broadcast", "accent", 40)
        words = tr("Drag one onto the canvas, double-click it in the list, or press Tab to choose.")
        for made in (picture, label(tr("Start with an event or a segment"), "title"), wrapped(words, "quiet")):
            made.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(made)
        self.setFixedWidth(WIDTH)
        canvas.installEventFilter(self)
        self.setVisible(False)

    def show_if(self, empty: bool) -> None:
        """Show the hint while the journey is empty."""
        self.setVisible(empty)
        self._place()

    def _place(self) -> None:
        room = self._canvas.rect()
        self.adjustSize()
        self.move((room.width() - self.width()) // 2, (room.height() - self.height()) // 2 - 24)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the hint centred."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False
