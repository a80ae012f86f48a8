"""Open ends of paths: drag from, drop onto, or click to add what comes next."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas import painting as looks
from app.canvas.edges import Z_STUB, rounded
from app.canvas.nodes import ActivityItem
from app.canvas.painting import CHIP_FONT, CHIP_HEIGHT, CanvasLook
from app.canvas.routing import Point
from app.theme.icons import draw_icon

HANDLE = 9.0
_END = 3.0
"""Radius of the ring at an end where nothing can be added."""


class StubItem(QGraphicsItem):
    """An unconnected path's end: a short line with the path's name and a ring."""

    def __init__(self, node: ActivityItem, path: str, look: CanvasLook) -> None:
        super().__init__()
        self.node, self.path, self.look = node, path, look
        self.name = ""
        self.points: list[Point] = []
        self.hovered = False
        self.offered = False
        self._line = QPainterPath()
        self._chip = QRectF()
        self._chip_text = ""
        self._box = QRectF()
        self.setZValue(Z_STUB)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def lay(self, name: str, row: int, clear: float) -> None:
        """Place it beside its activity, in a lower row if the first is taken, ``clear`` of its texts."""
        self.prepareGeometryChange()
        x, y = self.node.pos().x() + looks.REACH, self.node.pos().y()
        self.name = name
        self._chip_text = looks.elided(name, CHIP_FONT, 120) if name else ""
        width = looks.text_width(self._chip_text, CHIP_FONT) + 20 if name else 0.0
        level = y + row * 40.0
        turn = max(x + 14, self.node.pos().x() + clear + 8) if row else x
        chip_left = turn + (8 if row else 14)
        end = (chip_left + (width + (6 if row else 14) if name else 8), level)
        self.points = [(x, y), end] if row == 0 else [(x, y), (turn, y), (turn, level), end]
        self._line = rounded(self.points)
        self._chip = QRectF(chip_left, level - CHIP_HEIGHT / 2, width, CHIP_HEIGHT) if name else QRectF()
        ring = QRectF(self.handle.x() - 14, self.handle.y() - 14, 28, 28)
        self._box = self._line.boundingRect().adjusted(-4, -4, 4, 4).united(ring)
        self._box = self._box.united(self._chip.adjusted(-4, -4, 4, 6)) if name else self._box
        self.update()

    def lift(self) -> None:
        """Take up no space until it is placed."""
        self.prepareGeometryChange()
        self.points = []
        self._box = QRectF()

    @property
    def area(self) -> QRectF:
        """Return the box of name and ring, which must stay free."""
        ring = QRectF(self.handle.x() - 12, self.handle.y() - 12, 24, 24)
        return ring.united(self._chip) if not self._chip.isEmpty() else ring

    @property
    def handle(self) -> QPointF:
        """Return the ring's centre in the scene."""
        x, y = self.points[-1]
        return QPointF(x + HANDLE, y)

    def set_state(self, **state: bool) -> None:
        """Set ``hovered`` or ``offered``."""
        for name, value in state.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
                self.update()

    def boundingRect(self) -> QRectF:
        """Return the rectangle of line, chip and ring."""
        return self._box

    def shape(self) -> QPainterPath:
        """Return the ring with a margin and the chip."""
        area = QPainterPath()
        area.addEllipse(self.handle, 14, 14)
        if not self._chip.isEmpty():
            area.addRect(self._chip)
        return area

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint a dashed line, the name and a plus in a ring."""
        scale = painter.worldTransform().m11()
        if not self.points or scale < looks.FAR:
            return
        detail = scale >= looks.DETAIL
        theme = self.look.theme
        active = self.hovered or self.offered
        pen = QPen(theme.color("accent" if active else looks.PATH_ROLES.get(self.path, "edge")), 1.5)
        pen.setDashPattern(looks.dashes(self.path, 1.5))
        painter.strokePath(self._line, pen)
        if detail and self._chip_text:
            looks.draw_pill(painter, self._chip, theme.color("chip"), theme.color("chip_border"), 7)
            looks.draw_text(painter, self.look, self._chip, self._chip_text, CHIP_FONT, theme.color("text"))
        if self.look.editable and detail:
            self._paint_handle(painter, active)
        elif not self.look.editable:
            painter.setPen(QPen(pen.color(), 1.5))
            painter.setBrush(theme.color("canvas"))
            painter.drawEllipse(QPointF(*self.points[-1]) + QPointF(_END, 0), _END, _END)

    def _paint_handle(self, painter: QPainter, active: bool) -> None:
        theme = self.look.theme
        radius = HANDLE + (2 if active else 0)
        painter.setPen(QPen(theme.color("accent" if active else "edge"), 1.5))
        painter.setBrush(theme.color("accent" if active else "canvas"))
        painter.drawEllipse(self.handle, radius, radius)
        draw_icon(painter, "plus-bold", self.handle, 10, theme.color("on_accent" if active else "secondary"))
