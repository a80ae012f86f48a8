"""Edit a text in its place on the canvas: a name, a note, the label of a group."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from app.canvas.viewer import JourneyViewer
from app.theme.fonts import font

_LEAST_WIDTH, _LEAST_HEIGHT = 140, 30
"""Size in view pixels below which the field does not shrink with the drawing."""
_LEAST_TEXT = 11
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class InPlaceEditor(QPlainTextEdit):
    """A field that stays at its place in the scene. Enter, or leaving it, keeps the text; Esc discards it.

    In a note Shift+Enter begins a line; other texts are one line.
    """

    def __init__(self, parent: QWidget, viewer: JourneyViewer) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._keep: Callable[[str], object] | None = None
        self._box: Callable[[], QRectF] = QRectF
        self._lines = False
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        viewer.panned.connect(self.place)
        self.hide()

    def edit(self, text: str, box: Callable[[], QRectF], keep: Callable[[str], object], lines: bool = False) -> None:
        """Open over a box of the scene, asked for again whenever the drawing moves; empty once the item is gone."""
        self.finish()
        self._keep, self._box, self._lines = keep, box, lines
        wrap = QPlainTextEdit.LineWrapMode.WidgetWidth if lines else QPlainTextEdit.LineWrapMode.NoWrap
        self.setLineWrapMode(wrap)
        self.setPlainText(text)
        self.place()
        self.show()
        self.raise_()
        self.setFocus()
        self.selectAll()

    def place(self) -> None:
        """Move to the item, with its size; close when it is gone."""
        if self._keep is None:
            return
        box = self._box()
        if box.isEmpty():
            self._close()
            return
        scale = self._viewer.scale_now
        self.setFont(font(max(_LEAST_TEXT, round(13 * scale)), 400))
        seen = self._viewer.mapFromScene(box).boundingRect()
        width, height = max(seen.width(), _LEAST_WIDTH), max(seen.height(), _LEAST_HEIGHT)
        center = seen.center()
        self.setGeometry(center.x() - width // 2, center.y() - height // 2, width, height)

    def finish(self) -> None:
        """Keep the text and close; nothing happens when it is closed."""
        keep = self._keep
        if keep is not None:
            text = self.toPlainText()
            self._close()
            keep(text if self._lines else " ".join(text.split()))

    def _close(self) -> None:
        self._keep = None
        self.hide()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste text only; in one line, whatever lines and tabs it had."""
        text = source.text()
        self.insertPlainText(text if self._lines else " ".join(text.split()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep on Enter, discard on Esc; both give the keyboard back to the canvas."""
        shifted = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() == Qt.Key.Key_Escape:
            self._close()
            self._viewer.setFocus()
        elif event.key() in _ENTER and not (self._lines and shifted):
            self._viewer.setFocus()
            self.finish()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keep the text when the keyboard goes elsewhere, but not to the field's own menu."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.finish()
