"""A bar of a hundred per cent, cut into shares; the borders between them can be dragged."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.translation import tr
from app.widgets.shares import divided
from app.widgets.texts import show_text

TONES = ("orchestration", "action", "event", "secondary")
_REACH = 8
"""How near to a border, in pixels, it is taken hold of."""


class ShareBar(QWidget):
    """See the module. The numbers beside it say the same, and can be typed."""

    changed = Signal(object)
    """A border was dragged: the shares."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shares: tuple[float, ...] = ()
        self._held: int | None = None
        self.setFixedHeight(28)
        self.setMouseTracking(True)

    def show_shares(self, shares: Sequence[float]) -> None:
        """Show these shares, in per cent."""
        self.shares = tuple(shares)
        said = ", ".join(f"{share:g} %" for share in shares)
        show_text(self.setAccessibleName, tr("The people are split: {shares}", shares=said))
        self.update()

    def _borders(self) -> list[float]:
        total = max(sum(self.shares), 100.0)
        edges, seen = [], 0.0
        for share in self.shares[:-1]:
            seen += share
            edges.append(seen / total * self.width())
        return edges

    def _near(self, x: float) -> int | None:
        near = [(abs(edge - x), place) for place, edge in enumerate(self._borders()) if abs(edge - x) <= _REACH]
        return min(near)[1] if near else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self._held = self._near(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._held is None:
            over = self.isEnabled() and self._near(x) is not None
            self.setCursor(Qt.CursorShape.SplitHCursor if over else Qt.CursorShape.ArrowCursor)
            return
        moved = divided(self.shares, self._held, round(x / max(self.width(), 1) * 100))
        if moved != self.shares:
            self.show_shares(moved)
            self.changed.emit(moved)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 8, 8)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), theme.color("hover"))
        painter.setFont(theme.font(12))
        left = 0.0
        for place, (share, right) in enumerate(zip(self.shares, [*self._borders(), self._end()], strict=True)):
            tone = TONES[place % len(TONES)]
            part = QRectF(left, 0, right - left, self.height())
            ground = "pressed" if tone == "secondary" else f"{tone}_tint"
            painter.fillRect(part, theme.color(ground))
            painter.setPen(theme.color("text"))
            if part.width() > 36:
                painter.drawText(part, Qt.AlignmentFlag.AlignCenter, f"{share:g} %")
            if place:
                painter.fillRect(QRectF(left - 1, 0, 2, self.height()), theme.color("panel"))
            left = right

    def _end(self) -> float:
        return min(sum(self.shares), 100.0) / 100.0 * self.width()
