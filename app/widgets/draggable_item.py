"""One line of a palette: its icon and name, to drag away, to double-click, or to choose with Enter."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication

from app import theme
from app.widgets.texts import show_text


class DraggableItem(QAbstractButton):
    """Who inherits paints the icon and says what a drag carries; ``meant`` is what its signals tell of."""

    wanted = Signal(object)
    """Double-clicked, or chosen with Enter or the space bar."""
    dragged = Signal(object)
    """Dropped somewhere that took it."""

    def __init__(self, meant: object, words: str, size: QSize, indent: int) -> None:
        super().__init__()
        self._meant, self._size, self._indent = meant, size, indent
        self._reason = ""
        self._pressed_at: QPoint | None = None
        show_text(self.setText, words)
        show_text(self.setAccessibleName, words)
        self.setFixedHeight(size.height())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paint_icon(self, painter: QPainter) -> None:
        """Paint the icon at the left."""
        raise NotImplementedError

    def mime(self) -> QMimeData:
        """Return the drag data."""
        raise NotImplementedError

    def ghost_size(self) -> QSize:
        """How much of it, from the left, follows the pointer of a drag."""
        return self.size()

    @property
    def secondary_text(self) -> str:
        """A word at the right end."""
        return ""

    @property
    def reason(self) -> str:
        """Why this cannot be used now; empty when it can."""
        return self._reason

    @property
    def usable(self) -> bool:
        """Whether it can be dragged and chosen at all; where not, who is asked may still say why."""
        return True

    def allow(self, reason: str, told: str = "") -> None:
        """Say that it can be used (''), or why not; ``told`` is what is said of it otherwise."""
        self._reason = reason
        show_text(self.setToolTip, reason or told)
        show_text(self.setAccessibleDescription, reason or told)
        self.update()

    def sizeHint(self) -> QSize:
        return self._size

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(theme.color("accent") if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setOpacity(0.4 if self._reason else 1)
        self.paint_icon(painter)
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font(13))
        room = self.rect().adjusted(self._indent, 0, -60 if self.secondary_text else -8, 0)
        words = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        if self.secondary_text:
            painter.setPen(theme.color("secondary"))
            painter.setFont(theme.font(12))
            end = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(self.rect().adjusted(0, 0, -10, 0), end, self.secondary_text)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.usable:
            self._pressed_at = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        if (event.position().toPoint() - self._pressed_at).manhattanLength() >= QApplication.startDragDistance():
            self._pressed_at = None
            self._drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        self.choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.choose()
            return
        super().keyPressEvent(event)

    def choose(self) -> None:
        """Emit ``wanted`` if the item can be used."""
        if self.usable:
            self.wanted.emit(self._meant)

    def _drag(self) -> None:
        drag = QDrag(self)
        drag.setMimeData(self.mime())
        size = self.ghost_size()
        ghost = QPixmap(size * self.devicePixelRatioF())
        ghost.setDevicePixelRatio(self.devicePixelRatioF())
        ghost.fill(Qt.GlobalColor.transparent)
        if size == self.size():
            self.render(ghost)
        else:
            painter = QPainter(ghost)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.paint_icon(painter)
            painter.end()
        drag.setPixmap(ghost)
        drag.setHotSpot(QPoint(22, size.height() // 2))
        if drag.exec(Qt.DropAction.CopyAction) == Qt.DropAction.CopyAction:
            self.dragged.emit(self._meant)
