"""Edges between activities, the line that follows the mouse, and the start dot."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas import painting as looks
from app.canvas.chips import ChipItem
from app.canvas.nodegraph import PipeItem
from app.canvas.painting import CHIP_FONT, CHIP_HEIGHT, COUNT_FONT, LIVE, CanvasLook
from app.canvas.routing import Box, Point, last_level
from app.theme.icons import draw_icon
from engine.model.journey import Edge

CORNER = 8.0
ARROW = 10.0
Z_EDGE, Z_STUB, Z_NODE, Z_LIVE = 1, 2, 3, 9


def rounded(points: Sequence[Point], radius: float = CORNER) -> QPainterPath:
    """Return a path through corners, each rounded as far as its two sides allow."""
    path = QPainterPath(QPointF(*points[0]))
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, _distance(before, corner) / 2, _distance(corner, after) / 2)
        path.lineTo(QPointF(*_towards(corner, before, reach)))
        path.quadTo(QPointF(*corner), QPointF(*_towards(corner, after, reach)))
    path.lineTo(QPointF(*points[-1]))
    return path


def _distance(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(one: Point, other: Point, reach: float) -> Point:
    length = _distance(one, other) or 1.0
    return (one[0] + (other[0] - one[0]) * reach / length, one[1] + (other[1] - one[1]) * reach / length)


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    pairs = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return QColor(*(round(a + (b - a) * share) for a, b in pairs))


class EdgeItem(PipeItem):
    """A drawn edge with its chip: dashed in design, solid where people went."""

    itemChange = QGraphicsItem.itemChange
    """Skip NodeGraphQt's override, which restyles on every change while a line is created."""

    def __init__(self, edge: Edge, look: CanvasLook) -> None:
        super().__init__()
        self.edge = edge
        self.look = look
        self.name = ""
        self.points: list[Point] = []
        self.surroundings: list[Box] = []
        self.hovered = False
        self.offered = False
        self.visited = False
        self.count: int | None = None
        self.counted = False
        self.share = 0.0
        self._chip = QRectF()
        self._chip_text = ""
        self._count_text = ""
        self._area = QPainterPath()
        self._line = QPainterPath()
        self._box = QRectF()
        self.plate = ChipItem(self)
        self._shown_selected = False
        self.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        self.setAcceptHoverEvents(False)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(Z_EDGE)
        for child in self.childItems():
            child.setParentItem(None)  # type: ignore[arg-type]

    def delete(self) -> None:
        """Remove the edge and its chip."""
        if self.plate.scene() is not None:
            self.plate.scene().removeItem(self.plate)
        super().delete()

    def reset(self) -> None:
        """Skip NodeGraphQt's styling."""

    def highlight(self) -> None:
        """Skip NodeGraphQt's styling."""

    def show_selection(self) -> None:
        """Update the chip's border for the selection."""
        if self._shown_selected != self.isSelected():
            self._shown_selected = self.isSelected()
            self.plate.update()

    def draw_path(self, start_port: object, end_port: object = None, cursor_pos: object = None) -> None:
        """Do nothing: the projection routes lines."""

    def lay(self, points: list[Point], name: str) -> None:
        """Set the corners of the line and the name on its chip ('' for no chip)."""
        self.prepareGeometryChange()
        self.points, self.name = points, name
        self._line = rounded(points)
        self.setPath(self._line)
        self._area = QPainterPath()
        self._place_chip()

    def shift(self, x: float, y: float) -> None:
        """Move the line by an offset when both ends and all obstacles moved alike."""
        self.prepareGeometryChange()
        self.points = [(px + x, py + y) for px, py in self.points]
        self._line.translate(x, y)
        self.setPath(self._line)
        self._area = QPainterPath()
        if not self._chip.isEmpty():
            self._chip.translate(x, y)
        self._box.translate(x, y)
        self.plate.place()

    @property
    def chip(self) -> QRectF:
        """Return the chip's rectangle in the scene, empty without a chip."""
        return self._chip

    @property
    def words(self) -> tuple[str, str]:
        """Return the chip's text: the path's name and its count."""
        return self._chip_text, self._count_text

    @property
    def middle(self) -> QPointF:
        """Return the position of the insert handle: left of the chip or in the middle of the last horizontal part."""
        left, right, y = last_level(self.points)
        if not self._chip.isEmpty():
            return QPointF(self._chip.right() + 2, y)
        return QPointF((left + right) / 2, y)

    @property
    def shortened(self) -> bool:
        """Return whether the chip's name was cut off."""
        return bool(self.name) and self._chip_text != self.name

    def _place_chip(self) -> None:
        """Place name and count in one line; if there is no room, cut the name, never the count."""
        self.prepareGeometryChange()
        self._chip_text, self._chip = "", QRectF()
        self._count_text = looks.grouped(self.count) if self.count is not None and self.counted else ""
        if self.points and (self.name or self._count_text):
            left, right, y = last_level(self.points)
            if len(self.points) == 2 and self.name:
                left += 14
            room = right - left - 4
            name = looks.text_width(self.name, CHIP_FONT)
            count = looks.text_width(self._count_text, COUNT_FONT)
            between = 8 if name and count else 0
            left_over = max(36.0, room - 20 - between - count)
            self._chip_text = looks.elided(self.name, CHIP_FONT, left_over) if self.name else ""
            width = min(name, looks.text_width(self._chip_text, CHIP_FONT)) + between + count + 20
            middle = (left + right - (ARROW + 4 if width + 30 < room else 0)) / 2
            self._chip = QRectF(round(middle - width / 2), y - CHIP_HEIGHT / 2, width, CHIP_HEIGHT)
        box = self._line.boundingRect().adjusted(-10, -10, 10, 10)
        self._box = box if self._chip.isEmpty() else box.united(self._chip.adjusted(-6, -6, 12, 8))
        self.update()
        self.plate.place()

    def set_state(self, **state: object) -> None:
        """Set ``hovered``, ``offered``, ``visited``, ``count``, ``counted`` or ``share``."""
        changed = [name for name, value in state.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, state[name])
        if {"count", "counted"} & set(changed):
            self._place_chip()
        if changed:
            above = self.visited or self.hovered or self.offered
            self.setZValue(Z_EDGE + (0.5 if above else 0.4 * self.share))
            self.update()
            self.plate.update()

    def boundingRect(self) -> QRectF:
        """Return the rectangle of line, arrowhead and chip."""
        return self._box

    def shape(self) -> QPainterPath:
        """Return the area near the line and the chip."""
        if self._area.isEmpty() and self.points:
            stroker = QPainterPathStroker()
            stroker.setWidth(14)
            self._area = stroker.createStroke(self._line)
        area = QPainterPath(self._area)
        area.addRect(self._chip)
        return area

    def line_color(self) -> QColor:
        """Return the colour of the line for its state."""
        theme = self.look.theme
        if self.isSelected() or self.offered or self.hovered:
            return theme.color("accent")
        if self.visited:
            return theme.color("success")
        own = looks.PATH_ROLES.get(self.edge.path)
        if self.look.mode == LIVE and self.count is not None:
            return _mixed(theme.color("edge_live"), theme.color(own or "accent"), self.share)
        return theme.color(own or "edge")

    def pen_of_state(self, color: QColor) -> QPen:
        """Return the pen: dashes by kind of path in design, solid where visited or live, wider with the share."""
        flat = Qt.PenCapStyle.FlatCap
        if self.visited:
            return QPen(color, 2.5, Qt.PenStyle.SolidLine, flat)
        if self.look.mode == LIVE and self.count is not None:
            return QPen(color, 1.5 + 4.5 * self.share, Qt.PenStyle.SolidLine, flat)
        width = 2.0 if self.offered or self.isSelected() else 1.5
        pen = QPen(color, width, Qt.PenStyle.SolidLine, flat)
        if not self.isSelected():
            pen.setDashPattern(looks.dashes(self.edge.path, width))
        return pen

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint line, arrowhead and chip."""
        if not self.points:
            return
        scale = painter.worldTransform().m11()
        color = self.line_color()
        if scale < looks.FAR:
            self._paint_from_far(painter, color, scale)
            return
        pen = self.pen_of_state(color)
        painter.strokePath(self._line, pen)
        self._paint_arrow(painter, color, pen.widthF())

    def _paint_from_far(self, painter: QPainter, color: QColor, scale: float) -> None:
        """Paint only the line, at a visible width."""
        strong = self.visited or self.isSelected() or (self.look.mode == LIVE and self.share > 0.2)
        painter.strokePath(self._line, QPen(color, (1.6 if strong else 0.9) / scale))

    def _paint_arrow(self, painter: QPainter, color: QColor, width: float) -> None:
        x, y = self.points[-1]
        half = 4.5 + max(0.0, width - 2) * 0.5
        tip, back = QPointF(x + 2, y), x + 2 - ARROW
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([tip, QPointF(back, y - half), QPointF(back, y + half)]))


class LiveEdge(QGraphicsItem):
    """The line that follows the mouse while an edge is drawn."""

    def __init__(self, look: CanvasLook) -> None:
        super().__init__()
        self.look = look
        self._line = QPainterPath()
        self._tip = QPointF()
        self.refused = False
        self.setZValue(Z_LIVE)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    def follow(self, start: QPointF, tip: QPointF, refused: bool) -> None:
        """Draw from the path's beginning to the mouse."""
        self.prepareGeometryChange()
        self.refused = refused
        self._tip = tip
        middle = max(start.x() + 14, (start.x() + tip.x()) / 2)
        points = [(start.x(), start.y()), (middle, start.y()), (middle, tip.y()), (tip.x(), tip.y())]
        self._line = rounded(points)
        self.show()

    def boundingRect(self) -> QRectF:
        """Return the rectangle of the line and its end."""
        return self._line.boundingRect().adjusted(-14, -14, 14, 14)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint a dashed accent line with a dot, or red with a cross over a target that refuses it."""
        color = self.look.theme.color("error" if self.refused else "accent")
        pen = QPen(color, 2)
        pen.setDashPattern([2, 2])
        painter.strokePath(self._line, pen)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(self._tip, 6, 6)
        if self.refused:
            draw_icon(painter, "x-bold", self._tip, 8, self.look.theme.color("on_badge"))


class StartDot(QGraphicsItem):
    """The dot before the entry with a short arrow."""

    def __init__(self, look: CanvasLook) -> None:
        super().__init__()
        self.look = look
        self.setZValue(Z_EDGE)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:
        """Return the rectangle left of the entry, whose centre is the origin."""
        return QRectF(-84, -12, 56, 24)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint ring, dot, dashed line and arrowhead."""
        color = self.look.theme.color("edge")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 1.5))
        painter.drawEllipse(QPointF(-72, 0), 5, 5)
        pen = QPen(color, 1.5)
        pen.setDashPattern([4 / 1.5, 4 / 1.5])
        painter.setPen(pen)
        painter.drawLine(QPointF(-66, 0), QPointF(-44, 0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(-72, 0), 2, 2)
        painter.drawPolygon(QPolygonF([QPointF(-34, 0), QPointF(-44, -4.5), QPointF(-44, 4.5)]))
