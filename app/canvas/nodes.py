"""An activity on the canvas: disc or diamond with icon, two text lines, badges and ports."""

from __future__ import annotations

from math import ceil
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QRadialGradient
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.activity_views import category, subtitle, title, type_icon
from app.canvas import painting as looks
from app.canvas.nodegraph import IN, OUT, AbstractNodeItem, PipeItem, PortItem
from app.canvas.painting import DIAMOND, LABEL_FONT, RADIUS, REACH, RING, TEXT_WIDTH, TITLE_FONT, CanvasLook
from app.theme.icons import draw_icon
from engine.model.activity import Activity

PLAIN, ACCEPTING, REFUSING = "", "accepting", "refusing"
_SHADOW_REACH = 40.0
_BOX = QRectF(-92, -48, 184, 48 + 82)
_PARTS = 64
"""Widths are multiples of 1/n pixel, so that texts measure the same at every position."""
PLUS = QPointF(24, 22)
"""Position of the plus for a parallel path, relative to the activity's centre."""


class PathPort(PortItem):
    """A port where a line begins (``name`` is the path) or ends. It draws nothing and ignores the mouse."""

    itemChange = QGraphicsItem.itemChange
    """Skip NodeGraphQt's override, which redraws pipes on every change."""
    multi_connection = True

    def __init__(self, node: ActivityItem, name: str, port_type: str) -> None:
        super().__init__(node)
        self.name = name
        self.port_type = port_type
        self.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        self.setAcceptHoverEvents(False)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemSendsScenePositionChanges, False)
        self.setPos(REACH if port_type == OUT else -REACH, 0)

    def boundingRect(self) -> QRectF:
        """Return an empty rectangle."""
        return QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw nothing: lines and handles are items of their own."""

    def redraw_connected_pipes(self) -> None:
        """Do nothing: the projection routes all lines."""


class ActivityItem(AbstractNodeItem):
    """One activity; its origin is the centre of the disc."""

    def __init__(self, activity: Activity, look: CanvasLook) -> None:
        super().__init__(activity.id)
        self.id = activity.id
        self.look = look
        self.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsMovable, False)
        self.entry = PathPort(self, "", IN)
        self.ways: dict[str, PathPort] = {}
        self.hovered = False
        self.focused = False
        self.offered = PLAIN
        self.problem = ""
        self.problem_text = ""
        self.mark = ""
        self.errors = 0
        self.count: int | None = None
        self.plus: str | None = None
        self.title = self.subtitle = ""
        self.show_activity(activity)

    def show_activity(self, activity: Activity) -> None:
        """Show an activity's settings and position."""
        self.activity = activity
        self._kind = activity.type
        self._category = category(activity.type)
        self._icon = type_icon(activity.type)
        if (title(activity), subtitle(activity)) != (self.title, self.subtitle):
            self.retranslate()
        self.update()
        if activity.position is not None:
            self.setPos(*activity.position)

    def retranslate(self) -> None:
        """Update the texts in the current language."""
        self.title = title(self.activity)
        self.subtitle = subtitle(self.activity)
        self._shown = (
            looks.elided(self.title, TITLE_FONT, TEXT_WIDTH),
            looks.elided(self.subtitle, LABEL_FONT, TEXT_WIDTH),
        )
        wide = max(looks.text_width(self._shown[0], TITLE_FONT), looks.text_width(self._shown[1], LABEL_FONT)) / 2
        self._half = max(RADIUS + RING + 1, ceil((wide + 4) * _PARTS) / _PARTS)
        self.update()

    def set_ways(self, ways: tuple[str, ...]) -> None:
        """Create the ports of these paths; edges of removed paths must be removed before."""
        for path in [path for path in self.ways if path not in ways]:
            port = self.ways.pop(path)
            for pipe in list(port.connected_pipes):
                pipe.delete()
            port.setParentItem(None)  # type: ignore[arg-type]
            if port.scene() is not None:
                port.scene().removeItem(port)
        for path in ways:
            if path not in self.ways:
                self.ways[path] = PathPort(self, path, OUT)

    @property
    def pipes(self) -> list[PipeItem]:
        """Return all edges at this activity."""
        return [pipe for port in (self.entry, *self.ways.values()) for pipe in port.connected_pipes]

    @property
    def is_diamond(self) -> bool:
        """Whether it is drawn as a diamond."""
        return self._kind == "condition"

    @property
    def text_top(self) -> float:
        """Return the y of the title, below the centre."""
        return 32.0 if self.is_diamond else 37.0

    @property
    def shortened(self) -> bool:
        """Whether a text did not fit and is shown with an ellipsis."""
        return self._shown != (self.title, self.subtitle)

    def body(self) -> tuple[float, float, float, float]:
        """Return the box that lines avoid: disc and texts, in the scene."""
        bottom = self.text_top + (40 if self.subtitle else 20)
        x, y = self.pos().x(), self.pos().y()
        return (x - self._half, y - RADIUS - RING - 1, x + self._half, y + bottom)

    def boundingRect(self) -> QRectF:
        """Return the rectangle of shadow, badges and texts."""
        return _BOX

    def shape(self) -> QPainterPath:
        """Return the area of disc and texts."""
        path = QPainterPath()
        path.addEllipse(QPointF(0, 0), RADIUS + RING + 1, RADIUS + RING + 1)
        path.addRect(QRectF(-40, 28, 80, 44 if self.subtitle else 26))
        path.addEllipse(PLUS, 12, 12)
        return path

    def outline(self, grow: float = 0.0) -> QPainterPath:
        """Return the disc or diamond, enlarged by ``grow`` on every side."""
        if self.is_diamond:
            return looks.diamond(DIAMOND + 2 * grow, 11 + grow)
        return looks.disc(RADIUS + grow)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint shadow, ring, tint, icon, texts and badges; at small scales only what is visible."""
        scale = painter.worldTransform().m11()
        if scale < looks.FAR:
            self._paint_from_far(painter)
            return
        detail = scale >= looks.DETAIL
        if detail:
            self._paint_shadow(painter)
        self._paint_disc(painter)
        self._paint_state(painter)
        draw_icon(painter, self._icon, QPointF(0, 0), 26, self.look.theme.color(self._category))
        if detail:
            self._paint_texts(painter)
            self._paint_badges(painter)
            if self.plus is not None:
                self._paint_plus(painter)
        else:
            self._paint_name_from_far(painter, scale)
            self._paint_mark_from_far(painter)

    def _paint_from_far(self, painter: QPainter) -> None:
        """Paint a dot in the colour of its category, with a ring if selected."""
        theme = self.look.theme
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isSelected():
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(QPointF(0, 0), RADIUS + 18, RADIUS + 18)
            painter.setBrush(theme.color("canvas"))
            painter.drawEllipse(QPointF(0, 0), RADIUS + 9, RADIUS + 9)
        painter.setBrush(theme.color(self._category))
        painter.drawEllipse(QPointF(0, 0), RADIUS, RADIUS)
        self._paint_mark_from_far(painter)

    def _paint_mark_from_far(self, painter: QPainter) -> None:
        """Paint a large dot for a problem or a visit."""
        role = "error" if self.errors or self.mark == "error" else self.problem
        role = role or {"check": "success", "person": "accent"}.get(self.mark, "")
        if role:
            painter.setPen(QPen(self.look.theme.color("canvas"), 4))
            painter.setBrush(self.look.theme.color(role))
            painter.drawEllipse(QPointF(22, -22), 15, 15)

    def _paint_shadow(self, painter: QPainter) -> None:
        theme = self.look.theme
        reach = _SHADOW_REACH - (5 if self.is_diamond else 0)
        gradient = QRadialGradient(QPointF(0, 4), reach)
        strength = 0.38 if theme.is_dark else 0.12
        if self.hovered and self.look.editable:
            strength *= 1.5
        if self.is_diamond:
            strength *= 0.6
        gradient.setColorAt(0.70, theme.faded("shadow", strength))
        gradient.setColorAt(1.0, theme.faded("shadow", 0.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawEllipse(QPointF(0, 4), reach, reach)

    def _paint_disc(self, painter: QPainter) -> None:
        theme = self.look.theme
        painter.fillPath(self.outline(RING), theme.color("ring"))
        painter.fillPath(self.outline(), theme.color(f"{self._category}_tint"))

    def _paint_state(self, painter: QPainter) -> None:
        """Paint the state: full ring if selected, thin if hovered, dashed or crossed out as drop target."""
        theme = self.look.theme
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.offered:
            role = "accent" if self.offered == ACCEPTING else "error"
            pen = QPen(theme.color(role), 2)
            pen.setDashPattern([3, 2])
            painter.setPen(pen)
            painter.drawPath(self.outline(RING + 4))
            if self.offered == REFUSING:
                painter.drawLine(QPointF(-22, 22), QPointF(22, -22))
        elif self.isSelected():
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawPath(self.outline(RING + 1))
        elif self.hovered:
            painter.setPen(QPen(theme.faded(self._category, 0.55), 1.5))
            painter.drawPath(self.outline(0.75))
        if self.focused:
            pen = QPen(theme.color("accent"), 1.2)
            pen.setDashPattern([2, 2])
            painter.setPen(pen)
            painter.drawPath(self.outline(RING + 5))

    def _paint_texts(self, painter: QPainter) -> None:
        theme = self.look.theme
        top = self.text_top
        first, second = self._shown
        looks.draw_text(painter, self.look, QRectF(-90, top, 180, 18), first, TITLE_FONT, theme.color("text"))
        if second:
            box = QRectF(-90, top + 18, 180, 18)
            looks.draw_text(painter, self.look, box, second, LABEL_FONT, theme.color("secondary"))

    def _paint_name_from_far(self, painter: QPainter, scale: float) -> None:
        """Write the name as large as it can still be read."""
        kind = (round(looks.LEAST_TEXT / scale), TITLE_FONT[1])
        text = looks.elided(self.title, kind, TEXT_WIDTH)
        looks.draw_text(painter, self.look, QRectF(-90, 35, 180, 44), text, kind, self.look.theme.color("text"))

    def _paint_badges(self, painter: QPainter) -> None:
        """Paint the badge at the upper right: problem, else visit, else count."""
        place = QPointF(22, -23)
        if self.errors:
            looks.draw_badge(painter, self.look, place, "error", looks.grouped(self.errors))
        elif self.count is not None:
            self._paint_count(painter, looks.grouped(self.count))
        elif self.problem:
            looks.draw_badge(painter, self.look, place, self.problem)
        elif self.mark:
            looks.draw_badge(painter, self.look, place, self.mark)

    def _paint_plus(self, painter: QPainter) -> None:
        theme = self.look.theme
        painter.setPen(QPen(theme.color("ring"), 2))
        painter.setBrush(theme.color("accent"))
        painter.drawEllipse(PLUS, 10, 10)
        draw_icon(painter, "plus-bold", PLUS, 11, theme.color("on_accent"))

    def _paint_count(self, painter: QPainter, text: str) -> None:
        theme = self.look.theme
        width = looks.text_width(text, looks.COUNT_FONT) + 14
        box = QRectF(14, -33, max(width, looks.BADGE), looks.BADGE)
        looks.draw_pill(painter, box, theme.color("chip"), theme.color("chip_border"), looks.BADGE / 2)
        looks.draw_text(painter, self.look, box, text, looks.COUNT_FONT, theme.color("secondary"))

    def set_state(self, **state: Any) -> None:
        """Set display state (``hovered``, ``offered``, ``problem``, ``mark``, ``count`` …)."""
        changed = False
        for name, value in state.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
                changed = True
        if changed:
            self.update()
